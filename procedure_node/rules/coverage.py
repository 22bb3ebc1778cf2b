"""Coverage of each target by the modality that it is allocated to."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from dosimetry_core.values import Evidence, Modality, ZoneKind
from procedure_node.events import CoverageAssessed, CoverageFact, StructureSummary, Verdict
from procedure_node.protocol import UNSET, Target
from procedure_node.rules.freeze import FreezeDone, freeze_done, probes_of
from procedure_node.state import ProcedureState, ScanState


def assess(state: ProcedureState, now: datetime) -> dict[str, CoverageAssessed]:
    """What is known of the coverage of every allocated target, keyed by ``Target.key``.

    A target is UNDER if any wanted quantity is known not to be reached; otherwise UNKNOWN if any is
    unknown; otherwise COVERED.
    """
    return {
        key: _assess_target(state, target, state.allocations[key], now)
        for key, target in targets_of(state).items()
        if key in state.allocations
    }


def targets_of(state: ProcedureState) -> dict[str, Target]:
    """Every target that is drawn or allocated, keyed by ``Target.key``."""
    drawn = state.structures.structures if state.structures else ()
    found = [
        Target(lesion=s.lesion, zone=s.zone)
        for s in drawn
        if s.role == "TARGET" and s.lesion is not None and s.zone is not None
    ]
    named = [parse_target(key) for key in state.allocations]
    return {target.key: target for target in (*found, *named)}


def is_split(state: ProcedureState, target: Target) -> bool:
    """Whether a whole lesion is not itself treated because its zones are."""
    whole = target.zone is ZoneKind.WHOLE and target.key not in state.allocations
    return whole and any(parse_target(key).lesion == target.lesion for key in state.allocations)


def parse_target(key: str) -> Target:
    """The target that ``Target.key`` names.

    Raises:
        ValueError: the zone is not one of ``ZoneKind``.
    """
    lesion, _, zone = key.partition("/")
    return Target.model_validate({"lesion": lesion, "zone": zone or "WHOLE"})


def structure_of(state: ProcedureState, target: Target) -> StructureSummary | None:
    """The drawn structure of a target; None if there is none."""
    if state.structures is None:
        return None
    for structure in state.structures.structures:
        if (structure.lesion, structure.zone) == (target.lesion, target.zone):
            return structure
    return None


def newest_received(state: ProcedureState) -> ScanState | None:
    """The newest scan that could be used; None before the first.

    Scans that lay in the archive before the procedure was opened may arrive in any order, so the
    time of acquisition counts, where it is known.
    """
    received = [s for s in state.scans.values() if s.received_at is not None]
    return max(received, key=_taken_at, default=None)


def is_being_analysed(scan: ScanState) -> bool:
    """Whether the seeds and dose of a received scan are neither there nor failed."""
    failed = {"READ", "STRUCTURES", "SEEDS", "DOSE"} & scan.failures.keys()
    return not failed and (scan.seeds is None or scan.dose is None)


def _taken_at(scan: ScanState) -> datetime:
    assert scan.received_at is not None
    acquired = scan.received.acquired_at if scan.received else None
    return acquired or scan.received_at


def _assess_target(
    state: ProcedureState, target: Target, modality: Modality, now: datetime
) -> CoverageAssessed:
    if modality is Modality.SEEDS:
        facts, series_uid = _seed_facts(state, target, now)
    else:
        facts, series_uid = _freeze_facts(state, target, now)
    return CoverageAssessed(
        lesion=target.lesion,
        zone=target.zone,
        modality=modality,
        verdict=_verdict(facts),
        facts=tuple(facts),
        unknown_reasons=tuple(dict.fromkeys(f.unknown_reason for f in facts if f.unknown_reason)),
        series_uid=series_uid,
    )


def _verdict(facts: Sequence[CoverageFact]) -> Verdict:
    if any(fact.met is False for fact in facts):
        return "UNDER"
    if any(fact.met is None for fact in facts):
        return "UNKNOWN"
    return "COVERED"


def _at_least(
    quantity: str,
    unit: str,
    wanted: float | str,
    actual: float | None,
    evidence: Evidence,
    unknown_reason: str = "",
) -> CoverageFact:
    """Met when ``actual`` is at least ``wanted``; unknown where either is missing."""
    if isinstance(wanted, str):
        return CoverageFact(
            quantity=quantity,
            unit=unit,
            wanted=None,
            actual=actual,
            met=None,
            evidence=evidence,
            unknown_reason=f"the protocol leaves what {quantity} must be unset",
        )
    if unknown_reason or actual is None:
        return CoverageFact(
            quantity=quantity,
            unit=unit,
            wanted=wanted,
            actual=None,
            met=None,
            evidence=evidence,
            unknown_reason=unknown_reason or f"{quantity} is not known",
        )
    return CoverageFact(
        quantity=quantity,
        unit=unit,
        wanted=wanted,
        actual=actual,
        met=actual >= wanted,
        evidence=evidence,
    )


def _seed_facts(
    state: ProcedureState, target: Target, now: datetime
) -> tuple[list[CoverageFact], str | None]:
    rules = state.protocol.seeds
    scan = newest_received(state)
    doubt = next(_seed_doubts(state, target, scan, now), "")
    structure = structure_of(state, target)
    dose = None
    if not doubt and scan is not None and scan.dose is not None and structure is not None:
        dose = next((d for d in scan.dose.structures if d.name == structure.name), None)
        doubt = "" if dose else f"no dose was computed for {structure.name}"
    wanted_d90: float | str = UNSET
    share_percent = rules.d90_minimum_percent_of_prescription
    if not isinstance(rules.prescription_gy, str) and not isinstance(share_percent, str):
        wanted_d90 = rules.prescription_gy * share_percent / 100.0
    facts = [
        _at_least("D90", "Gy", wanted_d90, dose and dose.d90_gy, Evidence.MODELLED, doubt),
        _at_least(
            "V100",
            "%",
            rules.v100_minimum_percent,
            dose and dose.v100_percent,
            Evidence.MODELLED,
            doubt,
        ),
    ]
    return facts, scan.series_uid if scan else None


def reported_count(state: ProcedureState, target: Target) -> int:
    """How many seeds the operator says are in a target."""
    return sum(
        r.count for r in state.seed_reports if (r.lesion, r.zone) == (target.lesion, target.zone)
    )


def found_count(scan: ScanState, target: Target) -> int | None:
    """How many seeds a scan shows for a target; None if they were not looked for."""
    if scan.seeds is None:
        return None
    return sum(1 for s in scan.seeds.seeds if (s.lesion, s.zone) == (target.lesion, target.zone))


def _seed_doubts(
    state: ProcedureState, target: Target, scan: ScanState | None, now: datetime
) -> Iterator[str]:
    """Why the dose to a target cannot be believed now, the gravest reason first."""
    if structure_of(state, target) is None:
        yield f"{target.key} is not drawn in any structure set"
    if scan is not None and not _on_same_frame(state, scan):
        yield "the structures are drawn on another frame of reference than the newest scan"
    if scan is None or scan.received_at is None:
        yield "there is no scan yet"
        return
    yield from _scan_doubts(state, scan, now)
    for step in ("READ", "STRUCTURES", "SEEDS", "DOSE"):
        if step in scan.failures:
            yield scan.failures[step]
    if scan.seeds is None or scan.dose is None:
        yield "the newest scan is still being analysed"
        return
    reported = reported_count(state, target)
    since = sum(
        r.count
        for r in state.seed_reports
        if (r.lesion, r.zone) == (target.lesion, target.zone) and r.at > scan.discovered_at
    )
    if since:
        yield f"{since} seeds were implanted after the newest scan: a new scan is needed"
    found = found_count(scan, target)
    if found != reported:
        yield f"{found} seeds are seen, {reported} are reported"


def _on_same_frame(state: ProcedureState, scan: ScanState) -> bool:
    if state.structures is None or scan.received is None:
        return True
    return state.structures.frame_of_reference_uid == scan.received.frame_of_reference_uid


def _scan_doubts(state: ProcedureState, scan: ScanState, now: datetime) -> Iterator[str]:
    if scan.received_at is None:
        return
    limit = state.protocol.freshness.scan_minutes
    if limit == UNSET:
        yield "the protocol leaves freshness.scan_minutes unset"
    elif state.closed_at is None and now - scan.received_at > timedelta(minutes=limit):
        yield f"the newest scan is older than {limit:g} min"


def _freeze_facts(
    state: ProcedureState, target: Target, now: datetime
) -> tuple[list[CoverageFact], str | None]:
    rules = state.protocol.cryo
    covered, margin, scan, doubt = _imaged_ice(state, target)
    met = (
        covered is not None
        and margin is not None
        and not isinstance(rules.ice_coverage_minimum_percent, str)
        and not isinstance(rules.ice_margin_minimum_mm, str)
        and covered >= rules.ice_coverage_minimum_percent
        and margin >= rules.ice_margin_minimum_mm
    )
    if scan is not None and not met and not doubt:
        doubt = next(_scan_doubts(state, scan, now), "")
    facts = [
        _at_least(
            "ice coverage",
            "%",
            rules.ice_coverage_minimum_percent,
            covered,
            Evidence.IMAGED,
            doubt,
        ),
        _at_least("ice margin", "mm", rules.ice_margin_minimum_mm, margin, Evidence.IMAGED, doubt),
        _cycles_fact(state, target),
    ]
    return facts, scan.series_uid if scan else None


def _imaged_ice(
    state: ProcedureState, target: Target
) -> tuple[float | None, float | None, ScanState | None, str]:
    """The largest imaged ice over a target: percent covered, margin mm, the scan, and a doubt.

    Tissue that was frozen once has been treated, so the largest extent counts, not the newest.
    """
    structure = structure_of(state, target)
    if structure is None:
        return None, None, None, f"{target.key} is not drawn in any structure set"
    best: tuple[float, float, ScanState] | None = None
    for scan in state.scans.values():
        for ice in scan.ice.structures if scan.ice else ():
            if ice.name != structure.name or ice.minimum_margin_mm is None:
                continue
            if best is None or (ice.covered_percent, ice.minimum_margin_mm) > best[:2]:
                best = (ice.covered_percent, ice.minimum_margin_mm, scan)
    if best is not None:
        return (*best, "")
    newest = newest_received(state)
    if newest is None:
        return None, None, None, "there is no scan yet"
    if "ICE" in newest.failures:
        return None, None, newest, newest.failures["ICE"]
    return None, None, newest, "no scan shows the ice yet"


def _cycles_fact(state: ProcedureState, target: Target) -> CoverageFact:
    """Freezes of the target: every one of its probes must have done them, so the least counts."""
    rules = state.protocol.cryo
    probes = probes_of(state, target)
    if not probes:
        return _freezes(rules.cycles, None, "no probe is assigned to it")
    if isinstance(rules.tip_target_c, str) or isinstance(rules.freeze_minutes, str):
        return _freezes(
            rules.cycles, None, "the protocol leaves cryo.tip_target_c or cryo.freeze_minutes unset"
        )
    surely: list[int] = []
    perhaps: list[int] = []
    for probe in probes:
        answers = [
            freeze_done(c, tip_target_c=rules.tip_target_c, freeze_minutes=rules.freeze_minutes)
            for c in probe.cycles.cycles
        ]
        surely.append(answers.count(FreezeDone.YES))
        perhaps.append(len(answers) - answers.count(FreezeDone.NO))
    least, most = min(surely), min(perhaps)
    in_doubt = isinstance(rules.cycles, int) and least < rules.cycles <= most
    doubt = (
        "a gap in the readings hides whether a freeze was cold and long enough" if in_doubt else ""
    )
    return _freezes(rules.cycles, float(least), doubt)


def _freezes(wanted: int | str, actual: float | None, doubt: str) -> CoverageFact:
    return _at_least("freezes done", "", wanted, actual, Evidence.MEASURED, doubt)
