"""A part is silent when it has not said what it promised to say."""

from procedure_node.daemon.vitals import Vitals


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_part_is_silent_after_its_time_and_not_before() -> None:
    clock = Clock()
    vitals = Vitals(clock)
    vitals.beat("core", within_s=10.0)
    clock.now_s = 110.0
    assert vitals.silent() == ()
    clock.now_s = 110.1
    assert vitals.silent() == ("core",)


def test_a_beat_ends_the_silence_and_each_part_has_its_own_time() -> None:
    clock = Clock()
    vitals = Vitals(clock)
    vitals.beat("core", within_s=5.0)
    vitals.beat("mqtt", within_s=60.0)
    clock.now_s = 120.0
    assert vitals.silent() == ("core",)
    vitals.beat("core", within_s=5.0)
    assert vitals.silent() == ()
    clock.now_s = 200.0
    assert vitals.silent() == ("core", "mqtt")


def test_a_part_that_ended_on_purpose_is_not_missed() -> None:
    clock = Clock()
    vitals = Vitals(clock)
    vitals.beat("storage", within_s=1.0)
    vitals.forget("storage")
    vitals.forget("never heard of")
    clock.now_s = 1000.0
    assert vitals.silent() == ()
