"""Structure sets of the open procedure, from the archive or from a folder."""

import asyncio
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import structlog

from dosimetry_core.values import GenerationMode
from procedure_node.core import Core, device
from procedure_node.events import StructuresReceived, StructuresRefused
from procedure_node.imaging import ImagingWorker
from procedure_node.state import ProcedureState

FOLDER_POLL_S = 2.0
"""How often the folder is looked at: somebody exports a structure set and walks to the room."""

FOLDER = "structures folder"

_log = structlog.get_logger()

FileState = tuple[int, int]
"""Modification time, ns, and size: a file that keeps both over a poll is taken to be whole."""


@dataclass(slots=True)
class StructureIntake:
    """Journals the structure sets that belong to the open procedure.

    Attributes:
        core: takes the events.
        worker: reads files.
        folder: where structure sets are exported to; None where there is none.
        kept: where those of the folder are copied to, since a folder is emptied one day.
    """

    core: Core
    worker: ImagingWorker
    folder: Path | None
    kept: Path
    _waiting: dict[Path, tuple[str, str]] = field(default_factory=dict[Path, tuple[str, str]])
    _seen: dict[Path, FileState] = field(default_factory=dict[Path, FileState])
    _taken: dict[Path, tuple[FileState, int]] = field(
        default_factory=dict[Path, tuple[FileState, int]]
    )

    async def take_from_archive(self, path: Path, modality: str = "RTSTRUCT") -> None:
        """Take a structure set of the procedure's own study, or a segmentation (``SEG``).

        One on another frame of reference than the scans has to be carried to them: it is taken if
        it says from where, and while no structures lie on a scan's own frame. Others are refused,
        and looked at again with each further scan (``scan_came``). A segmentation without a target
        is passed over: a study may hold many that were made for other ends.
        """
        procedure = self._open_procedure()
        if procedure is None:
            return
        payload, mode = await self.worker.read_structures(str(path), path.stem, procedure.protocol)
        if modality == "SEG" and not _has_target(payload):
            _log.info("segmentation without a target passed over")
            return
        if payload.kind == "structures-received" and not _may_be_used(procedure, payload):
            self._waiting[path] = (procedure.procedure_id, modality)
            payload = StructuresRefused(
                structure_set_uid=payload.structure_set_uid,
                reasons=("it is drawn on another frame of reference than the scans",),
            )
        await self._post(procedure, payload, mode, "pacs")

    async def scan_came(self) -> None:
        """Look again at the structure sets that no scan fitted so far."""
        procedure = self._open_procedure()
        waiting, self._waiting = self._waiting, {}
        for path, (procedure_id, modality) in waiting.items():
            if procedure is not None and procedure.procedure_id == procedure_id:
                await self.take_from_archive(path, modality)

    async def watch_folder(self) -> None:
        """Take what is exported to the folder and lies where the scans are.

        That is on a scan's frame of reference, or on one that a Spatial Registration relates to it:
        what others export there is no business of this procedure.
        """
        if self.folder is None:
            await asyncio.Event().wait()
            return
        while True:
            if self._open_procedure() is not None:
                for path, state in (await asyncio.to_thread(_files, self.folder)).items():
                    is_whole = self._seen.get(path) == state
                    self._seen[path] = state
                    if is_whole:
                        await self._take_from_folder(path, state)
            await asyncio.sleep(FOLDER_POLL_S)

    async def _take_from_folder(self, path: Path, state: FileState) -> None:
        procedure = self._open_procedure()
        known = len(_frames(procedure) | _related_frames(procedure)) if procedure else 0
        if procedure is None or self._taken.get(path) == (state, known):
            return
        self._taken[path] = (state, known)
        payload, mode = await self.worker.read_structures(str(path), path.stem, procedure.protocol)
        if payload.kind == "structures-refused":
            _log.warning("file in the structures folder passed over", reasons=payload.reasons)
        elif _lies_with_scans(procedure, payload):
            copy = await asyncio.to_thread(_copy, path, self.kept, payload.structure_set_uid)
            kept = payload.model_copy(update={"path": str(copy)})
            await self._post(procedure, kept, mode, FOLDER)

    def _open_procedure(self) -> ProcedureState | None:
        procedure = self.core.state.procedure
        return procedure if procedure is not None and procedure.closed_at is None else None

    async def _post(
        self,
        procedure: ProcedureState,
        payload: StructuresReceived | StructuresRefused,
        mode: GenerationMode | None,
        source: str,
    ) -> None:
        if payload.kind == "structures-refused":
            is_new = procedure.structures_refused != payload.reasons
        elif payload.structure_set_uid in procedure.structure_sets_seen:
            current = procedure.structures
            same_set = (
                current is not None and current.structure_set_uid == payload.structure_set_uid
            )
            is_new = same_set and current != payload
        else:
            is_new = True
        if is_new:
            await self.core.post(payload, originator=device(source), mode=mode)


def _frames(procedure: ProcedureState) -> set[str]:
    """Frames of reference of the procedure's scans."""
    return {s.received.frame_of_reference_uid for s in procedure.scans.values() if s.received}


def _related_frames(procedure: ProcedureState) -> set[str]:
    """Frames of reference that a Spatial Registration relates to those of the scans."""
    frames = _frames(procedure)
    return {
        relation.from_frame_uid
        for one in procedure.registration_objects
        for relation in one.relations
        if relation.to_frame_uid in frames
    }


def _has_target(payload: StructuresReceived | StructuresRefused) -> bool:
    structures = payload.structures if payload.kind == "structures-received" else ()
    return any(one.role == "TARGET" for one in structures)


def _lies_with_scans(procedure: ProcedureState, payload: StructuresReceived) -> bool:
    """Whether structures lie on a scan's frame of reference, or on a related one unless need be."""
    frame = payload.frame_of_reference_uid
    if frame in _frames(procedure):
        return True
    return frame in _related_frames(procedure) and not _has_own_structures(procedure)


def _has_own_structures(procedure: ProcedureState) -> bool:
    """Whether the procedure's structures lie on a scan's own frame of reference."""
    current = procedure.structures
    return current is not None and current.frame_of_reference_uid in _frames(procedure)


def _may_be_used(procedure: ProcedureState, payload: StructuresReceived) -> bool:
    """Whether structures lie on a scan's frame of reference, or can and must be carried there."""
    if not _frames(procedure) or _lies_with_scans(procedure, payload):
        return True
    return bool(payload.referenced_series) and not _has_own_structures(procedure)


def _files(folder: Path) -> dict[Path, FileState]:
    found: dict[Path, FileState] = {}
    for path in sorted(folder.glob("*.dcm")):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        found[path] = (status.st_mtime_ns, status.st_size)
    return found


def _copy(source: Path, folder: Path, uid: str) -> Path:
    """A copy named by its content: contours may be mended and exported under the same UID."""
    content = source.read_bytes()
    target = folder / f"{uid}-{sha256(content).hexdigest()[:16]}.dcm"
    folder.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    draft.write_bytes(content)
    draft.rename(target)
    return target
