"""What a device's numbers and clock say about the frames that are missing."""

import pytest

from dosimetry_core.values import GenerationMode
from drivers.telemetry import Continuity, HelloFrame, Interruption, Judgement, ThermometerFrame

SECOND_NS = 1_000_000_000
FINE = Judgement()


def reading(sequence: int, device_s: float | None = None) -> ThermometerFrame:
    """A frame; its device time goes with its number unless given."""
    return ThermometerFrame(
        generation_mode=GenerationMode.TEST,
        sequence=sequence,
        device_time_ms=round(1000 * (sequence if device_s is None else device_s)),
        channel=1,
        temperature_c=36.5,
    )


def hello(sequence: int, device_s: float) -> HelloFrame:
    return HelloFrame(
        generation_mode=GenerationMode.TEST,
        sequence=sequence,
        device_time_ms=round(1000 * device_s),
        device_id="ICE-1",
        firmware="1",
        probes=(1,),
        thermometers=(),
    )


class Device:
    """A tracker that is told of frames at given seconds of the host."""

    def __init__(self) -> None:
        self.continuity = Continuity()

    def sends(self, frame: ThermometerFrame | HelloFrame, host_s: float) -> Judgement:
        return self.continuity.judge(frame, round(host_s * SECOND_NS))


def lost(count: int | None, reason: str) -> Interruption:
    return Interruption("LOST_FRAMES", count, reason)


def test_frames_in_order_are_fine():
    device = Device()
    assert [device.sends(reading(n), 100 + n) for n in range(5, 10)] == [FINE] * 5


def test_the_sequence_wraps_after_999999():
    device = Device()
    device.sends(reading(999_999, 10), 0)
    assert device.sends(reading(0, 11), 1) == FINE


def test_missing_numbers_are_counted():
    device = Device()
    device.sends(reading(5), 0)
    assert device.sends(reading(9), 4).interruptions == (
        lost(3, "sequence 000005 was followed by 000009"),
    )
    assert device.sends(reading(10), 5) == FINE


def test_missing_numbers_are_counted_across_the_wrap():
    device = Device()
    device.sends(reading(999_998, 10), 0)
    [gap] = device.sends(reading(2, 14), 4).interruptions
    assert gap.lost_frames == 3


def test_a_repeated_frame_is_refused_and_the_next_is_fine():
    device = Device()
    device.sends(reading(4), 0)
    device.sends(reading(5), 1)
    assert device.sends(reading(5), 1.1).refused == "sequence 000005 was repeated"
    assert device.sends(reading(4), 1.2).refused == "sequence 000004 was repeated"
    assert device.sends(reading(6), 2) == FINE


def test_a_late_frame_is_refused_because_it_was_counted_as_lost():
    device = Device()
    device.sends(reading(5), 0)
    device.sends(reading(7), 2)
    assert device.sends(reading(6), 2.1).refused == "sequence 000006 came late, after 000007"
    assert device.sends(reading(8), 3) == FINE


@pytest.mark.parametrize(
    ("before", "first"),
    [
        pytest.param(reading(4_000), hello(0, 0.0), id="hello with number 0"),
        pytest.param(reading(900_000), hello(0, 0.0), id="hello that looks like a jump forward"),
        pytest.param(reading(30), reading(1, 0.4), id="hello lost, few frames before"),
        pytest.param(reading(4_000), reading(1, 0.4), id="hello lost, many frames before"),
        pytest.param(reading(900_000), reading(1, 0.4), id="hello lost, wraps forward"),
        pytest.param(reading(30, 5_000), reading(1, 5_010), id="clock of the wall"),
    ],
)
def test_a_device_that_starts_anew_is_a_gap_of_unknown_length(
    before: ThermometerFrame, first: ThermometerFrame | HelloFrame
):
    device = Device()
    device.sends(before, 100)
    judgement = device.sends(first, 110)
    [gap] = judgement.interruptions
    assert (gap.cause, gap.lost_frames) == ("LOST_FRAMES", None)
    assert gap.reason.startswith("the device started anew: sequence ")
    assert (judgement.refused, judgement.doubt) == ("", "")
    assert device.sends(reading(first.sequence + 1, first.device_time_s + 1), 111) == FINE


def test_a_restart_soon_after_the_start_is_not_taken_for_repeats():
    device = Device()
    device.sends(hello(0, 0.0), 0)
    for n in range(1, 6):
        device.sends(reading(n), n)
    [gap] = device.sends(hello(0, 0.0), 9).interruptions
    assert gap.lost_frames is None
    assert [device.sends(reading(n), 9 + n) for n in range(1, 6)] == [FINE] * 5


def test_a_repeated_first_hello_is_a_repeat():
    device = Device()
    device.sends(hello(0, 0.0), 0)
    assert device.sends(hello(0, 0.0), 0.01).refused == "sequence 000000 was repeated"


def test_frames_of_one_instant_share_a_device_time():
    device = Device()
    device.sends(reading(1, 10), 0)
    assert device.sends(reading(2, 10), 0.001) == FINE
    assert device.sends(reading(3, 11), 1) == FINE


def test_a_clock_that_stands_makes_readings_doubtful_and_one_gap():
    device = Device()
    device.sends(reading(1, 10), 0)
    assert device.sends(reading(2, 10), 1) == FINE
    assert device.sends(reading(3, 10), 2) == FINE
    stands = "the device's clock stands at 10.000 s"
    assert device.sends(reading(4, 10), 3) == Judgement(
        interruptions=(Interruption("DEVICE_CLOCK", None, stands),), doubt=stands
    )
    assert device.sends(reading(5, 10), 4) == Judgement(doubt=stands)


@pytest.mark.parametrize("resumes_at_s", [11.0, 15.0])
def test_a_clock_that_runs_again_ends_the_doubt(resumes_at_s: float):
    device = Device()
    for n in range(1, 6):
        device.sends(reading(n, 10), n)
    assert device.sends(reading(6, resumes_at_s), 6) == FINE
    assert device.sends(reading(7, resumes_at_s + 1), 7) == FINE


@pytest.mark.parametrize(
    ("second_s", "words"),
    [
        (60.0, "the device's clock moved by 50.0 s while 1.0 s passed"),
        (3.0, "the device's clock moved by -7.0 s while 1.0 s passed"),
    ],
)
def test_a_clock_that_jumps_makes_one_reading_doubtful(second_s: float, words: str):
    device = Device()
    device.sends(reading(1, 10), 0)
    assert device.sends(reading(2, second_s), 1) == Judgement(
        interruptions=(Interruption("DEVICE_CLOCK", None, words),), doubt=words
    )
    assert device.sends(reading(3, second_s + 1), 2) == FINE


def test_a_clock_that_runs_through_a_silence_is_fine():
    device = Device()
    device.sends(reading(1, 10), 0)
    assert device.sends(reading(2, 130), 120.5) == FINE
