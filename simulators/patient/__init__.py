"""The demonstration's patient: a real CT, its contours and what is put into it scan by scan."""

from simulators.patient.baseline import SOURCE, PatientCt, load_baseline
from simulators.patient.contours import contours
from simulators.patient.imaging import identity_of, render, write_contours, write_scan
from simulators.patient.script import (
    ScanScript,
    ScriptedIce,
    ScriptedProbe,
    ScriptedSeed,
    scans,
    seed_model,
)

__all__ = [
    "SOURCE",
    "PatientCt",
    "ScanScript",
    "ScriptedIce",
    "ScriptedProbe",
    "ScriptedSeed",
    "contours",
    "identity_of",
    "load_baseline",
    "render",
    "scans",
    "seed_model",
    "write_contours",
    "write_scan",
]
