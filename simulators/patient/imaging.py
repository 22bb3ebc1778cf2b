"""Scans of the demonstration as volumes and as DICOM files."""

from datetime import datetime
from pathlib import Path

from dosimetry_core.values import Volume
from simulators.patient.baseline import SOURCE, PatientCt
from simulators.patient.contours import contours
from simulators.patient.script import ScanScript
from simulators.phantom import (
    StudyIdentity,
    WrittenSeries,
    with_ice,
    with_noise,
    with_seeds,
    with_shafts,
    write_series,
    write_structure_set,
)

NOISE_HU = 8.0
"""Noise that each scan after the baseline has of its own. The baseline's is about as large."""

_DONE = {
    True: "under a pseudonym, a public CT:",
    False: "hardware, ice and noise were put by a program into a public CT:",
}
_FIRST_SERIES = 101
_STRUCTURES_SERIES = 100


def identity_of(ct: PatientCt, started: datetime, seed: str = "demonstration") -> StudyIdentity:
    """The demonstration's study: the CT's own study and frame of reference under a pseudonym.

    Args:
        ct: the patient's CT.
        started: when the study began; aware.
        seed: text that new UIDs are made from; give each run its own to have new UIDs.
    """
    return StudyIdentity(ct.study_uid, ct.frame_of_reference_uid, started, seed)


def render(scan: ScanScript, ct: PatientCt) -> Volume:
    """The patient as a scan shows him: HU as int16 on the grid of his CT.

    The baseline is the CT as it is. Each later scan has its own noise, always the same for the same
    scan. The patient does not move or breathe between scans.
    """
    if scan.number == 0:
        return ct.volume
    volume = with_noise(ct.volume, NOISE_HU, seed=scan.number)
    volume = with_ice(volume, [one.ellipsoid for one in scan.ice])
    volume = with_seeds(volume, [one.pose for one in scan.seeds])
    return with_shafts(volume, [one.shaft for one in scan.probes])


def write_scan(
    scan: ScanScript,
    ct: PatientCt,
    identity: StudyIdentity,
    *,
    acquired_at: datetime,
    directory: Path,
) -> WrittenSeries:
    """Render a scan and write it as a CT series marked DEMO.

    Args:
        scan: what is in the patient.
        ct: the patient's CT.
        identity: the study.
        acquired_at: when the scan was taken; aware.
        directory: where the files go.
    """
    return write_series(
        render(scan, ct),
        ct.datasets,
        identity,
        number=_FIRST_SERIES + scan.number,
        description=scan.label,
        derivation=f"Demonstration: {_DONE[scan.number == 0]} {SOURCE}",
        acquired_at=acquired_at,
        directory=directory,
    )


def write_contours(
    series: WrittenSeries, identity: StudyIdentity, *, drawn_at: datetime, path: Path
) -> str:
    """Write the patient's contours as an RTSTRUCT marked DEMO on one written scan.

    Returns:
        The SOP Instance UID.
    """
    return write_structure_set(
        contours(), series, identity, number=_STRUCTURES_SERIES, drawn_at=drawn_at, path=path
    )
