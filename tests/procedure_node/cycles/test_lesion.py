"""Cycles of a lesion over all of its probes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry_core.values import CyclePhase, MeasurementValidity
from procedure_node.cycles import (
    FoldRules,
    LesionCycles,
    LesionProbe,
    ProbeCycles,
    after_gap,
    after_reading,
    lesion_cycles,
)
from procedure_node.events import EventTime, ProbeReading

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
RULES = FoldRules(maximum_gap_s=5.0)
FREEZE, UNKNOWN = CyclePhase.FREEZE, CyclePhase.UNKNOWN
PASSIVE, ACTIVE = CyclePhase.PASSIVE_THAW, CyclePhase.ACTIVE_THAW
MODES = {"O": "OFF", "F": "FREEZE", "T": "THAW", "H": "HEAT", "S": "STICK"}


def probe(key: str, line: str, *, tip_c: float = -50.0, is_here: bool = True) -> LesionProbe:
    """A probe read once a second, a letter for each second; ``?`` is a gap."""
    cycles = ProbeCycles()
    for second, letter in enumerate(line):
        at = EventTime(utc=START + timedelta(seconds=second), monotonic_ns=second * 10**9)
        if letter == "?":
            cycles = after_gap(cycles, at)
            continue
        told = ProbeReading.model_validate(
            {
                "device": "console-1",
                "sequence": 0,
                "probe": 1,
                "mode": MODES[letter],
                "power_percent": 100.0,
                "tip_temperature_c": tip_c if letter in "FS" else 5.0,
                "gas_pressure_kpa": None,
                "validity": MeasurementValidity.VALID,
            }
        )
        cycles = after_reading(cycles, at, told, RULES)
    return LesionProbe(key, cycles, cycles.cycles, is_here)


def together(*lines: str) -> LesionCycles:
    return lesion_cycles("L1", [probe(f"c/{n}", line) for n, line in enumerate(lines, start=1)])


def spans(cycles: LesionCycles, number: int = 1) -> list[tuple[CyclePhase, float, float | None]]:
    return [
        (
            span.phase,
            (span.started - START).total_seconds(),
            (span.ended - START).total_seconds() if span.ended else None,
        )
        for span in cycles.cycles[number - 1].phases
    ]


def test_one_probe_is_the_lesion() -> None:
    cycles = together("OFFFTTHHOO")
    assert spans(cycles) == [(FREEZE, 1, 4), (PASSIVE, 4, 6), (ACTIVE, 6, 8)]
    [cycle] = cycles.cycles
    assert (cycle.freeze_s, cycle.passive_thaw_s, cycle.active_thaw_s) == (3.0, 2.0, 2.0)
    assert cycle.ended == START + timedelta(seconds=8)
    assert (cycles.phase, cycle.thawed_to_c) == (CyclePhase.IDLE, 5.0)


def test_a_lesion_freezes_while_any_probe_does() -> None:
    cycles = together("OFFFTTTTTT", "OOFFFFTTTT")
    assert spans(cycles) == [(FREEZE, 1, 6), (PASSIVE, 6, None)]
    assert cycles.cycles[0].probes == ("c/1", "c/2")
    assert (cycles.phase, cycles.phase_since) == (PASSIVE, START + timedelta(seconds=6))


def test_a_probe_that_freezes_again_before_all_thawed_begins_no_cycle() -> None:
    cycles = together("OFFTTFFFTT", "OFFFFFFTTT")
    assert [cycle.number for cycle in cycles.cycles] == [1]
    assert spans(cycles) == [(FREEZE, 1, 8), (PASSIVE, 8, None)]


def test_a_freeze_after_all_thawed_is_the_next_cycle() -> None:
    cycles = together("OFFTTTFFTT", "OFFFTTTFFT")
    assert spans(cycles, 1) == [(FREEZE, 1, 4), (PASSIVE, 4, 6)]
    assert spans(cycles, 2) == [(FREEZE, 6, 9), (PASSIVE, 9, None)]
    assert cycles.cycles[0].ended == cycles.cycles[1].started


def test_a_probe_that_is_not_known_may_be_freezing() -> None:
    cycles = together("OFFFTTTTTT", "OFF???TTTT")
    assert spans(cycles) == [(FREEZE, 1, 4), (UNKNOWN, 4, 6), (PASSIVE, 6, None)]
    assert cycles.cycles[0].unknown_s == 2.0
    assert cycles.cycles[0].known_share == pytest.approx(6 / 8)


def test_a_gap_of_one_probe_is_no_doubt_while_another_freezes() -> None:
    cycles = together("OFFFFFTT", "OF???FTT")
    assert spans(cycles) == [(FREEZE, 1, 6), (PASSIVE, 6, None)]
    assert cycles.cycles[0].unknown_s == 0.0


def test_off_without_a_thaw_leaves_the_cycle_open() -> None:
    cycles = together("OFFOOFFTT")
    assert spans(cycles) == [
        (FREEZE, 1, 3),
        (CyclePhase.IDLE, 3, 5),
        (FREEZE, 5, 7),
        (PASSIVE, 7, None),
    ]


def test_after_a_pause_outside_of_every_cycle_the_next_freeze_is_the_second() -> None:
    cycles = together("OFFTTOOOFF", "OFFTTTOOFF")
    assert spans(cycles, 1) == [(FREEZE, 1, 3), (PASSIVE, 3, 6)]
    assert spans(cycles, 2) == [(FREEZE, 8, None)]


def test_a_probe_that_has_left_keeps_its_cycles_but_not_its_phase() -> None:
    gone = probe("c/1", "OFFTTTFFF", is_here=False)
    gone = LesionProbe("c/1", gone.cycles, gone.here[:1], is_here=False)
    cycles = lesion_cycles("L1", [gone, probe("c/2", "OFFTTTTTT", tip_c=-90.0)])
    assert cycles.phase is PASSIVE
    assert cycles.cycles[0].minimum_temperature_c == -90.0


def test_without_a_probe_nothing_is_known() -> None:
    assert lesion_cycles("L1", []).phase is UNKNOWN


LINE = st.text(alphabet="OFFTHS?", min_size=1, max_size=30)


@given(st.lists(LINE, min_size=1, max_size=4))
def test_the_lesions_time_is_whole_and_freezing_whenever_a_probe_is(lines: list[str]) -> None:
    probes = [probe(f"c/{n}", line) for n, line in enumerate(lines)]
    cycles = lesion_cycles("L1", probes)
    until = cycles.accounted_until
    assert LesionCycles.model_validate_json(cycles.model_dump_json()) == cycles
    assert [cycle.number for cycle in cycles.cycles] == list(range(1, len(cycles.cycles) + 1))
    for cycle in cycles.cycles:
        end = cycle.ended or until
        assert end is not None
        ends = [span.ended for span in cycle.phases[:-1]]
        assert ends == [span.started for span in cycle.phases[1:]]
        known_s = cycle.freeze_s + cycle.passive_thaw_s + cycle.active_thaw_s + cycle.idle_s
        assert known_s + cycle.unknown_s == pytest.approx((end - cycle.started).total_seconds())
        assert cycle.probes
    frozen: set[int] = set()
    for one in probes:
        for own in one.here:
            for span in own.phases:
                if span.phase is FREEZE:
                    ended = span.ended or until
                    assert ended is not None
                    first = round((span.started - START).total_seconds())
                    frozen |= set(range(first, round((ended - START).total_seconds())))
    assert sum(cycle.freeze_s for cycle in cycles.cycles) == pytest.approx(len(frozen))
