"""The page as a pure function of what is known and of the time."""

from datetime import datetime

from procedure_node.display.page.alerts import alarm_sound, alert_rows
from procedure_node.display.page.clock import lesion_clocks
from procedure_node.display.page.cold import cold_cards
from procedure_node.display.page.dose import dvh, organ_rows
from procedure_node.display.page.frozen import frozen_row
from procedure_node.display.page.model import (
    Header,
    LinkRow,
    PageState,
    ProcedurePart,
    RecordRow,
)
from procedure_node.display.page.places import places
from procedure_node.display.page.readings import probe_rows, sensor_rows
from procedure_node.display.page.scans import focus, scan_rows
from procedure_node.display.page.strategy import strategy
from procedure_node.display.page.targets import target_cards
from procedure_node.protocol import UNSET
from procedure_node.state import NodeState, ProcedureState

COLD_LIMITS_C = (-20.0, -40.0)
"""Isotherms drawn in the temperature plot. Tissue dies reliably below -40 C, partly from -20 C on:
Gage and Baust, Cryobiology 37(3), 1998, 171-186."""


def page_state(state: NodeState, now: datetime) -> PageState:
    """Everything that the page shows at ``now``.

    What is out of date at ``now`` is unknown in it, with the reason, whatever the state last held.

    Args:
        state: what the node knows.
        now: aware time; ages are counted from it.
    """
    return PageState(
        room=state.room,
        software_version=state.software_version,
        running=state.running,
        links=tuple(
            LinkRow(name=name, role=link.role, state=link.state, reason=link.reason)
            for name, link in state.links.items()
        ),
        procedure=_procedure(state.procedure, now) if state.procedure else None,
    )


def _procedure(state: ProcedureState, now: datetime) -> ProcedurePart:
    return ProcedurePart(
        header=_header(state),
        targets=target_cards(state, now),
        organs=organ_rows(state, now),
        frozen=frozen_row(state),
        dvh=dvh(state, now),
        lesions=lesion_clocks(state, now),
        probes=probe_rows(state, now),
        sensors=sensor_rows(state, now),
        cold=cold_cards(state, now),
        cold_limits_c=COLD_LIMITS_C,
        alerts=alert_rows(state, now),
        alarm_sound=alarm_sound(state, now),
        scans=scan_rows(state, now),
        focus=focus(state, now),
        places=places(state),
        strategy=strategy(state, now),
        record=RecordRow(
            status=state.record.status, rows=state.record.rows, reason=state.record.reason
        ),
    )


def _header(state: ProcedureState) -> Header:
    protocol = state.protocol
    arm = protocol.arms.get(state.arm)
    prescription = protocol.seeds.prescription_gy
    return Header(
        procedure_id=state.procedure_id,
        subject=state.subject,
        arm=arm.title if arm else state.arm,
        mode=state.mode,
        protocol=protocol.name,
        protocol_version=protocol.version,
        protocol_title=protocol.title,
        trial=protocol.trial,
        example_protocol=protocol.example,
        prescription_gy=None if prescription == UNSET else prescription,
        opened_at=state.opened_at,
        closed_at=state.closed_at,
        outcome=state.outcome,
    )
