import asyncio
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dosimetry_core.values import ConnectionState, GenerationMode
from simulators.broker import EmbeddedBroker

KEEPS_SESSIONS_WHEN_KILLED = (
    "allow_anonymous true",
    "autosave_on_changes true",
    "autosave_interval 1",
)
STATUS = "procedure-node/ct1/status"


def numbers(received, topic):
    return [m.body["number"] for m in received if m.topic == topic]


async def idle(queue):
    async with asyncio.timeout(10):
        await queue.idle.wait()


async def test_messages_arrive_in_order_and_are_done_once_acknowledged(
    broker, options, queue, subscribe, publishing
):
    async with subscribe(broker.port) as outside, publishing(options, queue) as node:
        await node.until(ConnectionState.CONNECTED)
        for number in range(300):
            queue.put("a/reading", number)
        await outside.until(lambda got: len(numbers(got, "a/reading")) == 300)
        await idle(queue)
    assert numbers(outside.received, "a/reading") == list(range(300))
    assert not any(m.body["historical"] for m in outside.received if m.topic == "a/reading")
    assert queue.done_ids == list(range(1, 301))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_outage_loses_nothing_keeps_order_and_marks_history(
    new_broker, options, queue, subscribe, publishing, how
):
    """The broker goes in the middle of a stream and comes back; a third party watches.

    A broker that is killed outright may lose what it has acknowledged and not yet passed on; all
    else arrives.
    """
    broker = await new_broker(*KEEPS_SESSIONS_WHEN_KILLED)
    there = replace(options, port=broker.port)
    persistent = ("-c", "-i", "outside", "-V", "5", "-x", "600")
    async with subscribe(broker.port, *persistent) as outside, publishing(there, queue) as node:
        await node.until(ConnectionState.CONNECTED)
        queue.put("a/reading", 0)
        await outside.until(lambda got: 0 in numbers(got, "a/reading"))
        for number in range(1, 200):
            queue.put("a/reading", number)
        await outside.until(lambda got: len(numbers(got, "a/reading")) > 1)
        await broker.kill(how)
        reason = await node.until(ConnectionState.DISCONNECTED)
        acknowledged = {done - 1 for done in queue.done_ids}
        for number in range(200, 400):
            queue.put("a/reading", number)
        await broker.start()
        await node.until(ConnectionState.CONNECTED)
        queue.put("a/reading", 400)
        await outside.until(lambda got: 400 in numbers(got, "a/reading"))
    got = [m.body for m in outside.received if m.topic == "a/reading"]
    first_seen = list(dict.fromkeys(body["number"] for body in got))
    assert first_seen == sorted(first_seen)
    lost = set(range(401)) - set(first_seen)
    assert lost <= (acknowledged if how is signal.SIGKILL else set())
    historical = {body["number"]: body["historical"] for body in got}
    assert all(historical[number] for number in range(200, 400))
    assert not historical[0]
    assert not historical[400]
    assert f"mqtt://127.0.0.1:{broker.port}" in reason
    assert [state for state, _ in node.states] == [
        ConnectionState.CONNECTING,
        ConnectionState.CONNECTED,
        ConnectionState.DISCONNECTED,
        ConnectionState.CONNECTED,
    ]


async def test_long_outage_is_told_once_and_survived(broker, options, queue, subscribe, publishing):
    """Ten minutes of backlog, and the broker still away when the node starts."""
    async with subscribe(broker.port, "-c", "-i", "outside") as outside:
        await broker.kill(signal.SIGTERM)
        past = datetime.now(UTC) - timedelta(minutes=10)
        for number in range(600):
            queue.put("a/reading", number, queued_at=past + timedelta(seconds=number))
        async with publishing(options, queue) as node:
            reason = await node.until(ConnectionState.DISCONNECTED)
            await node.until_failed(tries=5)
            assert len(node.states) == 2
            await broker.start()
            await outside.until(lambda got: len(numbers(got, "a/reading")) == 600)
            await idle(queue)
    assert "check that the broker runs" in reason
    assert numbers(outside.received, "a/reading") == list(range(600))
    assert all(m.body["historical"] for m in outside.received if m.topic == "a/reading")


async def test_the_embedded_broker_goes_away_and_comes_back(queue, options, publishing):
    """The same publisher at another make of broker."""
    async with EmbeddedBroker() as embedded:
        there = replace(options, port=embedded.port, protocol="3.1.1")
        async with publishing(there, queue) as node:
            await node.until(ConnectionState.CONNECTED)
            for number in range(50):
                queue.put("a/reading", number)
            await idle(queue)
            await embedded.stop()
            await node.until(ConnectionState.DISCONNECTED)
            for number in range(50, 100):
                queue.put("a/reading", number)
            await embedded.start()
            await node.until(ConnectionState.CONNECTED)
            await idle(queue)
    assert queue.done_ids == list(range(1, 101))


async def test_late_state_is_retained_only_if_it_is_the_newest(
    broker, options, queue, subscribe, publishing
):
    past = datetime.now(UTC) - timedelta(seconds=100)
    late = {"retain": True, "queued_at": past, "expires_after_s": 30}
    queue.put("a/coverage", 1, superseded=True, **late)
    queue.put("b/coverage", 2, **late)
    async with subscribe(broker.port) as live, publishing(options, queue):
        await idle(queue)
        await live.until(lambda got: numbers(got, "a/coverage") and numbers(got, "b/coverage"))
        async with subscribe(broker.port, "-V", "5") as later:
            kept = [m for m in later.received if m.retained and m.topic != STATUS]
    assert [m.topic for m in kept] == ["b/coverage"]
    assert kept[0].body["historical"] is True
    assert 50 <= kept[0].expiry_s <= 60


async def test_live_state_is_retained_with_its_expiry_and_cleared_by_an_empty_body(
    broker, options, queue, subscribe, publishing
):
    async with publishing(options, queue) as node:
        await node.until(ConnectionState.CONNECTED)
        queue.put("a/coverage", 1, retain=True, expires_after_s=30)
        await idle(queue)
        async with subscribe(broker.port, "-V", "5") as first:
            kept = await first.first("a/coverage")
        queue.put("a/coverage", 2, retain=True, body={})
        await idle(queue)
        async with subscribe(broker.port, "-V", "5") as second:
            pass
    assert kept.retained
    assert kept.body == {"number": 1, "historical": False}
    assert 25 <= kept.expiry_s <= 30
    assert "a/coverage" not in {m.topic for m in second.received}


async def test_a_mode_that_the_broker_does_not_accept_is_refused_aloud(
    broker, options, queue, subscribe, publishing
):
    async with subscribe(broker.port) as outside, publishing(options, queue) as node:
        queue.put("a/reading", 1, mode=GenerationMode.DEMO)
        queue.put("a/reading", 2, mode=GenerationMode.DEMO)
        queue.put("a/reading", 3, mode=GenerationMode.REAL)
        await outside.first("a/reading")
        await idle(queue)
    assert numbers(outside.received, "a/reading") == [3]
    assert queue.done_ids == [1, 2, 3]
    assert node.publisher.refused == {GenerationMode.DEMO: 2}
    ((mode, reason),) = node.refusals
    assert mode is GenerationMode.DEMO
    assert "accepts REAL" in reason


async def test_a_demo_broker_gets_demo_and_keeps_no_status_of_a_mode_it_refuses(
    broker, options, queue, subscribe, publishing
):
    demo = replace(options, accepts=frozenset({GenerationMode.DEMO}))
    async with subscribe(broker.port) as outside, publishing(demo, queue) as node:
        queue.put("a/reading", 1, mode=GenerationMode.DEMO)
        await outside.first("a/reading")
    assert STATUS not in {m.topic for m in outside.received}
    assert [mode for mode, _ in node.refusals] == [GenerationMode.REAL]


async def test_birth_and_orderly_death(broker, options, queue, subscribe, publishing):
    async with subscribe(broker.port) as outside:
        async with publishing(options, queue) as node:
            await node.until(ConnectionState.CONNECTED)
        await outside.until(lambda got: sum(m.topic == STATUS for m in got) == 2)
        async with subscribe(broker.port) as later:
            kept = await later.first(STATUS)
    states = [m.body for m in outside.received if m.topic == STATUS]
    assert [s["state"] for s in states] == ["online", "offline"]
    assert states[0]["connection"] == states[1]["connection"] == 1
    assert kept.retained
    assert kept.body == states[1]


async def test_a_failing_queue_stops_the_publisher_but_tells_the_death_first(
    broker, options, queue, subscribe, publishing, monkeypatch
):
    async def broken(limit):
        raise RuntimeError("the journal is gone")

    monkeypatch.setattr(queue, "take", broken)
    async with subscribe(broker.port) as outside:
        with pytest.raises(RuntimeError, match="the journal is gone"):
            async with publishing(options, queue) as node:
                await asyncio.wait({node.task})
        await outside.until(lambda got: sum(m.topic == STATUS for m in got) == 2)
    assert outside.received[-1].body["state"] == "offline"


async def test_a_will_tells_the_death_of_a_publisher_that_could_not(
    broker, options, queue, subscribe, publishing
):
    """The connection is cut under the publisher; its will carries the number of that birth."""
    async with subscribe(broker.port) as outside, publishing(options, queue) as node:
        await node.until(ConnectionState.CONNECTED)
        thief = await asyncio.create_subprocess_exec(
            "mosquitto_sub", "-p", str(broker.port), "-i", options.client_id, "-t", "x"
        )
        try:
            await outside.until(
                lambda got: (
                    [m.body["state"] for m in got if m.topic == STATUS][:2] == ["online", "offline"]
                )
            )
        finally:
            thief.kill()
            await thief.wait()
        await outside.until(
            lambda got: got[-1].topic == STATUS and got[-1].body["state"] == "online"
        )
    states = [m.body for m in outside.received if m.topic == STATUS]
    assert states[0]["connection"] == states[1]["connection"]
    assert states[-1]["connection"] > states[1]["connection"]


async def test_a_frozen_broker_is_noticed_and_left(broker, options, queue, publishing, monkeypatch):
    """A stopped process keeps its sockets: only the missing acknowledgement tells."""
    monkeypatch.setattr("drivers.mqtt.connection.ACK_TIMEOUT_S", 0.3)
    monkeypatch.setattr("drivers.mqtt.publisher.DEATH_TIMEOUT_S", 0.2)
    async with publishing(options, queue) as node:
        await node.until(ConnectionState.CONNECTED)
        broker.process.send_signal(signal.SIGSTOP)
        queue.put("a/reading", 1)
        reason = await node.until(ConnectionState.DISCONNECTED)
        broker.process.send_signal(signal.SIGCONT)
        await node.until(ConnectionState.CONNECTED)
        await idle(queue)
    assert "timed out" in reason
    assert queue.done_ids == [1]


async def test_what_the_access_list_forbids_is_not_taken_for_published(
    new_broker, options, queue, tmp_path, publishing
):
    """Mosquitto acknowledges a forbidden publication with a reason code of failure."""
    (tmp_path / "acl").write_text(f"topic readwrite {STATUS}\n")
    broker = await new_broker("allow_anonymous true", f"acl_file {tmp_path / 'acl'}")
    there = replace(options, port=broker.port)
    queue.put("a/reading", 1)
    async with publishing(there, queue) as node:
        reason = await node.until(ConnectionState.DISCONNECTED)
    assert "a/reading" in reason
    assert "Not authorized" in reason
    assert queue.done_ids == []


async def test_mqtt_3_1_1_is_spoken_where_asked(broker, options, queue, subscribe, publishing):
    queue.put("a/coverage", 1, retain=True, expires_after_s=30)
    older = replace(options, protocol="3.1.1")
    async with subscribe(broker.port, "-V", "5") as outside, publishing(older, queue):
        received = await outside.first("a/coverage")
    assert received.expiry_s is None


async def test_stopping_while_the_broker_is_mute_leaves_nothing_behind(options, queue, publishing):
    """A server that accepts and says nothing: the connection is closed by the stop."""
    closed = asyncio.Event()
    accepted = asyncio.Event()

    async def mute(reader, writer):
        accepted.set()
        await reader.read()
        writer.close()
        closed.set()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with publishing(replace(options, port=port), queue):
        await accepted.wait()
    async with asyncio.timeout(5):
        await closed.wait()
    server.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
