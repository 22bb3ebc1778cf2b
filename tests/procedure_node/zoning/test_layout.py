"""Which lesions are zoned, by the protocol's rules or as a person sets it."""

from pathlib import Path

import pytest

from dosimetry_core.values import ZoneKind
from procedure_node.protocol import load_protocol
from procedure_node.zoning import ZoningChoices, ZoningRefusedError, lay_out_zones
from simulators.patient import contours

PROTOCOLS = Path(__file__).parents[3] / "config" / "protocols"


@pytest.fixture(scope="module")
def drawn():
    return [one.structure for one in contours()]


@pytest.fixture(scope="module")
def protocol():
    return load_protocol(PROTOCOLS / "demonstration.toml")


def volumes(laid_out) -> dict[ZoneKind, float]:
    (one,) = laid_out
    return {zone.kind: zone.volume_cc for zone in one.zones.zones}


def test_only_bulky_lesions_are_zoned(drawn, protocol):
    (one,) = lay_out_zones(drawn, protocol, ZoningChoices())
    assert one.lesion == "L3"
    assert one.warnings == ("L3: there is no HIGH_RISK_MARGIN by these rules",)


def test_a_person_may_name_a_lesion_and_set_its_margins(drawn, protocol):
    def laid_out(margin_mm):
        choices = ZoningChoices(("L1",), core_margin_mm=margin_mm, high_risk_within_mm=12.0)
        return volumes(lay_out_zones(drawn, protocol, choices))

    deep, shallow = laid_out(3.0), laid_out(2.0)
    assert set(deep) == {ZoneKind.CORE, ZoneKind.PERIPHERY, ZoneKind.HIGH_RISK_MARGIN}
    assert shallow[ZoneKind.CORE] > deep[ZoneKind.CORE]
    assert sum(deep.values()) == pytest.approx(sum(shallow.values()), rel=1e-6)


def test_a_drawn_structure_may_be_the_core(drawn, protocol):
    found = volumes(lay_out_zones(drawn, protocol, ZoningChoices(core_structure="L3_CORE")))
    assert found[ZoneKind.CORE] == pytest.approx(2.2, abs=0.15)


def test_organs_that_are_not_drawn_are_told(drawn, protocol):
    without = [one for one in drawn if one.name != "STOMACH"]
    (one,) = lay_out_zones(without, protocol, ZoningChoices())
    assert "not drawn, so no high-risk margin towards: STOMACH" in one.warnings


@pytest.mark.parametrize(
    ("choices", "name", "words"),
    [
        (ZoningChoices(), "nct07437625", "leaves bulky.longest_axial_at_least_mm unset"),
        (ZoningChoices(("L3",)), "nct07437625", "zoning.core_inward_margin_mm unset: fill it in"),
        (ZoningChoices(("L9",)), "demonstration", "L9 is not drawn as a whole; drawn are: L1, L2"),
        (ZoningChoices(core_structure="KIDNEY"), "demonstration", "KIDNEY is not drawn"),
    ],
)
def test_what_cannot_be_laid_out_is_refused_in_words(drawn, choices, name, words):
    with pytest.raises(ZoningRefusedError, match=words):
        lay_out_zones(drawn, load_protocol(PROTOCOLS / f"{name}.toml"), choices)


def test_a_protocol_without_zoning_or_bulky_lesions_zones_nothing(drawn, protocol):
    with pytest.raises(ZoningRefusedError, match="does not zone lesions"):
        lay_out_zones(drawn, protocol.model_copy(update={"zoning": None}), ZoningChoices())
    high = protocol.bulky.model_copy(update={"longest_axial_at_least_mm": 90.0})
    with pytest.raises(ZoningRefusedError, match="no lesion is bulky"):
        lay_out_zones(drawn, protocol.model_copy(update={"bulky": high}), ZoningChoices())
