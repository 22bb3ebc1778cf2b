"""Coverage by the modelled cold, where the protocol wants any; never added to imaged ice."""

from datetime import datetime

from dosimetry_core.values import Evidence
from procedure_node.events import Band, CoverageFact, ModelledFigure, ModelledStructure
from procedure_node.protocol import UNSET, Target
from procedure_node.rules.facts import at_least
from procedure_node.rules.modelled_cold import modelled_doubt
from procedure_node.rules.targets import structure_of
from procedure_node.state import ProcedureState


def modelled_facts(state: ProcedureState, target: Target, now: datetime) -> list[CoverageFact]:
    """Shares of a target that were ever within -20 and -40 C, by the model.

    Only what the protocol sets a minimum for. What is unset is shown on the display all the same,
    but nothing is judged by it.
    """
    rules = state.protocol.cryo
    wanted = {
        -20.0: rules.modelled_minus20_minimum_percent,
        -40.0: rules.modelled_minus40_minimum_percent,
    }
    return [
        _fact(state, target, level_c, minimum, now)
        for level_c, minimum in wanted.items()
        if minimum != UNSET
    ]


def _fact(
    state: ProcedureState, target: Target, level_c: float, minimum: float | str, now: datetime
) -> CoverageFact:
    quantity = f"modelled below {level_c:g} C"
    zone = state.lethal_zones.get(target.lesion)
    doubt = modelled_doubt(zone, now)
    drawn = structure_of(state, target)
    if zone is None or doubt or drawn is None:
        doubt = doubt or f"{target.key} is not drawn in any structure set"
        return at_least(quantity, "%", minimum, None, Evidence.MODELLED, doubt)
    share = _share(next((s for s in zone.structures if s.name == drawn.name), None), level_c)
    if share is None:
        doubt = f"{drawn.name} was not modelled"
        return at_least(quantity, "%", minimum, None, Evidence.MODELLED, doubt)
    if share.low is None or share.high is None:
        doubt = "how sure the model is cannot be told on this machine"
        return at_least(quantity, "%", minimum, None, Evidence.MODELLED, doubt)
    band = Band(low=share.low, high=share.high)
    return at_least(quantity, "%", minimum, share.best, Evidence.MODELLED, "", band)


def _share(structure: ModelledStructure | None, level_c: float) -> ModelledFigure | None:
    found = structure.lethal_percent if structure else ()
    return next((one.amount for one in found if one.level_c == level_c), None)
