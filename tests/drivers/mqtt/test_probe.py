"""Logging in to a real Mosquitto: TLS, passwords, and what a person is told when it fails."""

import asyncio
import subprocess
from dataclasses import replace

import pytest

from dosimetry_core.values import ConnectionState
from drivers.mqtt import MqttError, MqttOptions, MqttRefusedError, TlsOptions, mqtt_probe

DAYS = ("-days", "2")


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, a server certificate for "localhost" and one for a client."""
    folder = tmp_path_factory.mktemp("certificates")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    extensions = "basicConstraints=critical,CA:TRUE"
    openssl(
        folder, "req", "-x509", *key, *DAYS, "-keyout", "ca.key", "-out", "ca.pem",
        "-subj", "/CN=Test CA", "-addext", extensions,
    )  # fmt: skip
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    for name in ("server", "client"):
        openssl(
            folder, "req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", f"/CN={name}",
        )  # fmt: skip
        openssl(
            folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", *DAYS, "-out", f"{name}.pem", "-extfile", "names",
        )  # fmt: skip
    for key_file in folder.glob("*.key"):
        key_file.chmod(0o644)
    return folder


@pytest.fixture
async def secured(new_broker, certificates, tmp_path):
    """A Mosquitto with TLS, a password for "node", and client certificates welcome."""
    passwords = tmp_path / "passwords"
    passwords.touch()
    passwords.chmod(0o600)
    arguments = ("-b", str(passwords), "node", "secret")
    process = await asyncio.create_subprocess_exec("mosquitto_passwd", *arguments)
    assert await process.wait() == 0
    return await new_broker(
        f"cafile {certificates}/ca.pem",
        f"certfile {certificates}/server.pem",
        f"keyfile {certificates}/server.key",
        "allow_anonymous false",
        f"password_file {passwords}",
    )


@pytest.fixture
def secure_options(secured, certificates):
    return MqttOptions(
        host="localhost",
        port=secured.port,
        client_id="node-under-test",
        tls=TlsOptions(ca_file=certificates / "ca.pem"),
        username="node",
        password="secret",
    )


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_a_broker_that_answers(options, protocol):
    await mqtt_probe(replace(options, protocol=protocol))


async def test_tls_and_password(secure_options):
    await mqtt_probe(secure_options)


async def test_publishing_over_tls(
    secured, secure_options, certificates, queue, subscribe, publishing
):
    login = ("-u", "node", "-P", "secret", "--cafile", f"{certificates}/ca.pem")
    async with (
        subscribe(secured.port, "-h", "localhost", *login) as outside,
        publishing(secure_options, queue) as node,
    ):
        for number in range(200):
            queue.put("a/reading", number)
        await node.until(ConnectionState.CONNECTED)
        await outside.until(lambda got: sum(m.topic == "a/reading" for m in got) == 200)
    numbers = [m.body["number"] for m in outside.received if m.topic == "a/reading"]
    assert numbers == list(range(200))


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("change", [{"password": "wrong"}, {"username": None, "password": None}])
async def test_a_wrong_login_is_refused_with_advice(secure_options, change, protocol):
    with pytest.raises(MqttRefusedError, match=r"refused the login.*check the user name") as error:
        await mqtt_probe(replace(secure_options, protocol=protocol, **change))
    assert f"mqtts://localhost:{secure_options.port}" in str(error.value)
    assert "wrong" not in str(error.value)


async def test_an_unknown_authority_is_not_trusted(secure_options):
    with pytest.raises(MqttError, match=r"CERTIFICATE_VERIFY_FAILED.*check tls\.ca_file"):
        await mqtt_probe(replace(secure_options, tls=TlsOptions()))


async def test_a_certificate_for_another_host_is_not_trusted(secure_options):
    with pytest.raises(MqttError, match=r"CERTIFICATE_VERIFY_FAILED.*names this host"):
        await mqtt_probe(replace(secure_options, host="127.0.0.1"))


async def test_a_client_certificate_is_shown(new_broker, certificates, options):
    broker = await new_broker(
        f"cafile {certificates}/ca.pem",
        f"certfile {certificates}/server.pem",
        f"keyfile {certificates}/server.key",
        "require_certificate true",
        "use_identity_as_username true",
    )
    tls = TlsOptions(
        ca_file=certificates / "ca.pem",
        certificate_file=certificates / "client.pem",
        key_file=certificates / "client.key",
    )
    there = replace(options, host="localhost", port=broker.port, tls=tls)
    await mqtt_probe(there)
    with pytest.raises(MqttError, match=r"hung up before it answered.*client certificate"):
        await mqtt_probe(replace(there, tls=replace(tls, certificate_file=None, key_file=None)))


async def test_tls_to_a_port_without_it(options, certificates):
    tls = TlsOptions(ca_file=certificates / "ca.pem")
    with pytest.raises(MqttError, match=f"no connection to the broker mqtts://.*{options.port}"):
        await mqtt_probe(replace(options, tls=tls))


async def test_a_missing_tls_file_is_named(options, tmp_path):
    tls = TlsOptions(ca_file=tmp_path / "nowhere.pem")
    with pytest.raises(MqttError, match=r"nowhere\.pem does not exist"):
        await mqtt_probe(replace(options, tls=tls))


async def test_a_tls_file_that_is_none(options, tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(MqttError, match="must be PEM"):
        await mqtt_probe(replace(options, tls=TlsOptions(ca_file=tmp_path / "ca.pem")))


async def test_nobody_listens(options, broker):
    await broker.kill()
    with pytest.raises(MqttError, match=f":{options.port}: .*refused; check that the broker runs"):
        await mqtt_probe(options)


async def test_an_unknown_host(options):
    with pytest.raises(MqttError, match="check the host name"):
        await mqtt_probe(replace(options, host="no-such-host.invalid"))


async def test_a_server_that_says_nothing(options, monkeypatch):
    monkeypatch.setattr("drivers.mqtt.connection.CONNACK_TIMEOUT_S", 0.1)
    monkeypatch.setattr("drivers.mqtt.connection.DIAL_TIMEOUT_S", 0.2)
    closed = asyncio.Event()

    async def mute(reader, writer):
        await reader.read()
        writer.close()
        closed.set()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(MqttError, match="says nothing"):
        await mqtt_probe(replace(options, port=port))
    async with asyncio.timeout(5):
        await closed.wait()
    server.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_running_publisher_is_not_thrown_out(options, queue, publishing):
    async with publishing(options, queue) as node:
        await node.until(ConnectionState.CONNECTED)
        await mqtt_probe(options)
        queue.put("a/reading", 1)
        async with asyncio.timeout(5):
            await queue.idle.wait()
        assert node.states[-1][0] is ConnectionState.CONNECTED
        assert len(node.states) == 2
