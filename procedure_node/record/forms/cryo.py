"""Forms PROBE and FREEZE_CYCLE: what each cryoprobe was used for and what it did."""

from collections.abc import Iterator, Mapping

from dosimetry_core.values import CyclePhase, MeasurementValidity, ZoneKind
from procedure_node.cycles import FreezeThawCycle, PhaseSpan
from procedure_node.record.acts import by_act
from procedure_node.record.fields import Form, Group, choice, integer, notes, number, text, utc
from procedure_node.record.provenance import Filled, Provenance, device
from procedure_node.record.values import Unknown, Value, known
from procedure_node.state import ProbeState, ProcedureState

PLACED = Group(
    "prb_place",
    "Placement",
    (
        text("prb_device", "Console"),
        integer("prb_number", "Probe"),
        text("prb_lesion", "Lesion"),
        choice("prb_zone", "Zone of the lesion", ZoneKind),
        number("prb_tip_x_mm", "Tip, x (LPS)", "mm", 2),
        number("prb_tip_y_mm", "Tip, y (LPS)", "mm", 2),
        number("prb_tip_z_mm", "Tip, z (LPS)", "mm", 2),
    ),
)
READ = Group(
    "prb_read",
    "Telemetry",
    (
        integer("prb_cycles", "Freeze-thaw cycles"),
        number("prb_min_c", "Lowest tip temperature", "degC", 1),
        utc("prb_last_utc", "Last reading"),
        choice("prb_last_validity", "Validity of the last reading", MeasurementValidity),
    ),
)
PROBE = Form("probe", "PROBE", repeats=True, groups=(PLACED, READ))

CYCLE = Group(
    "fc_cycle",
    "Cycle",
    (
        text("fc_device", "Console"),
        integer("fc_probe", "Probe"),
        integer("fc_number", "Cycle of this probe"),
        utc("fc_start_utc", "Freezing began", sdtm="PR.PRSTDTC"),
        utc("fc_end_utc", "Cycle ended", sdtm="PR.PRENDTC"),
        number("fc_freeze_s", "Freezing", "s", 1),
        number("fc_passive_thaw_s", "Passive thaw", "s", 1),
        number("fc_active_thaw_s", "Active thaw", "s", 1),
        number("fc_unknown_s", "Time of the cycle that is not known", "s", 1),
        number("fc_min_c", "Lowest tip temperature", "degC", 1),
        number("fc_below20_s", "Known time below -20 degC", "s", 1),
        number("fc_below40_s", "Known time below -40 degC", "s", 1),
        number("fc_gas_start_kpa", "Gas pressure at the start", "kPa", 0),
        number("fc_gas_end_kpa", "Gas pressure at the end", "kPa", 0),
        notes("fc_phases", "Phases (UTC)"),
    ),
)
FREEZE_CYCLE = Form("freeze_cycle", "FREEZE_CYCLE", repeats=True, groups=(CYCLE,))


def _in_order(procedure: ProcedureState) -> list[ProbeState]:
    return sorted(procedure.probes.values(), key=lambda probe: (probe.device, probe.probe))


def probe_rows(procedure: ProcedureState) -> Iterator[Mapping[str, Filled]]:
    """One row for each probe that was assigned or that spoke."""
    for probe in _in_order(procedure):
        yield {PLACED.name: _placed(procedure, probe), READ.name: _read(probe)}


def freeze_cycle_rows(procedure: ProcedureState) -> Iterator[Mapping[str, Filled]]:
    """One row for each freeze-thaw cycle of each probe."""
    for probe in _in_order(procedure):
        for cycle in probe.cycles.cycles:
            yield {CYCLE.name: _cycle(probe, cycle)}


def _placed(procedure: ProcedureState, probe: ProbeState) -> Filled:
    values: dict[str, Value] = {"prb_device": probe.device, "prb_number": probe.probe}
    tip = probe.tip_mm or (None, None, None)
    for axis, at_mm in zip("xyz", tip, strict=True):
        values[f"prb_tip_{axis}_mm"] = known(at_mm, "nobody reported the tip's place")
    nowhere = "nobody assigned the probe to a target"
    values["prb_lesion"] = known(probe.lesion, nowhere)
    values["prb_zone"] = Unknown(nowhere) if probe.zone is None else probe.zone.value
    source = by_act(procedure, "probe-assigned", f"{probe.device}/{probe.probe}")
    return Filled(source, values)


def _read(probe: ProbeState) -> Filled:
    silent = "the probe was never heard"
    cycles = probe.cycles.cycles
    minima = [
        cycle.minimum_temperature_c for cycle in cycles if cycle.minimum_temperature_c is not None
    ]
    values: dict[str, Value] = {
        "prb_cycles": len(cycles) if probe.last else Unknown(silent),
        "prb_min_c": known(min(minima, default=None), "no temperature was read in any cycle"),
        "prb_last_utc": known(probe.last_at, silent),
        "prb_last_validity": probe.last.validity.value if probe.last else Unknown(silent),
    }
    return Filled(
        device(probe.device, known(probe.last_at, silent)),
        values,
        remark=f"Last reading: {probe.last.reason}" if probe.last and probe.last.reason else "",
    )


def _cycle(probe: ProbeState, cycle: FreezeThawCycle) -> Filled:
    not_ended = "the cycle had not ended when the record was made"
    unread = "no valid reading in this cycle"
    no_pressure = "no gas pressure was read while this cycle froze"
    values: dict[str, Value] = {
        "fc_device": probe.device,
        "fc_probe": probe.probe,
        "fc_number": cycle.number,
        "fc_start_utc": cycle.started,
        "fc_end_utc": known(cycle.ended, not_ended),
        "fc_freeze_s": cycle.freeze_s,
        "fc_passive_thaw_s": _lasted_s(cycle, CyclePhase.PASSIVE_THAW),
        "fc_active_thaw_s": _lasted_s(cycle, CyclePhase.ACTIVE_THAW),
        "fc_unknown_s": cycle.unknown_s,
        "fc_min_c": known(cycle.minimum_temperature_c, unread),
        "fc_below20_s": cycle.below_minus20_s,
        "fc_below40_s": cycle.below_minus40_s,
        "fc_gas_start_kpa": known(cycle.gas_pressure_start_kpa, no_pressure),
        "fc_gas_end_kpa": known(cycle.gas_pressure_end_kpa, no_pressure),
        "fc_phases": "\n".join(_span(span) for span in cycle.phases) or Unknown(unread),
    }
    return Filled(
        _of_cycle(probe, cycle),
        values,
        remark=f"{cycle.unknown_s:.1f} s of the cycle are UNKNOWN: times are at least what stands."
        if cycle.unknown_s > 0
        else "",
    )


def _of_cycle(probe: ProbeState, cycle: FreezeThawCycle) -> Provenance:
    return device(
        probe.device,
        known(cycle.ended or probe.last_at, "the console was not heard since the cycle began"),
    )


def _lasted_s(cycle: FreezeThawCycle, phase: CyclePhase) -> Value:
    spans = [span for span in cycle.phases if span.phase is phase]
    ended = [span.ended - span.started for span in spans if span.ended is not None]
    if len(ended) < len(spans):
        return Unknown("this phase had not ended when the record was made")
    return sum((span.total_seconds() for span in ended), start=0.0)


def _span(span: PhaseSpan) -> str:
    ended = f"{span.ended:%H:%M:%S}" if span.ended else "not ended"
    coldest = (
        "temperature UNKNOWN"
        if span.minimum_temperature_c is None
        else f"lowest {span.minimum_temperature_c:.1f} degC"
    )
    return f"{span.phase.value} {span.started:%H:%M:%S} to {ended}, {coldest}"
