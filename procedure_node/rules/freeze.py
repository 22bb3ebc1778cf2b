"""What the readings of a target's probes amount to."""

from procedure_node.cycles import FreezeThawCycle
from procedure_node.protocol import UNSET, Target
from procedure_node.state import ProbeState, ProcedureState


def probes_of(state: ProcedureState, target: Target) -> list[ProbeState]:
    """The probes that are assigned to a target."""
    return [p for p in state.probes.values() if (p.lesion, p.zone) == (target.lesion, target.zone)]


def target_tip_reached(state: ProcedureState, cycle: FreezeThawCycle) -> bool:
    """Whether a freeze got its tip as cold as the protocol wants; False where that is unset."""
    wanted = state.protocol.cryo.tip_target_c
    return (
        wanted != UNSET
        and cycle.minimum_temperature_c is not None
        and cycle.minimum_temperature_c <= wanted
    )
