"""Send objects to a Storage SCP (C-STORE)."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydicom import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from pynetdicom.presentation import PresentationContext, build_context

from drivers.dicom.association import Line, open_association
from drivers.dicom.peer import ArchiveError, Peer
from drivers.dicom.reading import read_attributes, read_dataset, text_of, transfer_syntax_of

# PS3.8 section 9.3.2.2: context IDs are the odd numbers from 1 to 255.
_MAXIMUM_CONTEXTS = 128
# PS3.4 table B.2-1: stored, though the peer changed or doubts something.
_STORED_WITH_WARNING = (0xB000, 0xB006, 0xB007)


async def send_images(peer: Peer, calling_ae: str, paths: Sequence[Path]) -> None:
    """Send files over one association, each in the transfer syntax that it lies in.

    Blocks no event loop. Cancelling it aborts the association.

    Args:
        peer: the Storage SCP.
        calling_ae: own AE title.
        paths: DICOM files, sent in this order.

    Raises:
        ArchiveError: the peer cannot be reached, does not take an object's SOP class or transfer
            syntax, or answers an object with a failure; the objects before it are stored.
        UnreadableError: a path is not a DICOM file; nothing is sent.
    """
    line = Line()
    future = asyncio.get_running_loop().run_in_executor(
        None, _send, peer, calling_ae, tuple(paths), line
    )
    try:
        await asyncio.shield(future)
    finally:
        if not future.done():
            await asyncio.to_thread(line.hang_up)
            await asyncio.wait([future])
            future.exception()


def _send(peer: Peer, calling_ae: str, paths: tuple[Path, ...], line: Line) -> None:
    if not paths:
        return
    with open_association(calling_ae, peer, _contexts_for(paths), line) as association:
        for path in paths:
            dataset = read_dataset(path)
            try:
                answer = association.send_c_store(dataset)
            except RuntimeError:  # the association is no longer established
                answer = None
            except (AttributeError, ValueError) as error:
                raise ArchiveError(
                    f"{peer} does not take {path.name}: {error}. Check which SOP classes and "
                    "transfer syntaxes it accepts"
                ) from error
            _check(answer, peer, path)


def _check(answer: Dataset | None, peer: Peer, path: Path) -> None:
    status = None if answer is None else answer.get("Status", None)
    if answer is None or status is None:
        raise ArchiveError(
            f"{peer} broke off while {path.name} was sent: check that it runs, and send again"
        )
    if status != 0x0000 and status not in _STORED_WITH_WARNING:
        comment = text_of(answer, "ErrorComment")
        raise ArchiveError(
            f"{peer} did not store {path.name}: status 0x{status:04X}"
            + (f", {comment!r}" if comment else "")
        )


def _contexts_for(paths: tuple[Path, ...]) -> list[PresentationContext]:
    kinds = dict.fromkeys(kind for path in paths for kind in _kinds_of(path))
    if len(kinds) > _MAXIMUM_CONTEXTS:
        raise ArchiveError(
            f"{len(kinds)} kinds of objects do not fit into one association: send fewer at a time"
        )
    return [build_context(sop_class, syntax) for sop_class, syntax in kinds]


def _kinds_of(path: Path) -> Iterator[tuple[str, str]]:
    """SOP class and transfer syntaxes in which a file can be sent, its own first."""
    header = read_attributes(path, ["SOPClassUID"])
    sop_class, syntax = text_of(header, "SOPClassUID"), transfer_syntax_of(header)
    yield sop_class, syntax
    # What every peer must take (PS3.5 section 10.1), and what these two convert to.
    if syntax in {ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian}:
        yield sop_class, ImplicitVRLittleEndian
