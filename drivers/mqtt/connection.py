"""One connection to a broker: opened within a bounded time, closed whatever happens."""

import asyncio
import contextlib
import logging
import math
import socket
import ssl
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from drivers.mqtt.errors import MqttError, MqttRefusedError
from drivers.mqtt.options import MqttOptions
from drivers.mqtt.tls import tls_context

# A broker in the same building accepts within milliseconds. Dialling runs in a thread that cannot
# be stopped, so a stopping service waits as long for it (and for a name server that hangs).
DIAL_TIMEOUT_S = 2.0
# After the dial: time for the broker to look up the user and say CONNACK.
CONNACK_TIMEOUT_S = 3.0
# A PUBACK comes within milliseconds, or after the broker's disk on a bad day; later, it is stuck.
ACK_TIMEOUT_S = 10.0
# A DISCONNECT only has to leave this machine's socket buffer.
DISCONNECT_TIMEOUT_S = 1.0
# Publications in flight at once. Mosquitto's default Receive Maximum is 20, and going over the
# broker's Receive Maximum is a protocol error (MQTT 5, 3.3.4).
WINDOW = 16

# Every failure is told to the caller, once; the library would repeat it with each try.
_LOGGER = logging.getLogger("drivers.mqtt.wire")
_LOGGER.setLevel(logging.CRITICAL)
_PROTOCOLS = {"5": aiomqtt.ProtocolVersion.V5, "3.1.1": aiomqtt.ProtocolVersion.V311}
_ADVICE = (
    ("CERTIFICATE_VERIFY_FAILED", "check tls.ca_file, and that the certificate names this host"),
    ("WRONG_VERSION_NUMBER", "this port does not speak TLS: use the broker's TLS port"),
    ("hung up", "check that the broker wants no client certificate, and its log"),
    ("refused", "check that the broker runs and that host and port are right"),
    ("timed out", "check the network, and that host and port are right"),
    ("Name or service not known", "check the host name"),
    ("protocol version", 'set protocol = "3.1.1"'),
)


class PublicationRefusedError(aiomqtt.MqttCodeError):
    """The broker acknowledged a publication with a reason code of failure (MQTT 5, 3.4.2.1)."""

    def __init__(self, topic: str, reason: ReasonCode) -> None:
        super().__init__(reason)
        self.topic = topic


class Client(aiomqtt.Client):
    """aiomqtt's client, which here also ends its sockets and hears what the broker refuses.

    aiomqtt takes every PUBACK for a success, waits on when the broker hangs up before CONNACK, and
    leaves a socket behind when connecting is cancelled or times out. Its own time limits rest on
    ``asyncio.wait_for``, which before Python 3.12 may swallow a cancellation; they are switched
    off here, and ``asyncio.timeout`` is used instead.
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
            timeout=math.inf,
            keepalive=options.keepalive_s,
            max_inflight_messages=WINDOW,
            tls_context=tls,
            socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
        )
        self._client.connect_timeout = DIAL_TIMEOUT_S
        self.pending_calls_threshold = sys.maxsize  # a full batch is no cause for a warning
        self._dialled = asyncio.Event()
        self._refusal: ReasonCode | None = None

    def _client_connect(self) -> None:
        try:
            super()._client_connect()
        finally:
            self._loop.call_soon_threadsafe(self._dialled.set)

    def _on_publish(
        self, client: Any, userdata: Any, mid: int, reason_code: ReasonCode, properties: Properties
    ) -> None:
        if reason_code.is_failure:
            self._refusal = reason_code
        super()._on_publish(client, userdata, mid, reason_code, properties)

    def _on_disconnect(
        self,
        client: Any,
        userdata: Any,
        flags: Any,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        if not self._connected.done():
            hung_up = aiomqtt.MqttError("the broker hung up before it answered the login")
            self._connected.set_exception(hung_up)
            return
        super()._on_disconnect(client, userdata, flags, reason_code, properties)

    async def send(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int,
        retain: bool,
        properties: Properties | None = None,
        timeout_s: float | None = None,
    ) -> None:
        """Publish, and wait until the broker has acknowledged it as its ``qos`` asks.

        Raises:
            aiomqtt.MqttError: the acknowledgement says no, or did not come in time.
        """
        limit_s = ACK_TIMEOUT_S if timeout_s is None else timeout_s
        try:
            async with asyncio.timeout(limit_s):
                await self.publish(topic, payload, qos, retain, properties)
        except TimeoutError:
            raise aiomqtt.MqttError(f"no acknowledgement within {limit_s:g} s: timed out") from None
        if self._refusal is not None:
            raise PublicationRefusedError(topic, self._refusal)

    async def enter(self) -> None:
        """Connect; ``leave`` is to follow.

        Raises:
            aiomqtt.MqttError: the broker cannot be reached or refuses.
        """
        await self.__aenter__()

    async def leave(self) -> None:
        """Disconnect in an orderly way, or cut the connection if that does not work."""
        try:
            async with asyncio.timeout(DISCONNECT_TIMEOUT_S):
                await self.__aexit__(None, None, None)
        except TimeoutError:
            await self.drop()
        await self.settle()

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
        """Wait until aiomqtt's own task has ended; the socket is closed by then."""
        if self._misc_task is not None:
            await asyncio.wait({self._misc_task}, timeout=DISCONNECT_TIMEOUT_S)
            self._misc_task.cancel()
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()


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
    tls = None if options.tls is None else await asyncio.to_thread(tls_context, options.tls)
    client = Client(options, client_id, tls, will)
    try:
        await _enter(client)
        try:
            yield client
        finally:
            await client.leave()
    except aiomqtt.MqttError as error:
        raise explain(error, options) from error


async def _enter(client: Client) -> None:
    entering = asyncio.create_task(client.enter())
    try:
        done, _ = await asyncio.wait({entering}, timeout=DIAL_TIMEOUT_S + CONNACK_TIMEOUT_S)
        for task in done:
            task.result()
    except (asyncio.CancelledError, aiomqtt.MqttError):
        await _abandon(client, entering)
        raise
    if not done:
        await _abandon(client, entering)
        raise aiomqtt.MqttError("the server accepts connections but says nothing: timed out")


async def _abandon(client: Client, entering: asyncio.Task[None]) -> None:
    await client.wait_dialled()
    entering.cancel()
    await asyncio.wait({entering})
    await client.drop()


def explain(error: aiomqtt.MqttError, options: MqttOptions) -> MqttError:
    """The same error for a person: what, where and what to do."""
    words = str(error)
    advice = next((advice for mark, advice in _ADVICE if mark in words), "")
    if isinstance(error, MqttConnectError):
        advice = advice or "check the user name, the password and the broker's access list"
        return MqttRefusedError(
            f"the broker {options.address} refused the login: {words}; {advice}"
        )
    if isinstance(error, PublicationRefusedError):
        return MqttRefusedError(
            f"the broker {options.address} refused a message on {error.topic}: {words}; "
            "give this user write access to the node's topics"
        )
    tail = f"; {advice}" if advice else ""
    return MqttError(f"no connection to the broker {options.address}: {words}{tail}")
