"""One connection to a broker: opened within a bounded time, closed whatever happens."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from drivers.mqtt.errors import MqttError, MqttRefusedError
from drivers.mqtt.options import MqttOptions, TlsOptions

# A broker in the same building accepts within milliseconds. Dialling runs in a thread that cannot
# be stopped, so this also bounds how long a stopping service waits for it.
DIAL_TIMEOUT_S = 2.0
# After the dial: time for the broker to look up the user and say CONNACK.
CONNACK_TIMEOUT_S = 3.0
# A PUBACK comes within milliseconds, or after the broker's disk on a bad day; later, it is stuck.
ACK_TIMEOUT_S = 10.0
# Publications in flight at once. Mosquitto's default Receive Maximum is 20, and going over the
# broker's Receive Maximum is a protocol error (MQTT 5, 3.3.4).
WINDOW = 16

_LOGGER = logging.getLogger("drivers.mqtt")
_PROTOCOLS = {"5": aiomqtt.ProtocolVersion.V5, "3.1.1": aiomqtt.ProtocolVersion.V311}
_ADVICE = (
    ("CERTIFICATE_VERIFY_FAILED", "check tls.ca_file, and that the certificate names this host"),
    ("WRONG_VERSION_NUMBER", "this port does not speak TLS: use the broker's TLS port"),
    ("refused", "check that the broker runs and that host and port are right"),
    ("timed out", "check the network, and that host and port are right"),
    ("Name or service not known", "check the host name"),
    ("protocol version", 'set protocol = "3.1.1"'),
)


class Client(aiomqtt.Client):
    """aiomqtt's client, which here also ends its sockets and hears what the broker refuses.

    aiomqtt takes every PUBACK for a success, leaves a socket behind when connecting is cancelled
    or times out, and leaves a clean DISCONNECT, which makes the broker drop the will.
    """

    def __init__(
        self,
        options: MqttOptions,
        client_id: str,
        tls: ssl.SSLContext | None,
        will: aiomqtt.Will | None,
    ) -> None:
        super().__init__(
            options.host,
            options.port,
            username=options.username,
            password=options.password,
            logger=_LOGGER,
            identifier=client_id,
            protocol=_PROTOCOLS[options.protocol],
            will=will,
            timeout=CONNACK_TIMEOUT_S,
            keepalive=options.keepalive_s,
            max_inflight_messages=WINDOW,
            tls_context=tls,
            socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
        )
        self._client.connect_timeout = DIAL_TIMEOUT_S
        self._dialled = asyncio.Event()
        self.refusal: str | None = None

    def _client_connect(self) -> None:
        try:
            super()._client_connect()
        finally:
            self._loop.call_soon_threadsafe(self._dialled.set)

    def _on_publish(
        self, client: Any, userdata: Any, mid: int, reason_code: ReasonCode, properties: Properties
    ) -> None:
        if reason_code.is_failure:
            self.refusal = str(reason_code)
        super()._on_publish(client, userdata, mid, reason_code, properties)

    async def wait_dialled(self) -> None:
        """Wait until the connecting thread is through, well or not."""
        await self._dialled.wait()

    async def wait_lost(self) -> None:
        """Wait until the connection is gone.

        Raises:
            aiomqtt.MqttError: it is gone, and why.
        """
        try:
            async for _ in self.messages:
                pass
        except aiomqtt.MqttError as error:
            raise aiomqtt.MqttError(f"it was lost: {error.__cause__ or error}") from error

    async def drop(self) -> None:
        """Cut the connection without a DISCONNECT, so that the broker publishes the will."""
        transport = self._client.socket()
        if isinstance(transport, socket.socket):
            with contextlib.suppress(OSError):
                transport.shutdown(socket.SHUT_RDWR)
        await self.settle()

    async def settle(self) -> None:
        """Wait until the client's own task has ended; the socket is closed by then."""
        if self._misc_task is not None:
            await asyncio.wait({self._misc_task})


@asynccontextmanager
async def connect(
    options: MqttOptions, *, client_id: str, will: aiomqtt.Will | None = None
) -> AsyncGenerator[Client]:
    """A connection for as long as the context lasts, left with a clean DISCONNECT.

    Raises:
        MqttRefusedError: the broker refuses this client.
        MqttError: the broker cannot be reached, its certificate is not trusted, or the connection
            was lost inside the context.
    """
    tls = None if options.tls is None else await asyncio.to_thread(_tls_context, options.tls)
    client = Client(options, client_id, tls, will)
    try:
        await _enter(client)
        client.timeout = ACK_TIMEOUT_S
        try:
            yield client
        finally:
            await client.__aexit__(None, None, None)
            await client.settle()
    except aiomqtt.MqttError as error:
        raise explain(error, options) from error


async def _enter(client: Client) -> None:
    entering = asyncio.create_task(client.__aenter__())
    try:
        await asyncio.shield(entering)
    except asyncio.CancelledError:
        await client.wait_dialled()
        entering.cancel()
        await asyncio.wait({entering})
        await client.drop()
        raise
    except aiomqtt.MqttError:
        await client.drop()
        raise


def _tls_context(tls: TlsOptions) -> ssl.SSLContext:
    for path in (tls.ca_file, tls.certificate_file, tls.key_file):
        if path is not None and not path.is_file():
            raise MqttError(f"the TLS file {path} does not exist: correct the path or put it there")
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.certificate_file is not None:
            context.load_cert_chain(tls.certificate_file, tls.key_file)
    except (ssl.SSLError, OSError) as error:
        raise MqttError(f"the TLS files cannot be used ({error}): they must be PEM") from error
    return context


def explain(error: aiomqtt.MqttError, options: MqttOptions) -> MqttError:
    """The same error for a person: what, where and what to do."""
    words = str(error)
    advice = next((advice for mark, advice in _ADVICE if mark in words), "")
    if isinstance(error, MqttConnectError):
        advice = advice or "check the user name, the password and the broker's access list"
        return MqttRefusedError(
            f"the broker {options.address} refused the login: {words}; {advice}"
        )
    tail = f"; {advice}" if advice else ""
    return MqttError(f"no connection to the broker {options.address}: {words}{tail}")
