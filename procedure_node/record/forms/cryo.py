"""Form PROBE: what each cryoprobe was used for."""

from collections.abc import Iterator, Mapping

from dosimetry_core.values import MeasurementValidity, ZoneKind
from procedure_node.record.acts import by_act
from procedure_node.record.fields import Form, Group, choice, integer, number, text, utc
from procedure_node.record.provenance import Filled, device
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
        number("prb_direction_x", "Direction towards the tip, x (LPS)", "", 4),
        number("prb_direction_y", "Direction towards the tip, y (LPS)", "", 4),
        number("prb_direction_z", "Direction towards the tip, z (LPS)", "", 4),
        text("prb_kind", "Kind of probe"),
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


def in_order(procedure: ProcedureState) -> list[ProbeState]:
    """Every probe that was assigned or that spoke, by console and number."""
    return sorted(procedure.probes.values(), key=lambda probe: (probe.device, probe.probe))


def probe_rows(procedure: ProcedureState) -> Iterator[Mapping[str, Filled]]:
    """One row for each probe that was assigned or that spoke."""
    for probe in in_order(procedure):
        yield {PLACED.name: _placed(procedure, probe), READ.name: _read(probe)}


def _placed(procedure: ProcedureState, probe: ProbeState) -> Filled:
    values: dict[str, Value] = {"prb_device": probe.device, "prb_number": probe.probe}
    tip = probe.tip_mm or (None, None, None)
    for axis, at_mm in zip("xyz", tip, strict=True):
        values[f"prb_tip_{axis}_mm"] = known(at_mm, "nobody reported the tip's place")
    direction = probe.direction or (None, None, None)
    for axis, part in zip("xyz", direction, strict=True):
        values[f"prb_direction_{axis}"] = known(part, "nobody reported the probe's direction")
    values["prb_kind"] = known(probe.cryoprobe, "nobody reported the kind of probe")
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
