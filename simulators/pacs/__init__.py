"""A simulated CT scanner and PACS that speaks DICOM on the wire."""

from simulators.pacs.faults import FaultPlan, Outage
from simulators.pacs.server import PacsSimulator

__all__ = ["FaultPlan", "Outage", "PacsSimulator"]
