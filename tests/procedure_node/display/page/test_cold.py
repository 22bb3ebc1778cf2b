"""What the page says of the modelled cold."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from procedure_node.display.cold import NoIsothermsError, cold_section
from procedure_node.display.page import page_state
from procedure_node.display.page.cold import cold_cards
from procedure_node.lethal_zone import PicturesLostError
from procedure_node.state import ProcedureState
from tests.procedure_node.display import display_sample as sample
from tests.procedure_node.display.sample.anatomy import COLD_FILE
from tests.procedure_node.display.sample.cold import CENTER_MM, write_sample_cold

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def procedure(folder: Path | None = None) -> ProcedureState:
    found = sample.node_state(NOW, folder / "view" if folder else None).procedure
    assert found is not None
    return found


def test_the_page_has_a_card_for_each_frozen_lesion() -> None:
    page = page_state(sample.node_state(NOW), NOW)
    assert page.procedure is not None
    behind, known = page.procedure.cold
    assert (behind.lesion, behind.status, behind.lowest_cc) == ("L3", "CATCHING_UP", ())
    assert (known.lesion, known.status) == ("L2", "MODELLED")
    assert [figure.level_c for figure in known.lowest_cc] == [-20.0, -40.0]
    assert known.targets[0].structure == "L2"
    assert known.corrected_by == "ice in scan 3: probe walls -113 → -97 °C"
    assert known.organs[0].status == "WITHIN"


def test_isotherms_are_drawn_on_scans_in_their_frame_only() -> None:
    state = procedure()
    assert len(cold_cards(state, NOW)[1].scans) == 3
    zone = state.lethal_zones["L2"].model_copy(update={"frame_of_reference_uid": "1.9"})
    moved = state.model_copy(update={"lethal_zones": {"L2": zone}})
    assert cold_cards(moved, NOW)[0].scans == ()


def test_old_figures_are_unknown_on_the_page_before_anybody_records_it() -> None:
    card = cold_cards(procedure(), NOW + timedelta(minutes=3))[1]
    assert (card.status, card.lowest_cc, card.edition) == ("UNKNOWN", (), "")
    assert "has not come on" in card.reason


def test_isotherms_lie_in_each_other_from_surely_to_possibly(tmp_path: Path) -> None:
    write_sample_cold(tmp_path / COLD_FILE)
    section = cold_section(procedure(tmp_path), "L2", "axial", CENTER_MM[2])
    assert section["evidence"] == "MODELLED"
    now, minus20, minus40 = section["isotherms"]
    assert (now["of"], now["level_c"]) == ("now", 0.0)

    def reach(lines: list[list[float]]) -> float:
        return max(max(line[::2]) for line in lines) - CENTER_MM[0]

    assert reach(minus20["surely"]) < reach(minus20["best"]) < reach(minus20["possibly"])
    assert reach(minus40["best"]) < reach(minus20["best"]) < reach(now["best"])
    assert reach(minus20["best"]) == pytest.approx((107.0 - 20.0) / 7.0, abs=0.2)
    aside = cold_section(procedure(tmp_path), "L2", "axial", CENTER_MM[2] + 90.0)
    assert not any(isotherm["best"] for isotherm in aside["isotherms"])


def test_what_is_not_known_has_no_isotherms(tmp_path: Path) -> None:
    with pytest.raises(NoIsothermsError):
        cold_section(procedure(tmp_path), "L3", "axial", 0.0)
    with pytest.raises(NoIsothermsError):
        cold_section(procedure(tmp_path), "L9", "axial", 0.0)
    with pytest.raises(PicturesLostError):
        cold_section(procedure(tmp_path), "L2", "axial", 0.0)
