"""Seeds are deleted, moved and added at the page, by a person who says why."""

import asyncio
import contextlib
import math
import os
import re
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from dosimetry_core.seed_finding import SeedFinding
from dosimetry_core.values import FoundSeed, GenerationMode
from procedure_node.core import Core
from procedure_node.display import Login
from procedure_node.events import (
    NodeStarted,
    ProcedureOpened,
    ScanDiscovered,
    ScanReceived,
    ViewStored,
)
from procedure_node.imaging import wanted_analysis, with_kept_numbers
from procedure_node.imaging.scan_seeds import seeds_of_scan
from procedure_node.journal import Journal
from procedure_node.state import NodeState
from tests.procedure_node.display.browsing import FLAGS, WALL, is_bad
from tests.procedure_node.display.sample.anatomy import CT_SPACING_MM, seeds
from tests.procedure_node.display.sample.procedure import protocol
from tests.procedure_node.display.sample.scans import structures

pytestmark = pytest.mark.asyncio(loop_scope="module")

UID = "1.2.826.1"
PICTURES = os.environ.get("SEED_EDIT_PICTURES")


def finding() -> SeedFinding:
    """The sample's seeds of L1, the fifth of which is doubtful."""
    facts = seeds()[:24]
    return SeedFinding(
        tuple(FoundSeed(f.center_mm, f.axis, 0.5 if n == 5 else 0.99) for n, f in enumerate(facts)),
        (),
    )


async def analyse(core: Core, view: Path) -> None:
    """What the imaging process would tell of the scan, at every change of its edits."""
    done = None
    async for state in core.changes():
        request = wanted_analysis(state.procedure, {}, view) if state.procedure else None
        if request is None or (request.edits, request.identity) == done:
            continue
        done = (request.edits, request.identity)
        plain = request.model_copy(update={"targets": ()})
        found = seeds_of_scan(plain, finding(), CT_SPACING_MM, {})
        stored = ViewStored(series_uid=UID, directory=str(view))
        told = (found.found, found.identified, stored)
        await core.decide(
            lambda s, told=told: with_kept_numbers(s.procedure, [p for p in told if p is not None])
        )


@pytest_asyncio.fixture(loop_scope="module")
async def node(tmp_path, make_display, make_controls, make_door, view_directory, now):
    """A display on a core with one scan that has been analysed."""
    journal = Journal.open(tmp_path / "journal.sqlite")
    core = Core(journal, NodeState(), mode=GenerationMode.TEST, project=lambda *_: ())
    running = asyncio.create_task(core.run())
    for payload in (
        NodeStarted(session=1, software_version="1", room="CT-2", settings_sha256="0"),
        ProcedureOpened(
            procedure_id="P1",
            subject="S-001",
            study_uid="1.2.3",
            arm="STRATEGY",
            protocol=protocol(),
            protocol_sha256="0" * 64,
        ),
        ScanDiscovered(series_uid=UID, description="control"),
        ScanReceived(
            series_uid=UID,
            frame_of_reference_uid="1.2.9",
            acquired_at=core.clock().utc,
            image_count=41,
            spacing_mm=CT_SPACING_MM,
            directory="ct",
            content_sha256="0" * 64,
        ),
        structures(),
    ):
        await core.post(payload)
    analyst = asyncio.create_task(analyse(core, view_directory))
    await core.wait_for(lambda s: s.procedure.scans[UID].view_directory is not None)
    login = Login(make_door(), make_controls(core))
    display = make_display(core, clock=lambda: core.clock().utc, login=login)
    await display.start()
    display.core = core
    yield display
    with contextlib.suppress(asyncio.CancelledError):
        await display.stop()
    analyst.cancel()
    await asyncio.wait({analyst})
    core.stop()
    await running
    await journal.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(node):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = await browser.new_page(viewport=WALL)
        troubles = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda told: troubles.append(told.text) if is_bad(told) else None)
        page.set_default_timeout(60_000)
        await page.goto(node.url)
        yield page
        await browser.close()
        assert [t for t in troubles if "409" not in t] == []


async def log_in(page, password: str) -> None:
    await page.click("#person .log-in")
    await page.fill("#login input[name=name]", "dr-2")
    await page.fill("#login input[name=password]", password)
    await page.press("#login input[name=password]", "Enter")
    await page.click("#seed-edit-open")


async def look_at(page, place_mm) -> None:
    """Show the slice of a place, by keys alone; the pictures are then held."""
    canvas = page.locator('.pane[data-plane="axial"] canvas')
    await expect(canvas).to_have_attribute("data-mm", re.compile(".+"))
    for _ in range(60):
        away = place_mm[2] - float(await canvas.get_attribute("data-mm"))
        if abs(away) <= CT_SPACING_MM[0] / 2:
            return
        before = await canvas.get_attribute("data-mm")
        await page.keyboard.press("ArrowUp" if away > 0 else "ArrowDown")
        await expect(canvas).not_to_have_attribute("data-mm", before)


async def at(page, place_mm) -> tuple[float, float]:
    """Where a place of the axial pane lies on the screen, as the page itself maps it."""
    return await page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelector('.pane[data-plane="axial"] canvas');
          const box = canvas.getBoundingClientRect();
          const { centre, mm } = JSON.parse(canvas.dataset.look);
          return [box.x + box.width / 2 + (x - centre[0]) / mm,
                  box.y + box.height / 2 + (y - centre[1]) / mm];
        }""",
        list(place_mm[:2]),
    )


def ids(node) -> dict[int, tuple[float, float, float]]:
    found = node.core.state.procedure.scans[UID].seeds
    return {seed.seed_id: seed.center_mm for seed in found.seeds}


async def settled(node, edits: int) -> None:
    async with asyncio.timeout(20):
        await node.core.wait_for(lambda s: len(s.procedure.scans[UID].view_edits) == edits)


async def test_a_seed_is_deleted_moved_and_added_with_a_reason(page, node, password):
    await log_in(page, password)
    box = page.locator("#seed-edit")
    await expect(box).to_contain_text("Click a seed")
    before = ids(node)
    clip, place = min(before.items(), key=lambda one: abs(one[1][2] + 255.0))
    await look_at(page, place)
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/edit-open.png")

    await page.mouse.click(*await at(page, place))
    await expect(box).to_contain_text(f"Seed {clip}")
    await page.click("#seed-edit .send")
    assert await page.locator("#seed-edit input:invalid").count() == 1, "not without a reason"
    assert node.core.state.procedure.seed_edits == ()
    await page.fill("#seed-edit input[name=reason]", "surgical clip")
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/edit-delete.png")
    await page.click("#seed-edit .send")
    await expect(box).to_contain_text("Done")
    await settled(node, 1)
    assert ids(node).keys() == before.keys() - {clip}
    (edit,) = node.core.state.procedure.seed_edits
    assert (edit.by, edit.edited.reason, edit.edited.seed_id) == ("dr-2", "surgical clip", clip)

    near = {n: p for n, p in ids(node).items() if abs(p[2] - place[2]) < 2.5}
    moved, start = next(iter(near.items()))
    await page.mouse.click(*await at(page, start))
    await page.click("#seed-edit button:text('Move it')")
    x, y = await at(page, (start[0] + 2.0, start[1], start[2]))
    far_x, far_y = await at(page, (start[0] + 6.0, start[1], start[2]))
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(far_x, far_y)
    await page.mouse.up()
    await page.click("#seed-edit .quick >> nth=0")
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/edit-move.png")
    await page.click("#seed-edit .send")
    await expect(box).to_contain_text("Done")
    await settled(node, 2)
    (fact,) = (s for s in node.core.state.procedure.scans[UID].seeds.seeds if s.seed_id == moved)
    assert math.dist(fact.center_mm[:2], (start[0] + 4.0, start[1])) < 0.6
    assert abs(fact.axis[0]) == pytest.approx(1.0, abs=0.05), "the way that was dragged"

    spot = (place[0] - 22.0, place[1] - 14.0, place[2])
    await page.mouse.click(*await at(page, spot))
    await expect(box).to_contain_text("Add a seed here")
    await expect(box).to_contain_text("counts as a point")
    await page.fill("#seed-edit input[name=reason]", "missed by the finder")
    await page.click("#seed-edit .send")
    await settled(node, 3)
    added = max(ids(node))
    assert math.dist(ids(node)[added][:2], spot[:2]) < 0.6
    await expect(page.locator("#seed-edit .edit")).to_have_count(3)
    if PICTURES:
        await page.wait_for_timeout(400)
        await page.screenshot(path=f"{PICTURES}/edit-done.png")

    await page.click("#seed-edit .edit >> nth=2 >> button")
    await page.fill("#seed-edit input[name=reason]", "it was a seed")
    await page.click("#seed-edit .send")
    await settled(node, 2)
    assert clip in ids(node)
    await page.click("#seed-edit .close")
    await expect(box).to_be_hidden()


async def test_nobody_edits_who_may_not(page, node, password):
    await expect(page.locator("#seed-edit-open")).to_be_hidden()
    await page.click("#person .log-in")
    await page.fill("#login input[name=name]", "nurse-7")
    await page.fill("#login input[name=password]", password)
    await page.press("#login input[name=password]", "Enter")
    await expect(page.locator("#person .name")).to_have_text("nurse-7")
    await expect(page.locator("#seed-edit-open")).to_be_hidden()
