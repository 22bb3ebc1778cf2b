import random

import pytest

from drivers.backoff import Backoff


class UpperEnd(random.Random):
    def uniform(self, a: float, b: float) -> float:
        assert a == 0.0
        return b


def test_ceiling_doubles_up_to_the_maximum_and_starts_again_after_reset() -> None:
    backoff = Backoff(0.5, 3.0, UpperEnd())
    assert [backoff.next_delay_s() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]
    backoff.reset()
    assert backoff.next_delay_s() == 0.5


def test_delays_are_spread_over_the_whole_range() -> None:
    backoff = Backoff(1.0, 1.0, random.Random(7))
    delays = [backoff.next_delay_s() for _ in range(1000)]
    assert min(delays) < 0.05
    assert max(delays) > 0.95


@pytest.mark.parametrize(("initial_s", "maximum_s"), [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0)])
def test_times_out_of_order_are_refused(initial_s: float, maximum_s: float) -> None:
    with pytest.raises(ValueError, match="0 < initial_s <= maximum_s"):
        Backoff(initial_s, maximum_s)
