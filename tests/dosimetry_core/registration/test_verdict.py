from dataclasses import replace

import pytest

from dosimetry_core.registration import LandmarkResidual, RegistrationQuality, Verdict
from dosimetry_core.registration.verdict import verdict_of

RESIDUAL = LandmarkResidual(30, 29, 0.4, 0.9, 0.3, 0.2)
GOOD = RegistrationQuality(
    similarity_before=0.6,
    similarity_after=0.98,
    residual=RESIDUAL,
    inverse_mean_mm=0.3,
    inverse_max_mm=0.6,
    local_mm=0.4,
    overlap=0.95,
    lesion_seen=1.0,
    shift_mm=12.0,
    turn_deg=4.0,
)
NAN = float("nan")


def test_a_good_one_is_accepted_without_reasons():
    assert verdict_of(GOOD) == (Verdict.ACCEPTED, ())


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({"similarity_after": 0.7}, Verdict.DOUBTFUL, "not alike (correlation 0.70)"),
        ({"similarity_after": 0.3}, Verdict.FAILED, "not alike"),
        ({"similarity_after": NAN}, Verdict.FAILED, "not alike"),
        ({"similarity_before": 1.0, "similarity_after": 0.9}, Verdict.DOUBTFUL, "the start was"),
        ({"inverse_max_mm": 2.5}, Verdict.DOUBTFUL, "registering back ends 2.5 mm off"),
        ({"inverse_max_mm": 6.0}, Verdict.FAILED, "registering back"),
        ({"local_mm": 3.5}, Verdict.DOUBTFUL, "otherwise than its surroundings"),
        ({"overlap": 0.5}, Verdict.DOUBTFUL, "only 50 % of the tissue there"),
        ({"overlap": 0.1}, Verdict.FAILED, "only 10 %"),
        ({"lesion_seen": 0.9}, Verdict.DOUBTFUL, "covers 90 % of the lesion's place"),
        ({"lesion_seen": 0.2}, Verdict.FAILED, "covers 20 %"),
        ({"shift_mm": 55.0}, Verdict.DOUBTFUL, "unusual"),
        ({"turn_deg": 15.0}, Verdict.DOUBTFUL, "unusual"),
    ],
)
def test_each_measure_is_held_to_its_limit(changes, verdict, words):
    found, reasons = verdict_of(replace(GOOD, **changes))
    assert found is verdict
    assert len(reasons) == 1
    assert words in reasons[0]


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({"at_lesion_mm": 2.4}, Verdict.DOUBTFUL, "leave 2.4 mm at the lesion"),
        ({"at_lesion_mm": 7.0}, Verdict.FAILED, "leave 7.0 mm at the lesion"),
        ({"at_lesion_mm": 1.5, "at_lesion_error_mm": 0.9}, Verdict.DOUBTFUL, "to 0.9 mm only"),
        ({"at_lesion_mm": NAN}, Verdict.DOUBTFUL, "cannot be said"),
        ({"median_mm": 2.2}, Verdict.DOUBTFUL, "landmarks are 2.2 mm off"),
        ({"p90_mm": 3.4}, Verdict.DOUBTFUL, "bent"),
        ({"found": 12}, Verdict.DOUBTFUL, "only 12 of 30 landmarks"),
        ({"found": 3}, Verdict.FAILED, "only 3 landmarks"),
        ({"tried": 4, "found": 4}, Verdict.DOUBTFUL, "only 4 landmarks could be checked"),
    ],
)
def test_landmarks_are_held_to_their_limits(changes, verdict, words):
    found, reasons = verdict_of(replace(GOOD, residual=replace(RESIDUAL, **changes)))
    assert found is verdict
    assert any(words in reason for reason in reasons)


def test_the_residual_with_a_deformation_takes_the_place_of_the_rigid_one():
    bent = replace(GOOD, residual=replace(RESIDUAL, median_mm=3.0), local_mm=4.0)
    assert verdict_of(bent)[0] is Verdict.DOUBTFUL
    assert verdict_of(bent, RESIDUAL) == (Verdict.ACCEPTED, ())
