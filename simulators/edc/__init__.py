"""A stand-in for REDCap: its API over one project, and pages to read the records on."""

from simulators.edc.dictionary import DictionaryError, EdcProject, read_project
from simulators.edc.faults import EdcFault, EdcFaultKind, EdcFaultPlan
from simulators.edc.server import EdcSimulator

__all__ = [
    "DictionaryError",
    "EdcFault",
    "EdcFaultKind",
    "EdcFaultPlan",
    "EdcProject",
    "EdcSimulator",
    "read_project",
]
