"""Lesions of the demonstration patient's structure set, measured."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from procedure_node.imaging.lesions import measure_lesions
from procedure_node.protocol import StructureNaming, load_protocol
from simulators.patient import identity_of, load_baseline, scans, write_contours, write_scan

DEMONSTRATION = Path(__file__).parents[3] / "config" / "protocols" / "demonstration.toml"


@pytest.fixture(scope="module")
def structure_set(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demonstration")
    ct, at = load_baseline(), datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    identity = identity_of(ct, at)
    series = write_scan(scans()[0], ct, identity, acquired_at=at, directory=folder / "ct")
    write_contours(series, identity, drawn_at=at, path=folder / "structures.dcm")
    return folder / "structures.dcm"


@pytest.fixture(scope="module")
def protocol():
    return load_protocol(DEMONSTRATION)


def test_lesions_are_measured_with_what_lies_near_them(structure_set, protocol):
    """L1 lies 7.6 mm from the stomach: read off the contours in their planes, within half a mm."""
    measured = measure_lesions(str(structure_set), "1.2.9", protocol)
    lesions = {lesion.lesion: lesion for lesion in measured.lesions}
    assert list(lesions) == ["L1", "L2", "L3"]
    assert measured.warnings == ()
    stomach = next(d for d in lesions["L1"].distances if d.name == "STOMACH")
    assert (stomach.group, stomach.lies_in) == ("ORGANS", False)
    assert stomach.distance_mm == pytest.approx(7.6, abs=0.5)
    assert lesions["L3"].longest_axial_mm == pytest.approx(33.1, abs=0.5)
    assert {d.name for d in lesions["L2"].distances} == {"STOMACH", "GALLBLADDER"}


def test_structures_are_grouped_by_the_protocols_patterns(structure_set, protocol):
    """A vessel is no organ; the skin is looked at from within, so from an organ around it."""
    naming = protocol.structures.model_copy(update={"vessel": "^GALL", "skin": "^STOM"})
    kinds = protocol.model_copy(update={"structures": naming, "organs": ()})
    measured = measure_lesions(str(structure_set), "1.2.9", kinds)
    groups = {d.name: d for d in measured.lesions[0].distances}
    assert {name: d.group for name, d in groups.items()} == {
        "GALLBLADDER": "VESSELS",
        "STOMACH": "SKIN",
    }
    assert groups["STOMACH"].distance_mm < 0.0


def test_a_lesion_that_is_drawn_by_its_zones_only_is_told(structure_set, protocol):
    naming = StructureNaming(target=r"^(?P<lesion>L\d+)_(?P<zone>CORE|PERIPHERY)$")
    zones = protocol.model_copy(update={"structures": naming})
    measured = measure_lesions(str(structure_set), "1.2.9", zones)
    assert measured.lesions == ()
    assert measured.warnings == ("L3 is drawn by its zones only",)


def test_a_structure_set_that_is_gone_is_told(tmp_path, protocol):
    measured = measure_lesions(str(tmp_path / "none.dcm"), "1.2.9", protocol)
    assert measured.lesions == ()
    assert measured.warnings
