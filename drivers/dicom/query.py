"""What is asked of an archive and what it answers, as data sets."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydicom import Dataset

from drivers.dicom.reading import text_of

# A UI element of explicit VR holds 65534 bytes (PS3.5 section 7.1.2): 1000 UIDs of 64 characters.
# Archives with a low limit of their own are known, so far less is asked for at once.
UIDS_PER_MOVE = 200


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """One series as an archive tells of it.

    Attributes:
        instance_count: how many images the archive says that it has, None where it does not say.
            Archives are known to be wrong about it: never judge completeness by it.
    """

    series_uid: str
    modality: str
    description: str
    instance_count: int | None


@dataclass(frozen=True, slots=True)
class MoveOutcome:
    """What an archive says became of a C-MOVE; what arrived is for the receiver to say."""

    completed: int
    failed: int
    warning: int
    failed_uids: frozenset[str]


def identifier_of(
    level: str, keys: Mapping[str, str | list[str]], wanted: Iterable[str]
) -> Dataset:
    """A query's identifier: what must match, and which attributes the answers should carry."""
    identifier = Dataset()
    identifier.QueryRetrieveLevel = level
    for keyword in wanted:
        setattr(identifier, keyword, None)
    for keyword, value in keys.items():
        setattr(identifier, keyword, value)
    return identifier


def batches_of(uids: list[str]) -> Iterator[list[str]]:
    """UIDs in as many lists as archives can be asked for at once."""
    for start in range(0, len(uids), UIDS_PER_MOVE):
        yield uids[start : start + UIDS_PER_MOVE]


def status_of(answer: Dataset) -> int | None:
    """The status of an answer; None where the association ended without one."""
    return answer.get("Status", None)


def series_info_of(answer: Dataset) -> SeriesInfo:
    """A series from an answer to C-FIND at series level."""
    count = text_of(answer, "NumberOfSeriesRelatedInstances")
    return SeriesInfo(
        series_uid=text_of(answer, "SeriesInstanceUID"),
        modality=text_of(answer, "Modality"),
        description=text_of(answer, "SeriesDescription"),
        instance_count=int(count) if count.isdecimal() else None,
    )


def outcome_of(answer: Dataset, details: Dataset | None) -> MoveOutcome:
    """What the last answer to a C-MOVE and its identifier say."""
    failed_uids: list[str] | str = (
        [] if details is None else details.get("FailedSOPInstanceUIDList", None) or []
    )
    return MoveOutcome(
        completed=answer.get("NumberOfCompletedSuboperations", None) or 0,
        failed=answer.get("NumberOfFailedSuboperations", None) or 0,
        warning=answer.get("NumberOfWarningSuboperations", None) or 0,
        failed_uids=frozenset([failed_uids] if isinstance(failed_uids, str) else failed_uids),
    )


def sum_of(outcomes: Iterable[MoveOutcome]) -> MoveOutcome:
    """The outcome of several C-MOVEs as one."""
    parts = tuple(outcomes)
    return MoveOutcome(
        completed=sum(part.completed for part in parts),
        failed=sum(part.failed for part in parts),
        warning=sum(part.warning for part in parts),
        failed_uids=frozenset[str]().union(*(part.failed_uids for part in parts)),
    )
