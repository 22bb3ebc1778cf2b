import pytest

from procedure_node.cycles.threshold import seconds_below


@pytest.mark.parametrize(
    ("start_c", "end_c", "below_s"),
    [
        (10.0, 0.0, 0.0),
        (-30.0, -50.0, 10.0),
        (0.0, -40.0, 5.0),
        (-40.0, 0.0, 5.0),
        (-10.0, -30.0, 5.0),
        (-20.0, -20.0, 0.0),
        (-20.0, -40.0, 10.0),
        (0.0, -20.0, 0.0),
    ],
)
def test_seconds_below_minus_20_of_ten(start_c: float, end_c: float, below_s: float):
    assert seconds_below(-20.0, start_c, end_c, 10.0) == pytest.approx(below_s)
