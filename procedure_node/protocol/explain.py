"""A protocol as sentences that a clinician can read and sign."""

from collections.abc import Iterator

from procedure_node.protocol.model import ArmRule, FreezeSchedule, OrganConstraint, TrialProtocol
from procedure_node.protocol.parts import NOT_SAID, UNSET
from procedure_node.protocol.zoning import BulkyRule, ZoningRule


def explain(protocol: TrialProtocol) -> list[str]:
    """Paragraphs: the title first, then arms, lesions, prescriptions, organs and conduct.

    A number that the protocol does not say stands as ``NOT_SAID``.
    """
    return [
        f"{protocol.title} ({protocol.name}, version {protocol.version}), for {protocol.trial}.",
        *(
            ["Its numbers are examples. They must not be used to treat anyone."]
            if protocol.example
            else []
        ),
        *(_arm(name, arm) for name, arm in protocol.arms.items()),
        *_allocation(protocol),
        *([_bulky(protocol.bulky)] if protocol.bulky else []),
        *([_zoning(protocol.zoning)] if protocol.zoning else []),
        _seeds(protocol),
        _cryo(protocol),
        *(_organ(organ) for organ in protocol.organs),
        _freshness(protocol),
        *_conduct(protocol),
    ]


def _number(value: float | str, unit: str) -> str:
    return f"{NOT_SAID} {unit}" if value == UNSET else f"{float(value):g} {unit}"


def _arm(name: str, arm: ArmRule) -> str:
    given = " or ".join(modality.value for modality in arm.modalities)
    zones = "Bulky lesions are zoned" if arm.zoning else "Lesions are not zoned"
    one = (
        " All lesions of a patient are given the same one; the first allocation decides."
        if arm.single_modality
        else ""
    )
    return f"Arm {name}: {arm.title}. Lesions are given {given}. {zones}.{one}"


def _allocation(protocol: TrialProtocol) -> Iterator[str]:
    if protocol.allocation is None:
        yield "No rule says which modality a lesion is given: a person decides."
        return
    for rule in protocol.allocation.rules:
        conditions = " and ".join(str(condition) for condition in rule.when)
        yield (
            f"A lesion is given {rule.modality} if {conditions} (rule {rule.name!r}), "
            f"because {rule.because}."
        )
    if protocol.allocation.otherwise is not None:
        yield f"Any other lesion is given {protocol.allocation.otherwise}."
    yield "A person confirms each allocation, or overrides it with a reason; both are recorded."


def _bulky(rule: BulkyRule) -> str:
    limits: list[str] = []
    if rule.longest_axial_at_least_mm is not None:
        longest = _number(rule.longest_axial_at_least_mm, "mm")
        limits.append(f"its longest axial diameter is at least {longest}")
    if rule.volume_at_least_cc is not None:
        limits.append(f"its volume is at least {_number(rule.volume_at_least_cc, 'cc')}")
    return f"A lesion is bulky if {' or '.join(limits)}."


def _zoning(rule: ZoningRule) -> str:
    if rule.core_inward_margin_mm is not None:
        depth = _number(rule.core_inward_margin_mm, "mm")
        core = f"what lies {depth} or more below its surface"
    else:
        core = f"what the planned probes bring below {_number(rule.core_reach_c or UNSET, 'C')}"
    words = f"The core of a bulky lesion is {core}; it is given {rule.core_modality}. "
    if rule.high_risk is not None:
        words += (
            "Its high-risk margin is what of the rest lies within "
            f"{_number(rule.high_risk.within_mm, 'mm')} of {' or '.join(rule.high_risk.organs)}; "
            f"it is given {rule.high_risk.modality}. "
        )
    return words + f"The rest is its periphery, which is given {rule.periphery_modality}."


def _seeds(protocol: TrialProtocol) -> str:
    seeds = protocol.seeds
    return (
        f"Seeds: {_number(seeds.prescription_gy, 'Gy')} are prescribed. D90 is to be at least "
        f"{_number(seeds.d90_minimum_percent_of_prescription, '%')} of it, V100 at least "
        f"{_number(seeds.v100_minimum_percent, '%')}. A seed counts for a zone up to "
        f"{_number(seeds.counted_within_mm, 'mm')} outside of it."
    )


def _cryo(protocol: TrialProtocol) -> str:
    cryo = protocol.cryo
    return (
        f"Cryoablation: {_freezes(cryo)}. A probe's tip is to reach "
        f"{_number(cryo.tip_target_c, 'C')} within {_number(cryo.tip_target_within_s, 's')}. "
        f"Its gas is to stay above {_number(cryo.gas_minimum_kpa, 'kPa')}. "
        f"The ice in the CT is to cover {_number(cryo.ice_coverage_minimum_percent, '%')} of the "
        f"zone, and to reach {_number(cryo.ice_margin_minimum_mm, 'mm')} beyond it; that is looked "
        f"at {_number(cryo.ice_margin_alert_minutes, 'min')} before a freeze ends. At most "
        f"{_number(cryo.ice_volume_maximum_cc, 'cc')} are to be frozen at one time, and "
        f"{_number(cryo.ice_volume_total_maximum_cc, 'cc')} over the procedure."
    )


def _freezes(cryo: FreezeSchedule) -> str:
    """The schedule in words; one with a time for each cycle is told step by step."""
    cycles, freezes, thaws = cryo.cycles, cryo.freeze_minutes, cryo.thaw_minutes
    if cycles != UNSET and (isinstance(freezes, tuple) or isinstance(thaws, tuple)):
        steps: list[str] = []
        for number in range(1, cycles + 1):
            steps.append(f"freeze {number} of {_minutes(cryo.freeze_minutes_of(number))}")
            if number < cycles:
                steps.append(f"a thaw of {_minutes(cryo.thaw_minutes_of(number))}")
        return ", then ".join(steps)
    count = NOT_SAID if cycles == UNSET else str(cycles)
    between = f", with thaws of {_minutes(cryo.thaw_minutes_of(1))} between them"
    return f"{count} freezes of {_minutes(cryo.freeze_minutes_of(1))}{between}"


def _minutes(value: float | None) -> str:
    return _number(UNSET if value is None else value, "min")


def _organ(organ: OrganConstraint) -> str:
    limits: list[str] = []
    if organ.d2cc_limit_gy is not None:
        limits.append(f"D2cc is at most {_number(organ.d2cc_limit_gy, 'Gy')}")
    if organ.d0_1cc_limit_gy is not None:
        limits.append(f"D0.1cc is at most {_number(organ.d0_1cc_limit_gy, 'Gy')}")
    if organ.temperature_minimum_c is not None:
        limits.append(
            f"a thermometer at it shows at least {_number(organ.temperature_minimum_c, 'C')}"
        )
    for key, words in _DISTANCES.items():
        distance = getattr(organ, key, None)
        if distance is not None:
            limits.append(f"{words} at least {_number(distance, 'mm')} away")
    return f"{organ.name}: {', '.join(limits)}."


_DISTANCES = {
    "ice_distance_minimum_mm": "the ice in the CT stays",
    "modelled_ice_distance_minimum_mm": "modelled ice stays",
}


def _freshness(protocol: TrialProtocol) -> str:
    return (
        "What is known is taken for unknown when a scan is older than "
        f"{_number(protocol.freshness.scan_minutes, 'min')}, or a reading older than "
        f"{_number(protocol.freshness.reading_s, 's')}."
    )


def _conduct(protocol: TrialProtocol) -> Iterator[str]:
    for window in protocol.windows:
        yield (
            f"{window.name.capitalize()}: {window.ends} no later than "
            f"{_number(window.within_minutes, 'min')} after {window.starts}."
        )
    success = protocol.technical_success
    if success is not None:
        yield (
            f"Technical success is shown for a zone given SEEDS by {', '.join(success.seeds)}, and "
            f"for one given CRYO by {', '.join(success.cryo)}; what is unknown is not shown."
        )
    if protocol.adverse_events:
        asked = ", ".join(
            prompt.about if prompt.term == UNSET else f"{prompt.about} ({prompt.term})"
            for prompt in protocol.adverse_events
        )
        yield f"When the procedure is closed, a person is asked about: {asked}."
