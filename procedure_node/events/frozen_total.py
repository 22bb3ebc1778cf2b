"""What was frozen over a procedure: the ice of all scans in one frame."""

from typing import Literal

from procedure_node.events.base import NonNegative, Payload
from procedure_node.events.dose import Band


class FrozenTotal(Payload):
    """Volume that was frozen in any scan of the procedure.

    Attributes:
        request_sha256: of all that it rests on; it says nothing once that has changed.
        scan_count: scans that showed ice.
        volume_cc: None where it is not known, and ``reason`` says why.
        volume_band: by the errors of the ice surfaces; None where nobody told one of them.
    """

    kind: Literal["frozen-total"] = "frozen-total"
    version: Literal[1] = 1
    request_sha256: str
    scan_count: int
    volume_cc: NonNegative | None
    volume_band: Band | None = None
    reason: str = ""
