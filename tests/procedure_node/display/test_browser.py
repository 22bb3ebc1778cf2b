"""The page in a real browser."""

from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from dosimetry_core.values import GenerationMode
from tests.procedure_node.display.browsing import LAPTOP, WALL
from tests.procedure_node.display.latest_state import LatestState
from tests.procedure_node.display.sample.places import contours_placed

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def display(state, now, make_display):
    """The sample procedure on a display in the browser's event loop."""
    running = make_display(LatestState(state), clock=lambda: now)
    await running.start()
    yield running
    await running.stop()


async def wait_for_slice(page, plane: str, mm: float) -> None:
    """Until the picture shows the slice nearest to a position."""
    await page.wait_for_function(
        "([plane, mm]) => Math.abs(document.querySelector("
        "`[data-plane=${plane}] canvas`).dataset.mm - mm) <= 3",
        arg=[plane, mm],
    )


async def text(page, selector: str) -> str:
    return " ".join((await page.locator(selector).inner_text()).split())


async def shown(page, url: str) -> None:
    await page.goto(url)
    await page.wait_for_selector(".target")
    await page.wait_for_selector("[data-plane=axial] canvas[data-mm]")


COLOURS = """() => {
  const canvas = document.querySelector('[data-plane=axial] canvas');
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let n = 0; n < data.length; n += 4) {
    const [red, green, blue] = data.slice(n, n + 3).map((value) => value >> 4);
    if (red !== green || green !== blue) colours.add(`${red} ${green} ${blue}`);
  }
  return colours.size;
}"""


@pytest.mark.parametrize("size", [WALL, LAPTOP], ids=["wall", "laptop"])
async def test_the_page_says_everything_without_scrolling_and_asks_nobody_else(
    page, display, sample, size
):
    await page.set_viewport_size(size)
    await shown(page, display.url)
    assert (
        await text(page, "#mode-band")
        == "DEMO SIMULATED DATA FOR DEMONSTRATION: THIS IS NO PATIENT"
    )
    assert "RESEARCH USE: ADVISORY, NOT A MEDICAL DEVICE" in await text(page, "#bar")
    assert "EXAMPLE NUMBERS" in await text(page, "#bar")
    cards = await page.locator(".target").all_inner_texts()
    verdicts = [next(v for v in ("COVERED", "UNDER", "UNKNOWN") if v in card) for card in cards]
    assert verdicts == ["COVERED", "UNKNOWN", "UNDER", "UNDER"]
    assert sample.GAP in cards[1]
    assert "GALLBLADDER is over its limit" in await text(page, "#alerts")
    assert "thermometer LOST" in await text(page, "#foot")
    assert "110 Gy" in await text(page, "#picture-bar")
    assert await page.evaluate(COLOURS) > 20
    assert await page.locator("#dvh canvas, #temperatures canvas").count() == 2
    assert await page.evaluate(NOTHING_OUTSIDE) == []
    assert page.troubles == []
    assert {urlsplit(url).netloc for url in page.asked} == {urlsplit(display.url).netloc}


NOTHING_OUTSIDE = """() => {
  const parts = '.target, .alert, .organ, .clock, .pane, .plot, #foot';
  const isCut = (node) => {
    const { bottom, right } = node.getBoundingClientRect();
    const overflows = node.scrollWidth > node.clientWidth + 1;
    return bottom > innerHeight || right > innerWidth || overflows;
  };
  const cut = [...document.querySelectorAll(parts)].filter(isCut);
  return cut.map((node) => `${node.className}: ${node.textContent}`);
}"""


@pytest.mark.parametrize("size", [WALL, LAPTOP], ids=["wall", "laptop"])
async def test_contours_in_doubt_are_told_over_the_picture_and_hide_nothing_that_is_told_there(
    page, state, now, make_display, size
):
    in_doubt = contours_placed(state, L1="DOUBTFUL", L2="DOUBTFUL", L3="FAILED")
    display = make_display(LatestState(in_doubt), clock=lambda: now)
    await page.set_viewport_size(size)
    await display.start()
    await shown(page, display.url)
    mark = await page.locator(".place-mark.asks").bounding_box()
    pane = await page.locator("[data-plane=axial]").bounding_box()
    cold = await page.locator("#cold").bounding_box()
    assert await text(page, ".place-mark") == (
        "CONTOURS IN DOUBT: L1, L2, L3 in scan 3. Press C to look"
    )
    assert mark["x"] > cold["x"] + cold["width"], "it is to be read that the cold is modelled"
    assert mark["x"] > pane["x"] + 0.4 * pane["width"], "the scan's caption is to be read"
    assert mark["x"] + mark["width"] <= pane["x"] + pane["width"]
    assert pane["y"] < mark["y"]
    assert mark["y"] + mark["height"] < pane["y"] + 0.3 * pane["height"], "its middle is in sight"
    assert await page.evaluate(NOTHING_OUTSIDE) == []
    await display.stop()


async def test_a_verdict_is_a_mark_and_a_word_not_only_a_colour(page, display):
    await shown(page, display.url)
    marks = await page.locator(".target .verdict").evaluate_all(
        "(nodes) => nodes.map((node) => [node.textContent.trim(), node.firstChild.innerHTML])"
    )
    by_word = dict(marks)
    assert set(by_word) == {"COVERED", "UNDER", "UNKNOWN"}
    assert len(set(by_word.values())) == 3


async def test_data_stale_when_the_node_is_gone_and_not_when_it_is_back(
    page, state, now, make_display
):
    display = make_display(LatestState(state), clock=lambda: now)
    port = await display.start()
    await shown(page, display.url)
    assert not await page.locator("#stale-band").is_visible()
    await display.stop()
    await page.wait_for_selector("#stale-band:not([hidden])")
    band = await text(page, "#stale-band")
    assert band.startswith("DATA STALE Nothing heard from the node for")
    assert "do not act on it" in band
    box = await page.locator("#stale-band").bounding_box()
    assert box["width"] == WALL["width"]
    assert "grayscale" in await page.locator("main").evaluate(
        "(node) => getComputedStyle(node).filter"
    )

    back = make_display(LatestState(state), clock=lambda: now)
    await back.start(port)
    await page.wait_for_selector("#stale-band", state="hidden")
    assert await page.locator("main").evaluate("(node) => getComputedStyle(node).filter") == "none"
    await back.stop()


async def test_a_page_that_cannot_be_drawn_is_stale_until_it_can(page, display, state):
    await shown(page, display.url)
    await page.evaluate(
        "() => { document.getElementById('targets').replaceChildren = () => { throw Error(); }; }"
    )
    finished = state.procedure.model_copy(update={"finished": ()})
    await display.source.publish(state.model_copy(update={"procedure": finished}))
    await page.wait_for_selector("#stale-band:not([hidden])")
    await page.evaluate("() => delete document.getElementById('targets').replaceChildren")
    await page.wait_for_selector("#stale-band", state="hidden")
    assert "finished" not in await text(page, "#targets")


async def test_the_pictures_follow_until_a_person_scrolls_and_again_with_a_new_scan(
    page, display, state, sample, view_directory, now
):
    await shown(page, display.url)
    x, y, z = sample.BALLS_MM["L3_CORE"][0]
    await wait_for_slice(page, "axial", z)
    await wait_for_slice(page, "coronal", y)
    await wait_for_slice(page, "sagittal", x)

    await page.locator("[data-plane=axial]").hover()
    await page.mouse.wheel(0, 100)
    await wait_for_slice(page, "axial", z + 5.0)
    assert await page.locator("#held").is_visible()

    scan = sample.scan(4, now, view_directory=view_directory)
    scans = {**state.procedure.scans, scan.series_uid: scan}
    procedure = state.procedure.model_copy(update={"scans": scans})
    await display.source.publish(state.model_copy(update={"procedure": procedure}))
    await wait_for_slice(page, "axial", z)
    await page.wait_for_selector("#held", state="hidden")
    assert page.troubles == []


async def test_keys_move_the_slice_and_f_follows_again(page, display, sample):
    await shown(page, display.url)
    z = sample.BALLS_MM["L3_CORE"][0][2]
    await wait_for_slice(page, "axial", z)
    await page.keyboard.press("ArrowDown")
    await wait_for_slice(page, "axial", z - 5.0)
    await page.keyboard.press("f")
    await wait_for_slice(page, "axial", z)
    await page.wait_for_selector("#held", state="hidden")


async def test_a_dose_shows_how_sure_it_is_and_where_it_is_low(page, display, sample):
    await shown(page, display.url)
    cards = page.locator(".target")
    covered = " ".join((await cards.filter(has_text="COVERED").inner_text()).split())
    assert "131.4 118\u2013141 ≥ 110 Gy" in covered
    assert "V100: within the error of the dose" in covered
    under = " ".join((await cards.filter(has_text="L3/PERIPHERY").inner_text()).split())
    assert "cold 1.4 cm³, least 58 Gy, seed 9 mm off, +1 more" in under
    organ = " ".join((await page.locator(".organ", has_text="GALLBLADDER").inner_text()).split())
    assert "may be 78" in organ


async def test_a_target_card_brings_its_target_into_view(page, display, sample):
    """A frozen one where its margin is least, which is marked there."""
    await shown(page, display.url)
    for target, place_mm in (("L1", sample.BALLS_MM["L1"][0]), ("L2", (-61.3, 16.1, -265.0))):
        await page.locator(".target", has_text=target).click()
        for plane, mm in zip(("sagittal", "coronal", "axial"), place_mm, strict=True):
            await wait_for_slice(page, plane, mm)


async def test_a_frozen_target_shows_its_margin_as_areas_of_its_surface(page, display, sample):
    await shown(page, display.url)
    core = page.locator(".target", has_text="L3/CORE")
    words = " ".join((await core.inner_text()).split())
    assert "ice margin \u22122.6 \u22125 to 0 ≥ 5 mm" in words
    assert "6 % 0\u20135: 72 % 22 % at R 13 A 65 F 260" in words
    assert "unfrozen 0.14 cm³ outside ice of 31 cm³" in words
    wide = [
        await core.locator(f".margins .{name}").evaluate("node => node.offsetWidth")
        for name in ("under", "short", "enough")
    ]
    assert wide[1] > wide[2] > wide[0] > 0
    stomach = " ".join((await page.locator(".organ", has_text="STOMACH").inner_text()).split())
    assert "ice 58 ≥ 5 mm within" in stomach


async def test_the_modelled_cold_is_called_modelled_and_says_what_it_rests_on(
    page, display, sample
):
    await shown(page, display.url)
    known, behind = [await card.inner_text() for card in await page.locator(".cold-card").all()]
    assert known.startswith("MODELLED cold, L2, freeze 2 going on")
    assert "corrected by ice in scan 3: probe walls \u2212113 → \u221297 °C" in known
    assert "(6.0\u201314.2)" in known
    assert "CATCHING UP" in behind
    assert "cm³" not in behind


async def test_real_data_carries_no_band_and_test_data_does(page, display, state):
    await shown(page, display.url)
    for mode, visible in ((GenerationMode.REAL, False), (GenerationMode.TEST, True)):
        procedure = state.procedure.model_copy(update={"mode": mode})
        await display.source.publish(state.model_copy(update={"procedure": procedure}))
        wanted = "visible" if visible else "hidden"
        await page.wait_for_selector("#mode-band", state=wanted)
    assert await text(page, "#mode-band") == "TEST SIMULATED DATA FOR TESTING: THIS IS NO PATIENT"


async def test_without_a_procedure_the_page_says_so_and_shows_the_links(page, display, state):
    await display.source.publish(state.model_copy(update={"procedure": None}))
    await page.goto(display.url)
    await page.wait_for_selector("#idle:not([hidden])")
    assert "No procedure is open" in await text(page, "#idle")
    assert "pacs" in await text(page, "#foot")
    assert not await page.locator("#facts").is_visible()
    assert page.troubles == []


async def test_too_much_of_everything_keeps_the_most_urgent_in_sight(page, display, state, sample):
    await display.source.publish(sample.crowded(state))
    await shown(page, display.url)
    cards = await page.locator(".target .verdict").all_inner_texts()
    assert [card.strip() for card in cards] == ["UNDER"] * 2 + ["UNKNOWN"] * 4
    assert "L1 COVERED" in await text(page, "#targets .more")
    levels = await page.locator(".alert .level").all_inner_texts()
    assert [level.strip() for level in levels] == ["HIGH", "HIGH", "MEDIUM"]
    assert "and 3 more" in await text(page, "#alerts .more")
    assert await page.evaluate(NOTHING_OUTSIDE) == []


async def test_pictures_that_were_lost_come_back_by_themselves(
    page, display, state, sample, tmp_path
):
    again = tmp_path / "view"
    scan = state.procedure.scans["1.2.826.3"].model_copy(update={"view_directory": str(again)})
    scans = {"1.2.826.3": scan}
    procedure = state.procedure.model_copy(update={"scans": scans})
    await display.source.publish(state.model_copy(update={"procedure": procedure}))
    async with page.expect_response(lambda answer: answer.status == 410):
        await page.goto(display.url)
    sample.write_sample_view(again)
    await page.wait_for_selector("[data-plane=axial] canvas[data-mm]")


async def test_the_pictures_of_one_procedure_never_stay_under_another(page, display, state):
    await shown(page, display.url)
    other = state.procedure.model_copy(update={"procedure_id": "P-2", "scans": {}})
    await display.source.publish(state.model_copy(update={"procedure": other}))
    await page.wait_for_selector("[data-plane=axial] canvas:not([data-mm])")
    assert "P-2" in await text(page, "#bar")
