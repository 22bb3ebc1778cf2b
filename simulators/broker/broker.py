"""An MQTT 3.1.1 broker that can go away and come back."""

import asyncio
import logging
from typing import Self

from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from amqtt.session import Session

# Ending a connection takes amqtt a few turns of the event loop; a task that needs longer hangs.
CLOSE_TIMEOUT_S = 2.0

_LISTENER = "default"
_CONFIG = BrokerConfig(
    listeners={_LISTENER: ListenerConfig(type=ListenerType.EXTERNAL)},
    plugins={"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
)
# amqtt tells every client that comes and goes; its errors are raised here or seen by the client.
for _name in ("amqtt", "transitions"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class _Broker(Broker):
    """amqtt's broker, which sends retained messages to those only who subscribed to them.

    amqtt 0.12 also sends each client that connects what is retained for the subscriptions of all
    others, against MQTT 3.1.1, 3.3.5.
    """

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        subscribers = self.subscriptions.get(subscription[0], [])
        if any(subscriber.client_id == session.client_id for subscriber, _ in subscribers):
            await super()._publish_retained_messages_for_subscription(subscription, session)


class EmbeddedBroker:
    """A broker for demonstrations: anyone may log in, nothing is kept on disk.

    It speaks MQTT 3.1.1 only, without TLS: for more, take a real broker. ``stop`` and ``start``
    simulate an outage: clients are cut off without a word, and retained messages are forgotten, as
    by a broker without persistence whose power fails.

    Args:
        host: address to listen on.
        port: TCP port; 0 for any free one, kept over outages.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        self._server: asyncio.Server | None = None
        self._broker: _Broker | None = None
        self._clients: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start to serve; nothing happens if it serves already.

        Raises:
            OSError: the address cannot be listened on.
        """
        if self._server is not None:
            return
        self._broker = _Broker(_CONFIG)
        await self._broker.start()
        try:
            self._server = await asyncio.start_server(self._serve, self.host, self.port)
        except OSError:
            await self._broker.shutdown()
            self._broker = None
            raise
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cut every client off and stop to serve; nothing happens if it does not serve."""
        server, self._server = self._server, None
        broker, self._broker = self._broker, None
        if server is None or broker is None:
            return
        server.close()
        await server.wait_closed()
        for writer in self._clients.values():
            writer.transport.abort()
        if self._clients:
            _, hanging = await asyncio.wait(set(self._clients), timeout=CLOSE_TIMEOUT_S)
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
        await broker.shutdown()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        assert self._broker is not None
        self._clients[task] = writer
        try:
            await self._broker.external_connected(
                StreamReaderAdapter(reader), StreamWriterAdapter(writer), _LISTENER
            )
        except OSError:
            pass  # the client went away in the middle of a packet
        finally:
            del self._clients[task]
            writer.close()
