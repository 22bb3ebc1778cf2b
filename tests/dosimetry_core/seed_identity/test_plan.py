import numpy as np
import pytest

from dosimetry_core.seed_identity import PlannedPlace, match_plan

CORNERS = [(0.0, 0.0), (14.0, 2.0), (1.0, 15.0), (13.0, 17.0)]


def _planned(*, stranded=True):
    return [
        PlannedPlace((x, y, 10.0 * k), (0.0, 0.0, 1.0), f"N{n}", f"S{n}" if stranded else "")
        for n, (x, y) in enumerate(CORNERS)
        for k in range(4)
    ]


def _places(planned):
    return np.array([place.center_mm for place in planned])


def test_each_needle_deviates_by_itself(scan_of):
    planned = _planned()
    off = np.repeat([[3.0, -2.0, 2.0], [-3.0, 1.0, -4.0], [2.0, 3.0, 3.0], [0.0, -3.0, 1.0]], 4, 0)
    told = match_plan(planned, scan_of("scan", (_places(planned) + off)[::-1]))
    assert [match.found for match in told.seeds] == list(range(15, -1, -1))
    assert told.unplanned == ()
    assert told.motion is not None
    assert told.motion.certainty > 0.99
    deviation = told.seeds[0].deviation_mm
    assert deviation is not None
    np.testing.assert_allclose(deviation, [3.0, -2.0, 2.0], atol=1e-9)


def test_needles_not_yet_implanted_have_no_finds(scan_of):
    planned = _planned()
    told = match_plan(
        planned, scan_of("scan", _places(planned)[:8]), implanted={"N0": 4, "N1": 4, "N2": 0}
    )
    assert [match.found for match in told.seeds] == [*range(8), *[None] * 8]
    assert told.needle_chances["N1"][4:].min() > 0.9
    assert told.needle_chances["N2"].max() < 0.1


def test_the_report_silences_no_find(scan_of):
    """Nothing was said of N3, yet its seeds are there."""
    planned = _planned()
    implanted = {"N0": 4, "N1": 4, "N2": 4}
    told = match_plan(planned, scan_of("scan", _places(planned)), implanted=implanted)
    assert [match.found for match in told.seeds[12:]] == [12, 13, 14, 15]


def test_a_find_without_a_plan_is_unplanned(scan_of):
    planned = _planned()
    places = np.vstack([_places(planned), [[40.0, 8.0, 5.0]]])
    told = match_plan(planned, scan_of("scan", places))
    ((index, certainty),) = told.unplanned
    assert index == 16
    assert certainty > 0.5


def test_plan_without_axes_needles_or_strands(scan_of):
    planned = [PlannedPlace(place.center_mm, None) for place in _planned()]
    told = match_plan(planned, scan_of("scan", _places(planned) + np.array([4.0, 0.0, 0.0])))
    assert [match.found for match in told.seeds] == list(range(16))
    assert told.needle_chances == {}


def test_empty_plan_and_empty_scan(scan_of):
    told = match_plan(_planned(), scan_of("scan", np.empty((0, 3))))
    assert [match.found for match in told.seeds] == [None] * 16
    assert told.motion is None
    assert len(match_plan([], scan_of("scan", np.zeros((1, 3)))).unplanned) == 1


def test_refuses_a_negative_count(scan_of):
    with pytest.raises(ValueError, match="zero or more"):
        match_plan(_planned(), scan_of("scan", np.zeros((1, 3))), implanted={"N0": -2})
