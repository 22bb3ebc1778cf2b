"""Going on in time."""

import math
from collections.abc import Sequence
from itertools import pairwise

from dosimetry_core.bioheat.model import BioheatState
from dosimetry_core.bioheat.probe import Course, changes_between

SPAN_S = 1.0
"""For so long at most the walls keep a temperature; at its end lowest temperatures are noted."""


def advance(state: BioheatState, until_s: float, courses: Sequence[Course]) -> BioheatState:
    """Go on to a moment.

    The bioheat equation of Pennes (J Appl Physiol 1 (1948) 93) by the enthalpy method with explicit
    steps. Enthalpy is the only unknown, so that heat is conserved to rounding whatever freezes or
    thaws, and there is nothing to iterate. Steps stay below ``BioheatModel.longest_step_s``, at
    1 mm about 0.15 s. One thread, without the GIL.

    Args:
        state: where to go on from; it is not changed.
        until_s: on the clock of the simulation, not before the state.
        courses: what each probe did, in the order of the model's probes. Of what lies before the
            state only the walls' temperatures follow, and what comes later than ``until_s`` is
            not looked at: a log that grows may be given again and again.

    Raises:
        ValueError: the time lies before the state, there are not as many courses as probes, or a
            course is not in order.
    """
    from dosimetry_core.bioheat.spans import Workspace  # noqa: PLC0415 - the compiler is heavy

    if not (math.isfinite(until_s) and until_s >= state.elapsed_s):
        raise ValueError(f"cannot go on from {state.elapsed_s} s to {until_s} s")
    if len(courses) != len(state.model.probes):
        raise ValueError(
            f"{len(state.model.probes)} probes need as many courses, got {len(courses)}"
        )
    for probe, course in zip(state.model.probes, courses, strict=True):
        if any(later.start_s < spell.start_s for spell, later in pairwise(course)):
            raise ValueError(
                f"probe {probe.name}: the spells of its course are not in order of time"
            )
    workspace = Workspace(state)
    now_s = state.elapsed_s
    for change_s in changes_between(courses, now_s, until_s):
        spans = math.ceil((change_s - now_s) / SPAN_S)
        for n in range(spans):
            span_s = (change_s - now_s) / spans
            workspace.go_on(now_s + n * span_s, span_s, courses)
        now_s = change_s
    return workspace.state(until_s)
