"""How much was frozen over the procedure, against its limit."""

from dosimetry_core.values import Evidence
from procedure_node.display.page.model import LimitRow, LimitStatus
from procedure_node.rules import FrozenNow, frozen_now
from procedure_node.state import ProcedureState


def frozen_row(state: ProcedureState) -> LimitRow | None:
    """What was ice in any scan; None before the first freeze."""
    now = frozen_now(state)
    if now is None:
        return None
    limit = state.protocol.cryo.ice_volume_total_maximum_cc
    limit_cc = None if isinstance(limit, str) else limit
    status, reason = _status(now, limit_cc)
    return LimitRow(
        quantity="frozen in all",
        unit="cm³",
        limit=limit_cc,
        actual=now.volume_cc,
        high=now.band.high if now.band else None,
        status=status,
        evidence=Evidence.IMAGED,
        reason=reason,
    )


def _status(now: FrozenNow, limit_cc: float | None) -> tuple[LimitStatus, str]:
    least_cc = now.at_least_cc or 0.0
    if now.volume_cc is None:
        reason = f"at least {least_cc:.0f} cm³; {now.reason}" if least_cc else now.reason
        return ("OVER" if limit_cc is not None and least_cc > limit_cc else "UNKNOWN"), reason
    if limit_cc is None:
        return "UNSET", "the protocol leaves the limit unset"
    return ("OVER" if now.volume_cc > limit_cc else "WITHIN"), ""
