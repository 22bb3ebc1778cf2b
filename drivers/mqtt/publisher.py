"""Publishes a queue to a broker, for ever: across outages, in order, at least once."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import takewhile

import aiomqtt

from dosimetry_core.values import ConnectionState, GenerationMode
from drivers.backoff import Backoff
from drivers.mqtt.connection import Client, connect
from drivers.mqtt.encoding import encode_body, is_retained, payload_of, properties_of
from drivers.mqtt.errors import MqttError
from drivers.mqtt.options import MqttOptions
from drivers.mqtt.presence import Presence, PresenceState
from drivers.mqtt.queue import MessageQueue, QueuedMessage

# A broker that restarts is back within a second; one that stays away is asked every half minute.
BACKOFF_INITIAL_S = 0.5
BACKOFF_MAXIMUM_S = 30.0
# Messages taken at once: enough to drain a backlog at thousands a second, few enough that encoding
# them holds the event loop for a few milliseconds only.
BATCH = 128
# The death is told on the way out of a service that must stop within 5 s.
DEATH_TIMEOUT_S = 1.0
PRESENCE_QOS = 1

StateCallback = Callable[[ConnectionState, str], None]
RefusedCallback = Callable[[GenerationMode, str], None]


class MqttPublisher:
    """Takes messages from a durable queue and publishes them to one broker.

    A message is done when the broker has acknowledged it, and not before: after a lost connection
    all that is not done is sent again, in its order. A subscriber may so see a message twice, but
    never misses one nor sees it overtaken by a later one.

    Args:
        options: the broker.
        queue: where the messages come from; this publisher is its only consumer.
        presence: the words of the status message.
        on_state: called with every change of the connection's state and its reason, once each.
        on_refused: called once for each mode that ``options.accepts`` lacks, with the reason, when
            the first message of that mode is turned away, the presence's own included. Such
            messages are not sent; ``refused`` counts them.
        backoff: waiting times between tries.
    """

    def __init__(
        self,
        options: MqttOptions,
        queue: MessageQueue,
        *,
        presence: Presence,
        on_state: StateCallback,
        on_refused: RefusedCallback,
        backoff: Backoff | None = None,
    ) -> None:
        self._options = options
        self._queue = queue
        self._presence = presence
        self._on_state = on_state
        self._on_refused = on_refused
        self._backoff = backoff or Backoff(BACKOFF_INITIAL_S, BACKOFF_MAXIMUM_S)
        self._speaks = presence.mode in options.accepts
        self._connection = 0
        self._state: ConnectionState | None = None
        self._batch: Sequence[QueuedMessage] = ()
        self._settled: set[int] = set()
        self.refused: dict[GenerationMode, int] = {}

    async def run(self) -> None:
        """Publish until cancelled; then say ``offline`` and leave.

        Errors of the broker are told through ``on_state`` and tried again; errors of the queue are
        raised.
        """
        if not self._speaks:
            self._refuse(self._presence.mode)
        self._tell(ConnectionState.CONNECTING, f"connecting to {self._options.address}")
        while True:
            try:
                await self._serve()
            except MqttError as error:
                self._tell(ConnectionState.DISCONNECTED, str(error))
            await asyncio.sleep(self._backoff.next_delay_s())

    async def _serve(self) -> None:
        self._connection += 1
        async with connect(
            self._options, client_id=self._options.client_id, will=self._will()
        ) as client:
            connected_at = datetime.now(UTC)
            try:
                await self._say(client, "online", connected_at)
                self._tell(ConnectionState.CONNECTED, f"connected to {self._options.address}")
                await self._pump_until_lost(client, connected_at)
            finally:
                await self._say_offline(client)

    async def _pump_until_lost(self, client: Client, connected_at: datetime) -> None:
        pump = asyncio.create_task(self._pump(client, connected_at))
        lost = asyncio.create_task(client.wait_lost())
        try:
            await asyncio.wait({pump, lost}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pump.cancel()
            lost.cancel()
            ended = await asyncio.gather(pump, lost, return_exceptions=True)
            await self._finish_batch()
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _pump(self, client: Client, connected_at: datetime) -> None:
        while True:
            self._batch = await self._queue.take(BATCH)
            self._settled = set()
            accepted = [message for message in self._batch if self._accepts(message)]
            results = await asyncio.gather(
                *(self._publish(client, message, connected_at) for message in accepted),
                return_exceptions=True,
            )
            for result in results:
                if isinstance(result, BaseException):
                    raise result
            await self._finish_batch()
            self._backoff.reset()

    async def _publish(
        self, client: Client, message: QueuedMessage, connected_at: datetime
    ) -> None:
        properties = None
        if self._options.protocol == "5":
            properties = properties_of(message, connected_at, datetime.now(UTC))
        await client.send(
            message.topic,
            payload_of(message, connected_at),
            qos=message.qos,
            retain=is_retained(message, connected_at),
            properties=properties,
        )
        self._settled.add(message.id)

    async def _finish_batch(self) -> None:
        """Mark done what was settled, up to the first message that was not: order is kept."""
        settled = list(takewhile(lambda message: message.id in self._settled, self._batch))
        self._batch = ()
        if not settled:
            return
        await self._queue.done([message.id for message in settled])
        for message in settled:
            if message.mode not in self._options.accepts:
                self.refused[message.mode] += 1

    def _accepts(self, message: QueuedMessage) -> bool:
        if message.mode in self._options.accepts:
            return True
        self._refuse(message.mode)
        self._settled.add(message.id)
        return False

    def _refuse(self, mode: GenerationMode) -> None:
        if mode in self.refused:
            return
        self.refused[mode] = 0
        self._on_refused(
            mode,
            f"messages of mode {mode.value} are not sent to {self._options.address}: "
            f"it accepts {', '.join(sorted(self._options.accepts)) or 'no mode'}; "
            "they stay in the journal",
        )

    def _will(self) -> aiomqtt.Will | None:
        if not self._speaks:
            return None
        body = self._presence.body("offline", self._connection, datetime.now(UTC))
        return aiomqtt.Will(self._presence.topic, encode_body(body), PRESENCE_QOS, retain=True)

    async def _say(
        self, client: Client, state: PresenceState, at: datetime, timeout_s: float | None = None
    ) -> None:
        if self._speaks:
            await client.send(
                self._presence.topic,
                encode_body(self._presence.body(state, self._connection, at)),
                qos=PRESENCE_QOS,
                retain=True,
                timeout_s=timeout_s,
            )

    async def _say_offline(self, client: Client) -> None:
        """Tell the death in so many words: a clean DISCONNECT makes the broker drop the will.

        Where it cannot be told, the connection is cut, and the broker publishes the will.
        """
        try:
            await self._say(client, "offline", datetime.now(UTC), DEATH_TIMEOUT_S)
        except aiomqtt.MqttError:
            await client.drop()

    def _tell(self, state: ConnectionState, reason: str) -> None:
        """Tell a change of state; why there is no connection is told once, not with each try."""
        if state is self._state:
            return
        self._state = state
        self._on_state(state, reason)
