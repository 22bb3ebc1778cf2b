"""REDCap's HTTP API: import, export, and rows delivered and confirmed."""

from drivers.redcap.client import OverwriteBehavior, RedcapClient, Row
from drivers.redcap.delivery import Delivery, Difference, compare, deliver
from drivers.redcap.errors import (
    ImportProblem,
    RedcapError,
    RedcapMisconfigured,
    RedcapRejected,
    RedcapUnavailable,
)

__all__ = [
    "Delivery",
    "Difference",
    "ImportProblem",
    "OverwriteBehavior",
    "RedcapClient",
    "RedcapError",
    "RedcapMisconfigured",
    "RedcapRejected",
    "RedcapUnavailable",
    "Row",
    "compare",
    "deliver",
]
