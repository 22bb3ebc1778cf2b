"""The ways out: MQTT and the EDC."""

import asyncio
from contextlib import suppress

import structlog

from dosimetry_core.values import ConnectionState, GenerationMode
from drivers.mqtt import MqttOptions, MqttPublisher, TlsOptions
from drivers.redcap import RedcapClient
from procedure_node.core import Core
from procedure_node.daemon.links import tell_link
from procedure_node.daemon.outboxes import EdcOutbox, MqttOutbox, heartbeat_items
from procedure_node.journal import Journal
from procedure_node.messages import HEARTBEAT_S, NodePresence
from procedure_node.record import RecordSender
from procedure_node.settings import BrokerSettings, EdcSettings

BROKER_LINK = "broker"
EDC_LINK = "edc"

_log = structlog.get_logger()


def mqtt_options(settings: BrokerSettings, room: str, password: str | None) -> MqttOptions:
    """The broker's settings as the driver wants them."""
    tls = settings.tls and TlsOptions(
        ca_file=settings.tls.ca_file,
        certificate_file=settings.tls.certificate_file,
        key_file=settings.tls.key_file,
    )
    return MqttOptions(
        host=settings.host,
        port=settings.port,
        client_id=f"procedure-node-{room}",
        tls=tls,
        username=settings.username,
        password=password if settings.username else None,
        protocol=settings.protocol,
        accepts=frozenset(settings.accepts),
    )


class Publishing:
    """Publishes the outbox, and keeps what the broker retains from running out."""

    def __init__(
        self, options: MqttOptions, presence: NodePresence, journal: Journal, core: Core
    ) -> None:
        self._journal = journal
        self._core = core
        self._mode = presence.mode
        self._connected = asyncio.Event()
        self._renewal = asyncio.Event()
        self._publisher = MqttPublisher(
            options,
            MqttOutbox(journal),
            presence=presence,
            on_state=self._on_state,
            on_refused=self._on_refused,
        )

    async def run(self) -> None:
        """Publish until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._publisher.run(), name="mqtt publisher")
            tasks.create_task(self._beat(), name="mqtt heartbeat")

    async def _beat(self) -> None:
        """Renew the retained state while the broker is there, and at once when it comes back."""
        while True:
            await self._connected.wait()
            self._renewal.clear()
            await self._journal.enqueue(heartbeat_items(self._core, self._mode))
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_S):
                    await self._renewal.wait()

    def _on_state(self, state: ConnectionState, reason: str) -> None:
        if state is ConnectionState.CONNECTED:
            self._connected.set()
            self._renewal.set()
        else:
            self._connected.clear()
        tell_link(self._core, BROKER_LINK, "BROKER", state, reason)

    def _on_refused(self, mode: GenerationMode, reason: str) -> None:
        _log.warning("messages refused", mode=mode, reason=reason)


async def send_records(settings: EdcSettings, token: str, journal: Journal, core: Core) -> None:
    """Send records to the EDC until cancelled; it is asked whether it is there meanwhile."""

    async def on_link(state: ConnectionState, reason: str) -> None:
        await tell_link(core, EDC_LINK, "EDC", state, reason)

    async with RedcapClient(
        settings.url, token, allow_plain_http=settings.allow_plain_http
    ) as client:
        sender = RecordSender(
            EdcOutbox(journal, core),
            client,
            accepted_modes=frozenset(settings.accepts),
            on_link=on_link,
        )
        await sender.run()
