"""The broker as a client that this project did not write sees it."""

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from drivers.mqtt import MqttError, MqttOptions, mqtt_probe
from simulators.broker import EmbeddedBroker

READY_S = 10.0


async def mosquitto_pub(port, *arguments):
    process = await asyncio.create_subprocess_exec(
        "mosquitto_pub", "-p", str(port), *arguments, stderr=subprocess.PIPE
    )
    _, errors = await process.communicate()
    return process.returncode, errors.decode()


@asynccontextmanager
async def mosquitto_sub(port, *arguments):
    """The standard output of a running mosquitto_sub."""
    process = await asyncio.create_subprocess_exec(
        "mosquitto_sub", "-p", str(port), *arguments, stdout=subprocess.PIPE
    )
    try:
        yield process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line(stdout):
    async with asyncio.timeout(READY_S):
        return (await stdout.readline()).decode().rstrip("\n")


@pytest.fixture
async def broker():
    async with EmbeddedBroker() as broker:
        yield broker
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.fixture
def options(broker):
    return MqttOptions(host="127.0.0.1", port=broker.port, client_id="probe", protocol="3.1.1")


async def test_a_message_reaches_a_subscriber(broker):
    retained = ("-r", "-q", "1", "-t", "ready", "-m", "now")
    assert await mosquitto_pub(broker.port, *retained) == (0, "")
    async with mosquitto_sub(broker.port, "-q", "1", "-t", "#", "-F", "%r %t %p") as heard:
        assert await line(heard) == "1 ready now"
        for number in range(20):
            await mosquitto_pub(broker.port, "-q", "1", "-t", "a/b", "-m", str(number))
        assert [await line(heard) for _ in range(20)] == [f"0 a/b {n}" for n in range(20)]


async def test_the_will_of_a_killed_client_is_published(broker):
    will = ("--will-topic", "status", "--will-payload", "gone", "--will-retain", "-t", "x")
    await mosquitto_pub(broker.port, "-r", "-t", "x", "-m", "subscribed")
    async with mosquitto_sub(broker.port, *will) as doomed:
        assert await line(doomed) == "subscribed"
    async with mosquitto_sub(broker.port, "-t", "status") as heard:
        assert await line(heard) == "gone"


async def test_retained_messages_go_only_to_those_who_subscribed(broker):
    await mosquitto_pub(broker.port, "-r", "-t", "of/others", "-m", "theirs")
    await mosquitto_pub(broker.port, "-r", "-t", "mine", "-m", "mine")
    async with mosquitto_sub(broker.port, "-t", "of/others") as theirs:
        assert await line(theirs) == "theirs"
        async with mosquitto_sub(broker.port, "-t", "mine") as heard:
            assert await line(heard) == "mine"


async def test_an_outage_cuts_clients_off_and_ends(broker):
    await mosquitto_pub(broker.port, "-r", "-t", "x", "-m", "before")
    async with mosquitto_sub(broker.port, "-t", "x") as heard:
        assert await line(heard) == "before"
        port = broker.port
        await broker.stop()
        code, errors = await mosquitto_pub(port, "-t", "x", "-m", "lost")
        assert code != 0
        assert "refused" in errors
        await broker.start()
        assert broker.port == port
        await mosquitto_pub(port, "-r", "-t", "x", "-m", "after")
        assert await line(heard) == "after"


async def test_stopping_twice_and_starting_twice_does_nothing(broker, options):
    await broker.start()
    await mqtt_probe(options)
    await broker.stop()
    await broker.stop()


async def test_the_nodes_probe_is_told_to_use_the_older_protocol(broker, options):
    await mqtt_probe(options)
    with pytest.raises(MqttError, match=r'set protocol = "3\.1\.1"'):
        await mqtt_probe(replace(options, protocol="5"))


async def test_what_is_no_mqtt_does_no_harm(broker, options):
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    await writer.drain()
    silent_reader, silent = await asyncio.open_connection("127.0.0.1", broker.port)
    await mqtt_probe(options)
    await broker.stop()
    for each in (writer, silent):
        each.close()
    del reader, silent_reader


async def test_the_command_serves_until_it_is_stopped(options):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import argparse, sys; from simulators.broker.cli import register;"
        "p = argparse.ArgumentParser(); register(p.add_subparsers());"
        "a = p.parse_args(); sys.exit(a.run(a))",
        "broker",
        "--port",
        "0",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    said = await line(process.stdout)
    await mqtt_probe(replace(options, port=int(said.rpartition(":")[2])))
    process.terminate()
    _, errors = await process.communicate()
    assert process.returncode == 0
    assert errors == b""


async def test_the_command_says_which_address_is_taken(broker):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import argparse, sys; from simulators.broker.cli import register;"
        "p = argparse.ArgumentParser(); register(p.add_subparsers());"
        "a = p.parse_args(); sys.exit(a.run(a))",
        "broker",
        "--port",
        str(broker.port),
        stderr=subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert f"127.0.0.1:{broker.port}" in errors.decode()
