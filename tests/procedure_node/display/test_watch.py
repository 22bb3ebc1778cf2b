"""Whether a page is shown, by what it tells back, on a clock of the test's own."""

from procedure_node.display import CONFIRMED_WITHIN_S, PageWatch


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_page_is_confirmed_for_a_while() -> None:
    clock = Clock()
    watch = PageWatch(clock)
    assert not watch.is_confirmed
    assert watch.sound is None
    assert watch.confirm(watch.nonce(), "UNCHECKED")
    assert watch.is_confirmed
    clock.now_s += CONFIRMED_WITHIN_S + 1
    assert not watch.is_confirmed
    assert watch.sound is None


def test_an_old_or_unknown_nonce_confirms_nothing() -> None:
    clock = Clock()
    watch = PageWatch(clock)
    old = watch.nonce()
    clock.now_s += 6
    assert not watch.confirm(old, "ON")
    assert not watch.confirm("made-up", "ON")
    assert not watch.is_confirmed


def test_one_screen_that_can_be_heard_is_enough() -> None:
    clock = Clock()
    watch = PageWatch(clock)
    watch.confirm(watch.nonce(), "OFF")
    assert watch.sound == "OFF"
    watch.confirm(watch.nonce(), "ON")
    assert watch.sound == "ON"
    clock.now_s += CONFIRMED_WITHIN_S - 1
    watch.confirm(watch.nonce(), "OFF")
    clock.now_s += 2
    assert watch.sound == "OFF", "the one that could be heard is gone"
