"""Technical success of each zone and lesion by the protocol's definition."""

from dataclasses import dataclass

from dosimetry_core.values import Modality, ZoneKind
from procedure_node.events import CoverageAssessed, CoverageFact
from procedure_node.protocol import Target, TechnicalSuccess
from procedure_node.rules.targets import is_split, targets_of
from procedure_node.state import ProcedureState


@dataclass(frozen=True, slots=True)
class Success:
    """Whether the technical success of a zone, or of a lesion over all its zones, is shown.

    Attributes:
        shown: what is UNKNOWN is not shown.
        missing: what is not shown, in words; empty when all is.
    """

    shown: bool
    missing: tuple[str, ...]


def technical_success(state: ProcedureState) -> dict[str, Success]:
    """By ``Target.key`` of every target that is treated, and by lesion of those that are split.

    Empty where the protocol does not define it.
    """
    wanted = state.protocol.technical_success
    if wanted is None:
        return {}
    targets = targets_of(state)
    found = {
        key: _of_target(state, target, wanted)
        for key, target in targets.items()
        if not is_split(state, target)
    }
    for lesion in dict.fromkeys(t.lesion for t in targets.values() if t.zone is not ZoneKind.WHOLE):
        zones = {key: success for key, success in found.items() if targets[key].lesion == lesion}
        if lesion not in found and zones:
            found[lesion] = _together(zones)
    return found


def _of_target(state: ProcedureState, target: Target, wanted: TechnicalSuccess) -> Success:
    modality = state.allocations.get(target.key)
    if modality is None:
        return Success(shown=False, missing=("it is not allocated",))
    quantities = wanted.seeds if modality is Modality.SEEDS else wanted.cryo
    coverage = state.coverage.get(target.key)
    missing = tuple(
        words for quantity in quantities if (words := _what_is_missing(coverage, quantity))
    )
    if target.key not in state.finished:
        missing = ("its treatment is not stated to be complete", *missing)
    return Success(shown=not missing, missing=missing)


def _what_is_missing(coverage: CoverageAssessed | None, quantity: str) -> str:
    facts = coverage.facts if coverage else ()
    fact = next((fact for fact in facts if fact.quantity == quantity), None)
    if fact is None:
        return f"{quantity} is not known: it was never assessed"
    return "" if fact.met else _in_words(fact)


def _in_words(fact: CoverageFact) -> str:
    if fact.met is None or fact.actual is None or fact.wanted is None:
        return f"{fact.quantity} is not known: {fact.unknown_reason or 'no reason is given'}"
    unit = f" {fact.unit}" if fact.unit else ""
    return f"{fact.quantity} {fact.actual:.1f} of {fact.wanted:g}{unit}"


def _together(zones: dict[str, Success]) -> Success:
    missing = tuple(f"{key}: {words}" for key, zone in zones.items() for words in zone.missing)
    return Success(shown=all(zone.shown for zone in zones.values()), missing=missing)
