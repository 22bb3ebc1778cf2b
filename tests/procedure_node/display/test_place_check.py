"""The check view: where contours lie, looked at and confirmed in a real browser."""

import asyncio
import contextlib

import httpx
import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import expect

from dosimetry_core.values import GenerationMode, Modality
from procedure_node.core import Core
from procedure_node.display import Login, scan_token
from procedure_node.events import (
    LesionRegistration,
    NodeStarted,
    RegistrationComputed,
    RegistrationFigures,
)
from procedure_node.journal import Journal
from procedure_node.state import NodeState
from procedure_node.views import CheckSection, write_checks

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIDE = 151
FAR_MM = 6.2
IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
FIGURES = RegistrationFigures(
    similarity_before=0.71,
    similarity_after=0.97,
    landmarks_tried=45,
    landmarks_found=40,
    median_mm=0.4,
    p90_mm=1.1,
    at_lesion_mm=0.3,
    at_lesion_error_mm=0.1,
    inverse_mean_mm=0.3,
    inverse_max_mm=0.8,
    local_mm=0.4,
    overlap=0.97,
    lesion_seen=1.0,
    shift_mm=6.1,
    turn_deg=1.2,
)


def write_pictures(directory) -> None:
    """A bright square that lies elsewhere in the scan."""
    planning, scan = (np.full((SIDE, SIDE), 60, dtype=np.uint8) for _ in range(2))
    planning[50:90, 50:90] = scan[56:96, 50:90] = 220
    outline = np.array([[-20.0, -20.0], [20.0, -20.0], [20.0, 20.0], [-20.0, 20.0], [-20.0, -20.0]])
    section = CheckSection(planning, scan, 1.0, {"L1": (outline,)})
    planes = dict.fromkeys(("axial", "coronal", "sagittal"), section)
    write_checks(directory, {"L1": planes}, GenerationMode.TEST)


def computed(directory) -> RegistrationComputed:
    lesion = LesionRegistration(
        lesion="L1",
        structures=("L1",),
        center_mm=(0.0, 0.0, 0.0),
        matrix=IDENTITY,
        verdict="DOUBTFUL",
        reasons=(f"the images put the lesion {FAR_MM} mm elsewhere, more than 3 mm",),
        apart_mm=FAR_MM,
        figures=FIGURES,
    )
    return RegistrationComputed(
        series_uid="1.2",
        planning_series_uid="1.1",
        structure_set_uid="1.2.9",
        method="SAME_FRAME",
        request_sha256="a" * 64,
        lesions=(lesion,),
        view_directory=str(directory),
    )


@pytest_asyncio.fixture(loop_scope="module")
async def node(tmp_path, story, make_display, make_controls, make_door):
    """A procedure whose contours may not lie right in its second scan."""
    journal = Journal.open(tmp_path / "journal.sqlite")
    core = Core(journal, NodeState(), mode=GenerationMode.TEST, project=lambda *_: ())
    running = asyncio.create_task(core.run())
    await core.post(NodeStarted(session=1, software_version="1", room="CT-2", settings_sha256="0"))
    story.opened().drawn(L1=10.0).allocated("L1", Modality.SEEDS)
    story.scanned("1.1").after(minutes=1).scanned("1.2").seen("1.2").dosed("1.2", L1=120.0)
    write_pictures(tmp_path / "check")
    for event in story.tell(computed(tmp_path / "check")).events:
        await core.post(event.payload, originator=event.originator, time=event.time)
    login = Login(make_door(idle_s=120.0), make_controls(core))
    display = make_display(core, clock=lambda: story.now, login=login)
    await display.start()
    display.core = core
    yield display
    with contextlib.suppress(asyncio.CancelledError):
        await display.stop()
    core.stop()
    await running
    await journal.close()


COLOURS = """(canvas) => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let [orange, blue, grey] = [0, 0, 0];
  for (let n = 0; n < data.length; n += 4) {
    if (data[n] > data[n + 2] + 100) orange += 1;
    else if (data[n + 2] > data[n] + 100) blue += 1;
    else if (data[n] === data[n + 2] && data[n] > 40) grey += 1;
  }
  return [orange, blue, grey].map((count) => count / (data.length / 4));
}"""


async def test_a_doubt_is_seen_across_the_room_looked_at_and_confirmed(page, node, password):
    await page.goto(node.url)
    mark = page.locator(".place-mark")
    await expect(mark).to_have_text("CONTOURS IN DOUBT: L1 in scan 2. Press C to look")
    await expect(page.locator(".place-panel")).to_be_hidden()
    await page.keyboard.press("c")
    await expect(page.locator(".place-panel .verdict")).to_have_text("L1 IN DOUBT: LOOK AND SAY")
    await expect(page.locator(".place-panel .reason")).to_contain_text("6.2 mm elsewhere")
    await expect(page.locator(".place-panel .figures")).to_have_text(
        "images put the lesion 6.2 mm elsewhere | landmarks 40 of 45, 0.3 mm left at the lesion | "
        "there and back 0.8 mm | likeness 0.71"
    )
    await expect(page.locator(".place-panel canvas[data-shown=L1]")).to_have_count(6)
    both = page.locator(".place-panel canvas[data-plane=axial]").first
    orange, blue, grey = await both.evaluate(COLOURS)
    assert orange == pytest.approx(blue, rel=0.3)
    assert 0.001 < orange < 0.05 < grey, "they differ at the square's edges alone"
    await expect(page.locator(".place-panel .act")).to_have_text("Log in to confirm or refuse this")

    await page.click("#person .log-in")
    await page.fill("#login input[name=name]", "dr-2")
    await page.fill("#login input[name=password]", password)
    await page.press("#login input[name=password]", "Enter")
    confirm = page.locator(".place-panel .confirm")
    await expect(confirm).to_be_disabled()
    await page.fill(".place-panel .act input", "vessels run on")
    await expect(confirm).to_be_enabled()
    await confirm.click()
    await expect(page.locator(".place-panel .verdict")).to_have_text("L1 CONFIRMED")
    await expect(page.locator(".place-panel .word")).to_contain_text("confirmed by dr-2 at")
    word = node.core.state.procedure.scans["1.2"].registration_words["L1"]
    assert (word.by, word.reason, word.confirmed) == ("dr-2", "vessels run on", True)
    await expect(mark).to_have_text("Contours checked")
    await page.keyboard.press("Escape")
    await expect(page.locator(".place-panel")).to_be_hidden()
    assert page.troubles == []


async def test_what_is_not_there_is_told_in_words(node):
    address = f"{node.url}/api/scans"
    async with httpx.AsyncClient(trust_env=False) as client:
        found = await client.get(f"{address}/{scan_token('1.2')}/check/L1?plane=axial")
        assert found.status_code == 200
        for path, status in (
            (f"{scan_token('1.2')}/check/L2?plane=axial", 410),
            (f"{scan_token('1.1')}/check/L1?plane=axial", 410),
            (f"{scan_token('1.9')}/check/L1?plane=axial", 404),
            (f"{scan_token('1.2')}/check/L1?plane=oblique", 400),
        ):
            answer = await client.get(f"{address}/{path}")
            assert (answer.status_code, bool(answer.json()["error"])) == (status, True)
