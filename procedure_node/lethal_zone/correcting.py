"""The model corrected by what was seen, and the correction in words that can be journalled."""

from collections.abc import Sequence
from dataclasses import dataclass

from dosimetry_core.bioheat import Correction, FreezeCase, IceSeen, Knowledge, correct
from procedure_node.events import ModelComparison, ModelCorrection, WallCorrection
from procedure_node.lethal_zone.courses import Courses
from procedure_node.lethal_zone.seen import Observation

MOST_UNKNOWN = 0.05
"""Share of the time until the last observation of which it may be unknown what a probe did."""


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """What observations made of the model; ``told`` is None where they could not be used."""

    knowledge: Knowledge
    told: ModelCorrection | None
    doubts: tuple[str, ...]


def corrected(
    case: FreezeCase, courses: Courses, seen: Sequence[Observation], spacing_mm: float
) -> Corrected:
    """Find the probes' walls that all observations so far agree on.

    They are not used, and this is said, where it is not known for long what the probes did: the
    model would learn from a gap that the probes are weak. The same where the search does not
    settle.
    """
    first = Knowledge.at_first(len(case.probes))
    if not seen:
        return Corrected(first, None, ())
    until_s = max(one.seen.at_s for one in seen)
    if courses.unknown_s(until_s) > MOST_UNKNOWN * until_s:
        return Corrected(
            first, None, ("readings are missing: the model is not corrected by what was seen",)
        )
    try:
        result = correct(case, courses.likely, [one.seen for one in seen], spacing_mm=spacing_mm)
    except ValueError as error:
        return Corrected(first, None, (f"the model is not corrected: {error}",))
    if not result.settled:
        return Corrected(
            first, None, ("what was seen does not fit the model: it is not corrected by it",)
        )
    return Corrected(result.knowledge, _told(case, result, seen), ())


def _told(case: FreezeCase, result: Correction, seen: Sequence[Observation]) -> ModelCorrection:
    return ModelCorrection(
        walls=tuple(
            WallCorrection(
                probe=probe.name,
                before_c=before.freeze_c,
                before_sd_c=before.freeze_sd_c,
                after_c=after.freeze_c,
                after_sd_c=after.freeze_sd_c,
            )
            for probe, before, after in zip(case.probes, result.before, result.after, strict=True)
        ),
        comparisons=tuple(
            ModelComparison(
                seen=one.label,
                unit="mm" if isinstance(one.seen, IceSeen) else "C",
                observed=comparison.observed,
                before=comparison.before,
                after=comparison.after,
                sd=comparison.sd,
            )
            for one, comparison in zip(seen, result.comparisons, strict=True)
        ),
        misfit=result.misfit,
    )
