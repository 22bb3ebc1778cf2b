"""The whole node: every part, started in order and stopped in order."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from functools import partial
from importlib.metadata import version

import structlog

from dosimetry_core.values import ConnectionState
from drivers.dicom import Archive, Peer
from drivers.systemd import ServiceNotifier
from procedure_node.control import Controls, listen
from procedure_node.core import Core
from procedure_node.daemon.analysis import ScanAnalysis
from procedure_node.daemon.chain import watch_broker, watching_pages
from procedure_node.daemon.combining import Combining
from procedure_node.daemon.devices import telemetry_link
from procedure_node.daemon.door import keeping
from procedure_node.daemon.freezing import FreezeModelling
from procedure_node.daemon.frozen import FrozenTotals
from procedure_node.daemon.lesions import LesionMeasuring
from procedure_node.daemon.links import tell_link
from procedure_node.daemon.outboxes import outbox_items
from procedure_node.daemon.registrations import RegistrationIntake
from procedure_node.daemon.scans import ScanIntake
from procedure_node.daemon.sinks import Publishing, mqtt_options, send_records
from procedure_node.daemon.structures import StructureIntake
from procedure_node.daemon.supervise import LATE_S, supervised
from procedure_node.daemon.vitals import Vitals
from procedure_node.display import Login, create_app, serve
from procedure_node.events import NodeStarted, NodeStopped
from procedure_node.http import ServerTls, serve_on
from procedure_node.imaging import ImagingWorker
from procedure_node.journal import Journal
from procedure_node.lethal_zone import FreezeWorker
from procedure_node.messages import NodePresence
from procedure_node.people import FrontDoor
from procedure_node.seed_library import load_seed_models
from procedure_node.settings import LoadedSettings, read_secret, require_secret
from procedure_node.state import NodeState, replay
from procedure_node.thermal_library import load_thermal_library
from procedure_node.views import ViewShelf

DISPLAY_LINK = "display"

Part = Callable[[], Awaitable[None]]

_log = structlog.get_logger()


def recovered_state(journal: Journal) -> NodeState:
    """The state that the journal leads to, without replaying all of it.

    Nothing from before the start in which the last procedure was opened is left in it: a start
    begins with no links, and an opening with no procedure.
    """
    opened = journal.last_seq_of("procedure-opened")
    first_seq = journal.last_seq_of("node-started", before_seq=opened)
    with _without_collections():
        return replay(entry.event for entry in journal.entries(first_seq=first_seq or 1))


@contextlib.contextmanager
def _without_collections() -> Generator[None]:
    """Without the search for reference cycles: a replay makes none, and is half as fast with it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def run(
    loaded: LoadedSettings, worker: ImagingWorker, stop: asyncio.Event, notifier: ServiceNotifier
) -> NodeState:
    """Run the node until ``stop`` is set; then stop every part and journal that it stopped.

    Returns:
        The last state, which a replay of the journal leads to as well.

    Raises:
        ConfigurationError, SecretMissingError, JournalError: it cannot start.
        BaseExceptionGroup: a bug, or a journal that cannot be written, ended it.
    """
    settings = loaded.settings
    models = load_seed_models(loaded.seed_models_directory)
    thermal = load_thermal_library(loaded.tissues_directory, loaded.cryoprobes_directory)
    token = require_secret("edc-token")
    password = read_secret("broker-password")
    vitals = Vitals()
    dicom = settings.dicom
    peer = Peer(dicom.archive.ae_title, dicom.archive.host, dicom.archive.port)
    async with (
        _running_core(loaded, vitals) as (core, journal, committing),
        Archive(peer, dicom.ae_title) as archive,
        contextlib.AsyncExitStack() as stack,
    ):
        data = settings.node.data_directory
        structures = StructureIntake(core, worker, dicom.structures_directory, data / "structures")
        spool = data / "spool"
        registrations = RegistrationIntake(core, worker, dicom, spool, archive)
        intake = ScanIntake(core, worker, structures, registrations, dicom, spool, archive)
        analysis = ScanAnalysis(core, worker, models, data / "views")
        freezing = FreezeModelling(
            core,
            stack.enter_context(FreezeWorker(thermal)),
            thermal,
            settings.freeze_model,
            data / "views",
        )
        controls = Controls(
            core,
            mode=settings.node.generation_mode,
            protocols=loaded.protocols_directory,
            seed_models=tuple(models),
            devices=tuple(device.name for device in settings.serial),
            cryoprobes=tuple(thermal.cryoprobes),
            find_study=intake.find_study,
        )
        presence = NodePresence(
            room=settings.node.room,
            session=core.state.session,
            mode=settings.node.generation_mode,
            software_version=version("procedure-node"),
        )
        publishing = Publishing(
            mqtt_options(settings.broker, settings.node.room, password), presence, journal, core
        )
        displayed = asyncio.Event()
        commanded = asyncio.Event()
        parts: dict[str, Part] = {
            "storage": intake.receive,
            "study watch": intake.watch,
            "planning CT": registrations.watch,
            "structures folder": structures.watch_folder,
            "analysis": analysis.run,
            "freeze model": freezing.run,
            "lesions": LesionMeasuring(core, worker).run,
            "seeds and ice": Combining(core, worker, models, data / "views").run,
            "frozen volume": FrozenTotals(core, worker).run,
            "mqtt": publishing.run,
            "edc": partial(send_records, settings.edc, token, journal, core),
            "display": partial(_display, loaded, core, controls, displayed),
            "control": partial(_control, loaded, controls, commanded),
        }
        if settings.broker.echo_every_s is not None:
            parts["broker echo"] = partial(
                watch_broker,
                core,
                mqtt_options(settings.broker, settings.node.room, password),
                settings.node.room,
                settings.broker.echo_every_s,
            )
        for device in settings.serial:
            link = telemetry_link(
                device, data / "quarantine", core, stop, settings.node.generation_mode
            )
            parts[f"serial {device.name}"] = link.run
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_fail_with(committing), name="core guard")
            running = [
                tasks.create_task(
                    supervised(
                        name,
                        part,
                        vitals,
                        on_failed=partial(_tell_part, core, name, ConnectionState.DISCONNECTED),
                        on_settled=partial(
                            _tell_part, core, name, ConnectionState.CONNECTED, "it works again"
                        ),
                    ),
                    name=name,
                )
                for name, part in parts.items()
            ]
            running.append(tasks.create_task(_feed(notifier, vitals), name="watchdog"))
            told = tasks.create_task(stop.wait(), name="stop")
            coming_up = tasks.create_task(_all_set(worker, displayed, commanded), name="coming up")
            await asyncio.wait({told, coming_up}, return_when=asyncio.FIRST_COMPLETED)
            if coming_up.done():
                coming_up.result()
                notifier.ready()
                _log.info("ready", room=settings.node.room, session=core.state.session)
            await told
            notifier.stopping()
            for task in (*running, coming_up):
                task.cancel()
            await asyncio.wait(running)
            core.post(NodeStopped(reason="it was told to stop"))
            core.stop()
    return core.state


@contextlib.asynccontextmanager
async def _running_core(
    loaded: LoadedSettings, vitals: Vitals
) -> AsyncGenerator[tuple[Core, Journal, asyncio.Task[None]]]:
    """The journal and the core on it, until all that was handed in is on disk."""
    settings = loaded.settings
    journal = Journal.open(settings.journal_path)
    try:
        core = Core(
            journal,
            recovered_state(journal),
            mode=settings.node.generation_mode,
            project=outbox_items,
        )
        started = NodeStarted(
            session=journal.count_of("node-started") + 1,
            software_version=version("procedure-node"),
            room=settings.node.room,
            settings_sha256=loaded.sha256,
        )
        committing = asyncio.create_task(
            core.run(lambda: vitals.beat("core", within_s=LATE_S)), name="core"
        )
        try:
            await asyncio.wait(
                {core.post(started), committing}, return_when=asyncio.FIRST_COMPLETED
            )
            if committing.done():
                committing.result()
            yield core, journal, committing
        finally:
            core.stop()
            await asyncio.wait({committing})
    finally:
        await journal.close()


async def _all_set(worker: ImagingWorker, *events: asyncio.Event) -> None:
    """Wait for all that a node that is up can do; what it then is made of is here to stay.

    A search for reference cycles among all that was imported would hold the event loop for tenths
    of a second, again and again.
    """
    await worker.warmed_up()
    for event in events:
        await event.wait()
    gc.freeze()


def _tell_part(core: Core, name: str, state: ConnectionState, reason: str) -> None:
    """Tell how a part is, apart from the link that it serves: ``edc`` may work and reach nobody."""
    tell_link(core, f"part {name}", "SERVICE", state, reason)


async def _fail_with(task: asyncio.Task[None]) -> None:
    """Fail as soon as ``task`` does."""
    await asyncio.wait({task})
    task.result()


async def _display(
    loaded: LoadedSettings, core: Core, controls: Controls, ready: asyncio.Event
) -> None:
    settings = loaded.settings.display
    tls = settings.tls and ServerTls(settings.tls.certificate_file, settings.tls.key_file)
    scheme = "https" if tls else "http"
    door = loaded.people_file and FrontDoor(
        loaded.people_file,
        loaded.roles_file,
        idle_s=settings.login_idle_s,
        tell=lambda payload, who: core.post(payload, originator=who),
    )

    def on_ready(host: str, port: int) -> None:
        tell_link(core, DISPLAY_LINK, "DISPLAY", ConnectionState.CONNECTED, "the page is served")
        _log.info("display is served", address=f"{scheme}://{host}:{port}/")
        ready.set()

    try:
        app = create_app(core, ViewShelf(), login=Login(door, controls) if door else None)
        async with (
            watching_pages(core, app.state.board.watch, expected=settings.page_expected),
            keeping(door),
        ):
            await serve(app, settings.host, settings.port, tls=tls, on_ready=on_ready)
    except Exception as error:
        tell_link(core, DISPLAY_LINK, "DISPLAY", ConnectionState.DISCONNECTED, str(error))
        ready.set()
        raise


async def _control(loaded: LoadedSettings, controls: Controls, ready: asyncio.Event) -> None:
    await serve_on(controls.app(), listen(loaded.settings.control_socket), on_ready=ready.set)


async def _feed(notifier: ServiceNotifier, vitals: Vitals) -> None:
    """Feed the service manager's watchdog while every part is alive."""
    if notifier.watchdog_s is None:
        return
    while True:
        silent = vitals.silent()
        if silent:
            _log.error("parts are silent, the watchdog is not fed", parts=silent)
        else:
            notifier.alive()
        await asyncio.sleep(notifier.watchdog_s / 3)
