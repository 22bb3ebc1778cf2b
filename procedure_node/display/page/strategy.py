"""The trial's strategy, lesion by lesion: proposal, decision, what came of it, and deviations."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from procedure_node.display.page.scans import scan_numbers
from procedure_node.display.page.strategy_model import (
    Choice,
    CoverBar,
    DeviationRow,
    LesionStory,
    PromptRow,
    Strategy,
    WindowRow,
)
from procedure_node.events import CombinedCoverage, IceAndDose, StructureCombined
from procedure_node.protocol import Proposal
from procedure_node.rules import (
    Success,
    combined_now,
    is_bulky,
    is_split,
    lesion_facts,
    prompt_term,
    proposals_of,
    targets_of,
    technical_success,
    undrawn_organs,
    window_states,
)
from procedure_node.state import ProcedureState


def strategy(state: ProcedureState, now: datetime) -> Strategy:
    """What the page shows of it at ``now``; ages stop at the procedure's end."""
    return Strategy(
        lesions=tuple(_lesions(state)),
        windows=tuple(_windows(state, state.closed_at or now)),
        deviations=tuple(
            DeviationRow(
                deviation=key,
                what=found.noted.what,
                at=found.noted_at,
                reason=found.reason,
                by=found.explained_by,
            )
            for key, found in state.deviations.items()
        ),
        prompts=tuple(_prompts(state)),
    )


def _lesions(state: ProcedureState) -> Iterator[LesionStory]:
    targets = targets_of(state)
    numbers = scan_numbers(state)
    proposals, successes = proposals_of(state), technical_success(state)
    for lesion in dict.fromkeys(target.lesion for target in targets.values()):
        keys = [
            key
            for key, target in targets.items()
            if target.lesion == lesion and (key in proposals or not is_split(state, target))
        ]
        combined, not_known = combined_now(state, lesion)
        measured = state.lesions.warnings if state.lesions else ()
        yield LesionStory(
            lesion=lesion,
            facts=_facts(state, lesion),
            bulky=is_bulky(state, lesion)[0],
            choices=tuple(_choice(state, key, proposals, successes) for key in keys),
            bars=tuple(_bars(combined)),
            scan_number=numbers.get(combined.series_uid) if combined else None,
            warnings=(
                *(words for words in measured if lesion in words),
                *(combined.warnings if combined else ()),
                *((not_known,) if lesion in state.combined and not_known else ()),
            ),
        )


def _facts(state: ProcedureState, lesion: str) -> str:
    facts = lesion_facts(state, lesion)
    if facts is None:
        return "not measured"
    size = (
        f"{facts.longest_axial_mm:.0f} x {facts.short_axial_mm:.0f} mm, {facts.volume_cc:.1f} cm³"
    )
    organs = [other for other in facts.distances if other.group == "ORGANS"]
    if not organs:
        return f"{size}; no organ at risk is drawn"
    nearest = min(organs, key=lambda other: other.distance_mm)
    lacking = ", ".join(undrawn_organs(state))
    words = f" (nearest of those drawn; not drawn: {lacking})" if lacking else ""
    return f"{size}; {nearest.distance_mm:.0f} mm from {nearest.name}{words}"


def _choice(
    state: ProcedureState,
    key: str,
    proposals: Mapping[str, Proposal],
    successes: Mapping[str, Success],
) -> Choice:
    allocated = state.allocated.get(key)
    proposal = proposals.get(key)
    success = successes.get(key)
    return Choice(
        key=key,
        proposed=allocated.proposed if allocated else proposal and proposal.modality,
        rule=allocated.rule if allocated else proposal.rule if proposal else "",
        because=allocated.because if allocated else proposal.because if proposal else "",
        given=state.allocations.get(key),
        overridden=allocated.is_overridden if allocated else False,
        reason=allocated.reason if allocated else "",
        shown=success.shown if success else None,
        missing=success.missing if success else (),
    )


def _bars(combined: CombinedCoverage | None) -> Iterator[CoverBar]:
    for structure in combined.structures if combined else ():
        for cover in structure.covers:
            yield _bar(structure, cover)


def _bar(structure: StructureCombined, cover: IceAndDose) -> CoverBar:
    whole = cover.both.cc + cover.dose_only.cc + cover.ice_only.cc + cover.neither.cc

    def percent(cc: float) -> float:
        return 100.0 * cc / whole if whole else 0.0

    return CoverBar(
        structure=structure.name,
        evidence=cover.evidence,
        level_c=cover.level_c,
        both_percent=percent(cover.both.cc),
        dose_percent=percent(cover.dose_only.cc),
        ice_percent=percent(cover.ice_only.cc),
        neither_percent=percent(cover.neither.cc),
        gap_cc=cover.neither.cc,
        gap_low_cc=cover.neither.low_cc,
        gap_high_cc=cover.neither.high_cc,
        place_mm=cover.gaps[0].place_mm if cover.gaps else None,
    )


def _windows(state: ProcedureState, now: datetime) -> Iterator[WindowRow]:
    for found in window_states(state, now):
        left_s = None
        if found.deadline is not None and found.ended is None:
            left_s = round((found.deadline - now).total_seconds())
        yield WindowRow(name=found.window.name, status=found.status, left_s=left_s)


def _prompts(state: ProcedureState) -> Iterator[PromptRow]:
    answers = {answer.term: answer.grade for answer in state.adverse_events}
    for prompt in state.protocol.adverse_events:
        term = prompt_term(prompt)
        yield PromptRow(about=prompt.about, term=term, grade=answers.get(term))
