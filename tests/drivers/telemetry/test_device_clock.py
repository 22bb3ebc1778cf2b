"""A device's clock against the host's: running, standing, jumping."""

from drivers.telemetry import DeviceClock, Interruption

SECOND_NS = 1_000_000_000


def judged(clock: DeviceClock, device_s: float, host_s: float) -> tuple[str, Interruption | None]:
    return clock.judge(round(device_s * 1000), round(host_s * SECOND_NS))


def test_a_clock_that_runs_gives_no_doubt() -> None:
    clock = DeviceClock()
    assert [judged(clock, n, n + 0.3) for n in range(5)] == [("", None)] * 5


def test_a_clock_that_stands_is_one_interruption_and_doubt_until_it_runs_again() -> None:
    clock = DeviceClock()
    judged(clock, 7.0, 0.0)
    assert judged(clock, 7.0, 1.9) == ("", None)
    stands = "the device's clock stands at 7.000 s"
    assert judged(clock, 7.0, 2.1) == (stands, Interruption("DEVICE_CLOCK", None, stands))
    assert judged(clock, 7.0, 3.0) == (stands, None)
    assert judged(clock, 8.0, 4.0) == ("", None)


def test_a_clock_that_jumps_either_way_is_told() -> None:
    clock = DeviceClock()
    judged(clock, 10.0, 0.0)
    for device_s, host_s, moved in ((75.0, 1.0, "65.0"), (5.0, 2.0, "-70.0")):
        doubt, interruption = judged(clock, device_s, host_s)
        assert doubt == f"the device's clock moved by {moved} s while 1.0 s passed"
        assert interruption == Interruption("DEVICE_CLOCK", None, doubt)


def test_a_jump_does_not_count_as_drift() -> None:
    clock = DeviceClock()
    for second in range(100):
        judged(clock, second * 1.0001, second)
    judged(clock, 500.0, 100.0)
    assert clock.drift_ppm is None
    for second in range(101, 200):
        judged(clock, 400.0 + second * 1.0001, second)
    assert clock.drift_ppm is not None
    assert abs(clock.drift_ppm - 100.0) < 20.0
