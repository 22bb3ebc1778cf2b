"""Scans and structure sets from files, as events, in the worker process."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from dosimetry_core.structures import StructureError, volume_cc
from dosimetry_core.values import ContouredStructure, GenerationMode
from drivers.dicom import (
    CtSeries,
    ImagesAhead,
    SeriesRefused,
    StructureSetRefused,
    read_ct_series,
)
from drivers.dicom import (
    read_structures as structures_in_file,
)
from procedure_node.events import (
    ScanReceived,
    ScanRefused,
    SeriesReference,
    StructuresReceived,
    StructuresRefused,
    StructureSummary,
)
from procedure_node.protocol import TrialProtocol
from procedure_node.rules import summarise

KEPT_SCANS = 4
"""Scans kept in memory: the newest, its baseline, the CT that was drawn on, and one that is just
being read."""


class ScanChangedError(Exception):
    """A scan's files are not those that were received."""


_ahead = ImagesAhead()


def read_ahead(path: str, zone: str) -> None:
    """Read an image of a scan that is still arriving."""
    _ahead.read(Path(path), ZoneInfo(zone))


def read_scan(
    series_uid: str, paths: Sequence[str], zone: str
) -> tuple[ScanReceived | ScanRefused, GenerationMode | None]:
    """What is journalled of a complete series, and its generation mode (None if refused)."""
    try:
        scan = read_ct_series([Path(p) for p in paths], ZoneInfo(zone), _ahead)
    except SeriesRefused as refused:
        return ScanRefused(
            series_uid=series_uid, reasons=refused.reasons, is_localiser=refused.is_localiser
        ), None
    directory = str(Path(paths[0]).parent)
    _remember(directory, scan)
    received = ScanReceived(
        series_uid=series_uid,
        frame_of_reference_uid=scan.frame_of_reference_uid,
        acquired_at=scan.acquired_at,
        image_count=scan.image_count,
        spacing_mm=scan.volume.spacing_mm,
        directory=directory,
        content_sha256=scan.content_sha256,
    )
    return received, scan.mode


_scans: dict[str, CtSeries] = {}


def _remember(directory: str, scan: CtSeries) -> None:
    _scans.pop(directory, None)
    _scans[directory] = scan
    while len(_scans) > KEPT_SCANS:
        _scans.pop(next(iter(_scans)))


def scan_in(directory: str, content_sha256: str) -> CtSeries:
    """A scan that was received earlier, from memory or from its files.

    Raises:
        ScanChangedError: the files are gone or are no longer the same.
    """
    scan = _scans.get(directory)
    if scan is None or scan.content_sha256 != content_sha256:
        try:
            scan = read_ct_series(sorted(Path(directory).glob("*.dcm")))
        except SeriesRefused as refused:
            raise ScanChangedError(
                f"the files of the scan can no longer be read: {'; '.join(refused.reasons)}"
            ) from refused
        if scan.content_sha256 != content_sha256:
            raise ScanChangedError("the files of the scan were changed after they were received")
    _remember(directory, scan)
    return scan


@lru_cache(maxsize=2)
def contours_in(path: str) -> dict[str, ContouredStructure]:
    """The contours of a structure set's file, by name."""
    return {s.name: s for s in structures_in_file(Path(path)).structures}


def read_structures(
    path: str, structure_set_uid: str, protocol: TrialProtocol
) -> tuple[StructuresReceived | StructuresRefused, GenerationMode | None]:
    """What is journalled of a structure set, with each structure's part by the protocol.

    A target or organ without a sound shape refuses the set; anything else without one, such as a
    marker that is drawn in one plane, is left out: nothing is computed of it.
    """
    try:
        found = structures_in_file(Path(path))
    except StructureSetRefused as refused:
        return StructuresRefused(structure_set_uid=structure_set_uid, reasons=refused.reasons), None
    summaries: list[StructureSummary] = []
    reasons: list[str] = []
    for structure in found.structures:
        try:
            summaries.append(summarise(structure.name, volume_cc(structure), protocol))
        except StructureError as error:
            if summarise(structure.name, 0.0, protocol).role != "OTHER":
                reasons.append(str(error))
    if reasons:
        refused = StructuresRefused(structure_set_uid=structure_set_uid, reasons=tuple(reasons))
        return refused, None
    received = StructuresReceived(
        structure_set_uid=found.sop_instance_uid,
        frame_of_reference_uid=found.frame_of_reference_uid,
        path=path,
        structures=tuple(summaries),
        referenced_series=tuple(
            SeriesReference(study_uid=one.study_uid, series_uid=one.series_uid)
            for one in found.referenced_series
        ),
    )
    return received, found.mode
