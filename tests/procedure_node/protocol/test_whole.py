"""Protocols as a whole: contradictions are told with how to mend them, and so is what is unset."""

from pathlib import Path

import pytest

from procedure_node.protocol import UNSET, TrialProtocol, explain, load_protocol, unset_keys
from procedure_node.settings import ConfigurationError

PROTOCOLS = Path(__file__).parents[3] / "config" / "protocols"
DEMONSTRATION = (PROTOCOLS / "demonstration.toml").read_text(encoding="utf-8")

TWO_UNSET = 'thaw_minutes = [8.0, "unset"]'


def mistakes(folder: Path, old: str, new: str) -> list[str]:
    assert old in DEMONSTRATION
    path = folder / "demonstration.toml"
    path.write_text(DEMONSTRATION.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_protocol(path)
    return [mistake.removeprefix(f"{path}: ") for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"SEEDS", "CRYO"', '"SEEDS", "SEEDS"', "arms.STRATEGY: a modality is named twice"),
        (
            "zoning = true",
            "zoning = true\nsingle_modality = true",
            "arms.STRATEGY: zones of two modalities and one modality for all cannot both be",
        ),
        (
            'modalities = ["SEEDS", "CRYO"]',
            'modalities = ["SEEDS"]',
            "arms.STRATEGY: zones are given CRYO, which this arm does not give",
        ),
        ("zoning = true", "zoning = false", "zoning: no arm zones lesions"),
        (
            "[bulky]\nlongest_axial_at_least_mm = 30.0",
            "",
            "zoning: nothing says which lesions are bulky; add [bulky]",
        ),
        (
            'organs = ["GALLBLADDER", "STOMACH"]',
            'organs = ["GALLBLADER"]',
            "'GALLBLADER' has no table in organs; there are: GALLBLADDER, STOMACH",
        ),
        (
            "freeze_minutes = [10.0, 10.0]",
            "freeze_minutes = [10.0]",
            "cryo.freeze_minutes: has 1 times, but cryo.cycles wants 2 freezes; give one for each",
        ),
        (
            "thaw_minutes = [8.0]",
            "thaw_minutes = [8.0, 8.0]",
            "cryo.thaw_minutes: has 2 times, but cryo.cycles wants 1 thaws between them",
        ),
        (
            "cycles = 2",
            'cycles = "unset"',
            "cryo.freeze_minutes: has a time for each cycle, but cryo.cycles is unset",
        ),
        (
            'to = "ORGANS", below = 10.0',
            'to = "VESSELS", below = 10.0',
            "allocation: rule 'near an organ' looks at VESSELS, but structures.vessel does not say",
        ),
        ('name = "near an organ"', 'name = "small and clear of organs"', "two rules have the name"),
        ("below = 30.0", "below = 25.0", "allocation: no rule claims a lesion with"),
        (
            "d0_1cc_limit_gy = 75.0",
            "d0_1cc_limit_gy = 40.0",
            "organs: 'GALLBLADDER': the limit of D0.1cc, 40 Gy, is below that of D2cc, 55 Gy",
        ),
        (
            'seeds = ["D90", "V100"]',
            'seeds = ["D90", "ice coverage"]',
            "technical_success.seeds: ice coverage is not of SEEDS",
        ),
        ('ends = "last scan"', 'ends = "last seeds"', "windows: 'verification scan' ends with the"),
        (
            'name = "length of the procedure"',
            'name = "verification scan"',
            "windows: two windows have the name 'verification scan'",
        ),
        (
            "core_inward_margin_mm = 5.0",
            "core_inward_margin_mm = 5.0\ncore_reach_c = -20.0",
            "takes one of core_inward_margin_mm and core_reach_c",
        ),
        ("longest_axial_at_least_mm = 30.0", "", "needs longest_axial_at_least_mm or volume_at"),
    ],
)
def test_a_contradiction_is_told(tmp_path, old, new, told):
    assert any(told in mistake for mistake in mistakes(tmp_path, old, new))


def test_an_organ_without_a_limit_is_a_mistake(tmp_path):
    lines = DEMONSTRATION.splitlines()
    start = lines.index('name = "STOMACH"')
    end = lines.index("", start)
    path = tmp_path / "demonstration.toml"
    path.write_text("\n".join([*lines[: start + 1], *lines[end:]]), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="'STOMACH' has no limit; state one, or leave"):
        load_protocol(path)


def test_the_trials_protocol_tells_every_number_that_it_lacks():
    protocol = load_protocol(PROTOCOLS / "nct07437625.toml")
    keys = unset_keys(protocol)
    assert {"seeds.prescription_gy", "bulky.longest_axial_at_least_mm"} <= set(keys)
    assert "allocation.rules[close to an organ at risk].when[1].below" in keys
    assert "organs[STOMACH].d2cc_limit_gy" in keys
    assert len(keys) == len(set(keys))
    for section in (protocol.seeds, protocol.cryo, protocol.freshness):
        assert set(section.model_dump().values()) == {UNSET}


def test_a_protocol_is_put_in_sentences_that_carry_its_numbers():
    text = "\n".join(explain(load_protocol(PROTOCOLS / "demonstration.toml")))
    assert "Its numbers are examples. They must not be used to treat anyone." in text
    assert (
        "A lesion is given CRYO if its distance to the nearest drawn organ at risk is at least "
        "10 mm and its longest axial diameter is below 30 mm (rule 'small and clear of organs')"
        in text
    )
    assert "The core of a bulky lesion is what lies 5 mm or more below its surface" in text
    assert "Seeds: 110 Gy are prescribed." in text
    assert (
        "Cryoablation: freeze 1 of 10 min, then a thaw of 8 min, then freeze 2 of 10 min. A probe's"
        in text
    )
    assert "STOMACH: D2cc is at most 55 Gy, D0.1cc is at most 75 Gy" in text
    assert "(UNSET)" not in text.split("Cryoablation")[0]


def test_what_is_unset_stands_in_the_sentences():
    text = "\n".join(explain(load_protocol(PROTOCOLS / "nct07437625.toml")))
    assert "Seeds: (UNSET) Gy are prescribed." in text
    assert "Cryoablation: (UNSET) freezes of (UNSET) min, with thaws of (UNSET) min betw" in text
    assert "the first allocation decides" in text
    assert "bleeding, infection" in text


def test_one_time_may_stand_for_all_freezes(tmp_path: Path):
    text = DEMONSTRATION.replace("[10.0, 10.0]", "10.0").replace("thaw_minutes = [8.0]", TWO_UNSET)
    path = tmp_path / "demonstration.toml"
    path.write_text(text.replace("cycles = 2", "cycles = 3"), encoding="utf-8")
    protocol = load_protocol(path)
    assert "cryo.thaw_minutes[2]" in unset_keys(protocol)
    assert (
        "freeze 1 of 10 min, then a thaw of 8 min, then freeze 2 of 10 min, then a thaw of (UNSET) "
        "min, then freeze 3 of 10 min." in "\n".join(explain(protocol))
    )


def test_a_protocol_of_before_has_none_of_the_newer_sections():
    old = load_protocol(PROTOCOLS / "demonstration.toml").model_dump()
    for section in (
        "bulky",
        "allocation",
        "zoning",
        "windows",
        "technical_success",
        "adverse_events",
    ):
        del old[section]
    protocol = TrialProtocol.model_validate(old)
    assert protocol.allocation is None
    assert "a person decides" in "\n".join(explain(protocol))
