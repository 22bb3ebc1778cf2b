"""Alarms at the page: lights by the standard's rates, sound after its check, what people do."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import expect

from procedure_node.control import Answer
from procedure_node.display import Login
from procedure_node.state import AlarmPause
from tests.procedure_node.display.browsing import WALL, is_bad
from tests.procedure_node.display.latest_state import LatestState

pytestmark = pytest.mark.asyncio(loop_scope="module")


def is_trouble(told) -> bool:
    """A browser that holds the sound back says so: the page tells it too."""
    return is_bad(told) and "AudioContext was not allowed to start" not in told.text


class Desk:
    """Hands on what it is told to do."""

    def __init__(self):
        self.given = asyncio.Queue()

    async def carry_out(self, name, body, *, role=None):
        self.given.put_nowait((name, body))
        return Answer(200, {"procedure_id": "P1"})

    def suggestions(self):
        return {}


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser):
    page = await browser.new_page(viewport=WALL)
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda told: page.troubles.append(told.text) if is_trouble(told) else None)
    page.set_default_timeout(60_000)
    yield page
    assert page.troubles == []
    await page.close()


@pytest_asyncio.fixture(loop_scope="module")
async def shown(state, now, make_display, make_door, page):
    """Show the sample procedure with changes; gives the desk that the page's commands reach."""
    running = []

    async def show(**changes):
        desk = Desk()
        procedure = state.procedure.model_copy(update=changes)
        source = LatestState(state.model_copy(update={"procedure": procedure}))
        display = make_display(source, clock=lambda: now, login=Login(make_door(), desk))
        await display.start()
        running.append(display)
        desk.watch = display.app.state.board.watch
        await page.goto(display.url)
        await page.wait_for_selector(".target")
        return desk

    yield show
    await page.goto("about:blank")
    for display in running:
        await display.stop()


async def log_in(page, password):
    await page.click("#person .log-in")
    await page.fill("#login input[name=name]", "dr-2")
    await page.fill("#login input[name=password]", password)
    await page.press("#login input[name=password]", "Enter")
    await page.wait_for_selector("#person .name")


LIGHTS = """() => [...document.querySelectorAll('.alert .level')].map((node) => {
  const [animation] = node.getAnimations();
  const timing = animation?.effect.getComputedTiming();
  return [node.textContent.trim(), animation ? 1000 / timing.duration : 0, animation?.startTime];
})"""


async def test_lights_flash_at_the_rates_of_the_standard_and_keep_their_beat(page, shown):
    """IEC 60601-1-8, 6.3.2.2, Table 2: high 1.4 to 2.8 Hz, medium 0.4 to 0.8 Hz."""
    await shown()
    (high, lost, seen, *_) = await page.evaluate(LIGHTS)
    assert high[0] == "HIGH"
    assert 1.4 <= high[1] <= 2.8
    assert lost[0] == "MEDIUM"
    assert 0.4 <= lost[1] <= 0.8
    assert seen == ["MEDIUM", 0, None], "an acknowledged alarm does not flash"
    assert high[2] == lost[2] == 0, "the beat is the page's own, not that of the last drawing"


BURSTS = """async () => {
  const { burst, INTERBURST_S, PULSE_HZ, HARMONICS, RISE_S } =
    await import('/static/script/sound/bursts.js');
  const all = {};
  for (const priority of ['HIGH', 'MEDIUM', 'LOW']) all[priority] = burst(priority);
  return { all, between: INTERBURST_S, hz: PULSE_HZ, harmonics: HARMONICS, rise: RISE_S };
}"""


async def test_sounds_are_those_of_the_standard(page, shown):
    """IEC 60601-1-8, 6.3.3.1, Tables 3 and 4."""
    await shown()
    told = await page.evaluate(BURSTS)

    def spacings(priority):
        pulses = told["all"][priority]
        ends = [pulse["start"] + pulse["duration"] for pulse in pulses]
        return [after["start"] - end for end, after in zip(ends, pulses[1:], strict=False)]

    high, medium, low = (told["all"][priority] for priority in ("HIGH", "MEDIUM", "LOW"))
    assert (len(high), len(medium)) == (10, 3)
    assert 1 <= len(low) <= 2
    assert all(0.075 <= pulse["duration"] <= 0.2 for pulse in high)
    assert all(0.125 <= pulse["duration"] <= 0.25 for pulse in (*medium, *low))
    x, duration = spacings("HIGH")[0], high[0]["duration"]
    assert 0.05 <= x <= 0.125
    five = [x, x, 2 * x + duration, x]
    assert spacings("HIGH") == pytest.approx([*five, spacings("HIGH")[4], *five])
    assert 0.35 <= spacings("HIGH")[4] <= 1.3
    assert all(0.125 <= y <= 0.25 for y in (*spacings("MEDIUM"), *spacings("LOW")))
    assert 2.5 <= told["between"]["HIGH"] <= 15
    assert 2.5 <= told["between"]["MEDIUM"] <= 30
    assert 150 <= told["hz"] <= 1000
    within = [n * told["hz"] for n in range(2, len(told["harmonics"]) + 1)]
    assert sum(300 <= hz <= 4000 for hz in within) >= 4
    assert min(told["harmonics"]) >= 10 ** (-15 / 20), "within 15 dB of the fundamental"
    assert 0.1 * duration <= told["rise"] <= 0.2 * duration


async def test_there_is_no_sound_before_it_was_checked_and_that_is_said(page, shown, password):
    desk = await shown(sound_checked_at=None)
    await expect(page.locator("#sound")).to_contain_text("NO ALARM SOUND: not checked")
    assert await sound(page) == ["UNCHECKED", 0]
    await log_in(page, password)
    await page.click("#sound :text('Check sound')")
    await page.click("#sound :text('Heard'):visible >> nth=1")
    await expect(page.locator("#sound")).to_contain_text("NO ALARM SOUND")
    name, body = await desk.given.get()
    assert name == "sound-check"
    assert b'"by": "dr-2"' in body


async def sound(page):
    return await page.evaluate(
        "import('/static/script/sound/strip.js').then((m) => [m.soundState(), m.speaker.bursts])"
    )


UNTIL_IT_SOUNDS = """async () => {
  const { speaker } = await import('/static/script/sound/strip.js');
  while (!speaker.bursts) await new Promise((wake) => setTimeout(wake, 20));
}"""


async def test_after_the_check_the_most_urgent_alarm_sounds(page, shown, now):
    await shown(sound_checked_at=now)
    await page.mouse.click(900, 500)  # a browser lets a page sound once somebody has touched it
    await page.evaluate("import('/static/script/sound/strip.js').then((m) => m.speaker.start())")
    await page.evaluate(UNTIL_IT_SOUNDS)
    state, bursts = await sound(page)
    assert state == "ON"
    assert bursts >= 1
    played = "import('/static/script/sound/strip.js').then((m) => m.speaker.played)"
    assert await page.evaluate(played) == "HIGH"


async def test_sound_that_the_browser_holds_back_is_an_alarm(page, shown, now):
    await shown(sound_checked_at=now)
    await page.mouse.click(900, 500)
    await page.evaluate("import('/static/script/sound/strip.js').then((m) => m.speaker.start())")
    suspend = "import('/static/script/sound/strip.js').then((m) => m.speaker.context.suspend())"
    await page.evaluate(suspend)
    await expect(page.locator("#sound")).to_contain_text("NO ALARM SOUND AT THIS SCREEN")
    assert (await sound(page))[0] == "OFF"
    await page.click("#sound :text('Turn on')")
    await expect(page.locator("#sound")).to_be_hidden()


async def test_a_pause_counts_down_in_sight(page, shown, now, password):
    pause = AlarmPause(at=now, until=now + timedelta(seconds=90), by="dr-2", reason="")
    desk = await shown(sound_checked_at=now, alarm_pause=pause)
    await page.mouse.click(900, 500)
    await page.evaluate("import('/static/script/sound/strip.js').then((m) => m.speaker.start())")
    await expect(page.locator("#sound")).to_contain_text("SOUND PAUSED 1:2")
    await expect(page.locator("#sound")).to_contain_text("by dr-2")
    assert (await sound(page))[1] == 0
    await log_in(page, password)
    await page.click("#sound :text('Resume')")
    await expect(page.locator("#sound .left")).to_contain_text("1:2")
    name, _ = await desk.given.get()
    assert name == "resume-alarms"


async def test_an_alarm_is_acknowledged_by_who_is_logged_in(page, shown, password):
    desk = await shown()
    assert await page.locator(".alert button").count() == 0
    await log_in(page, password)
    await page.click(".alert.HIGH :text('Acknowledge')")
    await expect(page.locator("#person .left")).to_contain_text("logs out in")
    name, body = await desk.given.get()
    assert name == "acknowledge"
    assert b'"organ-over-limit"' in body
    assert desk.given.empty()


async def test_latched_escalated_and_following_alarms_are_told_apart(page, shown, state, now):
    alerts = dict(state.procedure.alerts)
    high = alerts["organ-over-limit"]
    latching = high.raised.model_copy(update={"condition": "organ-over-limit"})
    alerts["organ-over-limit"] = high.model_copy(
        update={"raised": latching, "present": False, "cleared_at": now, "cleared_reason": "gone"}
    )
    follows = alerts["target-under-covered"]
    alerts["target-under-covered"] = follows.model_copy(
        update={
            "raised": follows.raised.model_copy(update={"caused_by": "device-lost"}),
            "acknowledged_at": None,
        }
    )
    lost = alerts["device-lost"]
    alerts["device-lost"] = lost.model_copy(update={"escalated_at": now})
    await shown(alerts=alerts)
    rows = page.locator(".alert")
    await expect(rows.nth(0)).to_contain_text("gone; to be acknowledged")
    await expect(rows.nth(1)).to_contain_text("UNANSWERED")
    await expect(rows.nth(1)).to_contain_text("It leads to: L3/PERIPHERY is under-covered")
    levels = await page.locator(".alert:not(.resolved) .level").all_inner_texts()
    assert [level.strip() for level in levels] == ["HIGH", "MEDIUM"], "a consequence has no row"


async def test_the_page_tells_back_what_it_has_drawn(page, shown, now):
    desk = await shown(sound_checked_at=now)
    await page.wait_for_event("response", lambda answer: answer.url.endswith("/api/shown"))
    assert desk.watch.is_confirmed
    assert desk.watch.sound in ("ON", "OFF")
