"""The self-check of the alarm chain: what is not confirmed is an alarm."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dosimetry_core.values import ConnectionState, GenerationMode
from drivers.mqtt import MqttOptions
from procedure_node.core import Core
from procedure_node.daemon.chain import check_echo, look_at_pages, watching_pages
from procedure_node.display import PageWatch
from procedure_node.events import NodeStarted, ProcedureOpened
from procedure_node.journal import Journal
from procedure_node.protocol import load_protocol
from procedure_node.state import NodeState
from simulators.broker import EmbeddedBroker

PROTOCOL = Path(__file__).parents[3] / "config" / "protocols" / "demonstration.toml"


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[Core]:
    journal = Journal.open(tmp_path / "journal.sqlite")
    made = Core(journal, NodeState(), mode=GenerationMode.TEST, project=lambda *_: ())
    running = asyncio.create_task(made.run())
    await made.post(
        NodeStarted(session=1, software_version="1", room="CT1", settings_sha256="0" * 64)
    )
    await made.post(
        ProcedureOpened(
            procedure_id="P1",
            subject="S-001",
            study_uid="1.2.3",
            arm="STRATEGY",
            protocol=load_protocol(PROTOCOL),
            protocol_sha256="0" * 64,
        )
    )
    yield made
    made.stop()
    await running
    await journal.close()


def alarms(core: Core) -> dict[str, str]:
    procedure = core.state.procedure
    assert procedure is not None
    return {a.raised.condition: a.raised.priority for a in procedure.alerts.values() if a.present}


async def test_a_page_that_nobody_shows_is_an_alarm_where_one_is_expected(core: Core) -> None:
    clock = Clock()
    watch = PageWatch(clock)
    await look_at_pages(core, watch, expected=False)
    assert alarms(core) == {}
    await look_at_pages(core, watch, expected=True)
    assert alarms(core) == {"page-not-confirmed": "MEDIUM"}
    watch.confirm(watch.nonce(), "UNCHECKED")
    await look_at_pages(core, watch, expected=True)
    assert core.state.links["wall page"].state is ConnectionState.CONNECTED
    await core.wait_for(
        lambda state: bool(
            state.procedure and not state.procedure.alerts["page-not-confirmed:page"].present
        )
    )


async def test_sound_that_is_held_back_is_an_alarm_until_it_is_on(core: Core) -> None:
    watch = PageWatch(Clock())
    watch.confirm(watch.nonce(), "OFF")
    await look_at_pages(core, watch, expected=True)
    assert alarms(core) == {"sound-off": "MEDIUM"}
    watch.confirm(watch.nonce(), "ON")
    await look_at_pages(core, watch, expected=True)
    assert alarms(core) == {}


async def test_a_broker_that_gives_back_is_confirmed_and_one_that_is_gone_is_not(
    core: Core,
) -> None:
    async with EmbeddedBroker() as broker:
        options = MqttOptions(
            host="127.0.0.1",
            port=broker.port,
            client_id="node",
            tls=None,
            username=None,
            password=None,
            protocol="3.1.1",
        )
        await check_echo(core, options, "CT1")
        assert core.state.links["broker echo"].state is ConnectionState.CONNECTED
        assert alarms(core) == {}
    await check_echo(core, options, "CT1")
    assert alarms(core) == {"broker-not-confirmed": "LOW"}


async def test_the_watch_ends_with_its_block(core: Core) -> None:
    async with watching_pages(core, PageWatch(Clock()), expected=True):
        assert "page watch" in {task.get_name() for task in asyncio.all_tasks()}
    assert "page watch" not in {task.get_name() for task in asyncio.all_tasks()}
    assert core.state.links == {}, "a page has time to come up"
