"""Logging in and giving commands at the page, in a real browser against a real core."""

import asyncio
import contextlib
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import expect

from dosimetry_core.values import GenerationMode
from procedure_node.core import Core
from procedure_node.display import Login
from procedure_node.events import DeviationNoted, NodeStarted, ProcedureOpened
from procedure_node.journal import Journal, read_entries
from procedure_node.state import NodeState
from tests.procedure_node.display.latest_state import LatestState

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def door_clock():
    return Clock()


@pytest_asyncio.fixture(loop_scope="module")
async def node(tmp_path, make_display, make_controls, make_door, door_clock):
    """A display on a core of its own; its journal is ``journal.sqlite``."""
    journal = Journal.open(tmp_path / "journal.sqlite")
    core = Core(journal, NodeState(), mode=GenerationMode.TEST, project=lambda *_: ())
    running = asyncio.create_task(core.run())
    started = NodeStarted(session=1, software_version="1", room="CT-2", settings_sha256="0")
    await core.post(started)
    login = Login(make_door(idle_s=120.0, now_s=door_clock), make_controls(core))
    display = make_display(core, clock=lambda: core.clock().utc, login=login)
    await display.start()
    display.core = core
    yield display
    with contextlib.suppress(asyncio.CancelledError):
        await display.stop()
    core.stop()
    await running
    await journal.close()


async def log_in(page, name: str, password: str) -> None:
    await page.click("#person .log-in")
    await page.fill("#login input[name=name]", name)
    await page.fill("#login input[name=password]", password)
    await page.press("#login input[name=password]", "Enter")


async def test_a_procedure_is_opened_allocated_and_closed_at_the_page(
    page, node, password, tmp_path
):
    await page.goto(node.url)
    await log_in(page, "dr-2", password)
    await expect(page.locator("#person .name")).to_have_text("dr-2")
    await expect(page.locator("#person .left")).to_contain_text("logs out in 2:00")

    await page.click("#person .open-panel")
    await page.fill("#panel [name=subject]", "S-001")
    await page.fill("#panel [name=arm]", "STRATEGY")
    await page.fill("#panel [name=study_uid]", "1.2.3")
    await page.fill("#panel [name=protocol]", "demonstration")
    await page.click("#panel .send")
    await expect(page.locator("#panel .done")).to_have_text("Done: open")
    await page.wait_for_selector("#bar :text('S-001')")

    await page.click("#panel [data-command=allocate]")
    await page.fill("#panel [name=lesion]", "L1")
    await page.select_option("#panel [name=modality]", "SEEDS")
    await page.fill("#panel [name=reason]", "near a vessel")
    await page.click("#panel .send")
    await expect(page.locator("#panel .done")).to_have_text("Done: allocate")
    await page.wait_for_selector(".target :text('L1')")

    await page.click("#panel [data-command=close]")
    await page.click("#panel .send")
    await expect(page.locator("#panel .told")).to_contain_text("There is no reopening")
    assert node.core.state.procedure.closed_at is None, "what is final is asked for twice"
    await page.click("#panel .send")
    await expect(page.locator("#panel .done")).to_have_text("Done: close")
    await page.wait_for_selector("#bar :text('closed: completed')")

    given = [
        (e.event.payload.kind, e.event.originator.name, e.event.originator.role)
        for e in read_entries(tmp_path / "journal.sqlite")
        if e.event.originator.kind == "PERSON"
    ]
    assert given == [
        ("procedure-opened", "dr-2", "physician"),
        ("target-allocated", "dr-2", "physician"),
        ("procedure-closed", "dr-2", "physician"),
    ]
    assert page.troubles == []


async def test_deviations_are_explained_and_adverse_events_answered_at_the_page(
    page, node, password, demonstration
):
    await node.core.post(
        ProcedureOpened(
            procedure_id="P1",
            subject="S-001",
            study_uid="1.2.3",
            arm="STRATEGY",
            protocol=demonstration,
            protocol_sha256="0" * 64,
        )
    )
    await node.core.post(DeviationNoted(deviation="window:x", of="WINDOW", what="x is late"))
    await page.goto(node.url)
    await expect(page.locator("#foot .strategy")).to_have_text("1 deviation, 1 without a reason")
    await page.click("#foot .strategy")
    await expect(page.locator("#strategy .deviation").first).to_contain_text("no reason given")
    assert await page.locator("#strategy form").count() == 0, "nobody is logged in"
    await log_in(page, "dr-2", password)
    await page.fill("#strategy [aria-label='Reason of: x is late']", "scanner restart")
    await page.press("#strategy [aria-label='Reason of: x is late']", "Enter")
    await expect(page.locator("#foot .strategy")).to_have_text("1 deviation")
    await page.select_option("#strategy [aria-label='Grade of: Pain']", "1")
    await page.click("#strategy .deviation:has-text('Pain') button")
    await node.core.wait_for(lambda s: bool(s.procedure.adverse_events))
    procedure = node.core.state.procedure
    assert procedure.deviations["window:x"].explained_by == "dr-2"
    assert [(a.term, a.grade, a.by) for a in procedure.adverse_events] == [("Pain", 1, "dr-2")]
    assert page.troubles == []


async def test_a_refusal_is_told_in_words_and_what_was_written_stays(page, node, password):
    await page.goto(node.url)
    await log_in(page, "nurse-7", password)
    await page.click("#person .open-panel")
    await expect(page.locator("#panel nav button").first).to_be_visible()
    commands = await page.locator("#panel nav button").all_inner_texts()
    assert commands[:3] == ["Open", "Report seeds", "Acknowledge"]
    assert "Close" not in commands
    await page.click("#panel [data-command=adverse-event]")
    await page.fill("#panel [name=term]", "Pneumothorax")
    await page.select_option("#panel [name=grade]", "0")
    await page.click("#panel .send")
    await expect(page.locator("#panel .refused")).to_have_text(
        "Refused: no procedure is open: open one first"
    )
    assert await page.input_value("#panel [name=term]") == "Pneumothorax"


async def test_a_wrong_password_is_told_and_the_keys_of_the_pictures_rest(page, node):
    await page.goto(node.url)
    await log_in(page, "nurse-7", "wrong 12 f")
    await expect(page.locator("#login .refused")).to_contain_text("4 more tries before 'nurse-7'")
    assert await page.input_value("#login input[name=password]") == ""
    assert await page.locator("#person .name").count() == 0


async def test_a_login_ends_by_itself_in_sight(page, node, password, door_clock):
    await page.clock.install()
    await page.goto(node.url)
    await log_in(page, "dr-2", password)
    await page.click("#person .open-panel")
    await expect(page.locator("#panel [data-command=close]")).to_be_visible()
    await page.clock.run_for(70_000)
    await expect(page.locator("#person .left")).to_contain_text("logs out in 0:")
    await expect(page.locator("#person .left")).to_have_class("left dim busy")
    door_clock.now_s += 121
    await page.clock.run_for(60_000)
    await expect(page.locator("#person .log-in")).to_be_visible()
    await expect(page.locator("#panel")).not_to_be_visible()


async def test_a_login_that_ended_at_the_node_ends_at_the_page(page, node, password, door_clock):
    await page.goto(node.url)
    await log_in(page, "dr-2", password)
    await page.click("#person .open-panel")
    await page.click("#panel [data-command=resend-record]")
    door_clock.now_s += 121
    await page.click("#panel .send")
    await expect(page.locator("#person .log-in")).to_be_visible()
    await expect(page.locator("#panel")).not_to_be_visible()


async def test_without_people_there_is_no_login(page, state, now, make_display):
    display = make_display(LatestState(state), clock=lambda: now)
    await display.start()
    await page.goto(display.url)
    await page.wait_for_selector(".target")
    assert await page.locator("#person button").count() == 0
    await display.stop()
