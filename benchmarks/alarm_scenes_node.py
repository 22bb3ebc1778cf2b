"""Scripts of gas, of the alarm chain and of the record, each with its own truth."""

from collections.abc import Callable

from benchmarks.alarm_room import Room
from procedure_node.display.watch import CONFIRMED_WITHIN_S
from procedure_node.events import ProcedureClosed, RecordQueued, RecordRejected


def gas_runs_out(room: Room) -> None:
    """The pressure falls by 20 kPa a second from the start: too low before the freeze is over."""
    room.freeze()
    room.gas_falls_kpa_s = 20.0
    room.wrong("gas-short", "console-1")
    room.run(240)


def gas_lasts(room: Room) -> None:
    """The pressure falls by 10 kPa a second, and is enough for the freeze and 100 s more."""
    room.freeze()
    room.gas_falls_kpa_s = 10.0
    room.run(600)
    room.gas_falls_kpa_s = 0.0
    room.thaw()
    room.run(60)


def gas_hovers(room: Room) -> None:
    """The gas lasts for the freeze by five seconds: some slopes say that it does not."""
    room.gas_kpa = 17000.0 + 605 * 10.0
    room.freeze()
    room.gas_falls_kpa_s = 10.0
    room.run(600)
    room.gas_falls_kpa_s = 0.0
    room.thaw()
    room.run(60)


def screen_goes_dark(room: Room) -> None:
    """The browser of the only screen hangs for two minutes; the sound goes with it."""
    _checked(room)
    room.wrong("page-not-confirmed", "page", for_s=120)
    room.run(round(CONFIRMED_WITHIN_S))
    for name, role in (("page", "PAGE"), ("sound", "SOUND")):
        room.link(name, role, up=False)
    room.run(110)
    for name, role in (("page", "PAGE"), ("sound", "SOUND")):
        room.link(name, role, up=True)
    room.run(60)


def browser_holds_its_sound_back(room: Room) -> None:
    """The page was loaded anew and nobody has touched it since: it cannot be heard."""
    _checked(room)
    room.wrong("sound-off", "page", for_s=90)
    room.link("sound", "SOUND", up=False)
    room.run(90)
    room.link("sound", "SOUND", up=True)
    room.run(60)


def _checked(room: Room) -> None:
    """A screen shows the page, and its sound was heard."""
    for name, role in (("page", "PAGE"), ("sound", "SOUND")):
        room.link(name, role, up=True)
    room.run(60)


def broker_swallows_what_is_published(room: Room) -> None:
    """An access list of the broker keeps the echo back; then the broker is lost altogether."""
    for name, role in (("broker", "BROKER"), ("echo", "ECHO")):
        room.link(name, role, up=True)
    room.run(60)
    room.wrong("broker-not-confirmed", "broker", for_s=120)
    room.link("echo", "ECHO", up=False)
    room.run(120)
    room.link("echo", "ECHO", up=True)
    room.run(60)
    room.wrong("device-lost", "broker", for_s=120)
    room.link("broker", "BROKER", up=False)
    room.run(5)
    room.link("echo", "ECHO", up=False)
    room.run(115)
    room.link("broker", "BROKER", up=True)
    room.link("echo", "ECHO", up=True)
    room.run(60)


def edc_refuses_the_record(room: Room) -> None:
    """The record is sent after the procedure and refused."""
    room.run(30)
    room.tell(ProcedureClosed(outcome="COMPLETED"))
    room.tell(RecordQueued(procedure_id="P1", rows=12, content_sha256="a" * 64))
    room.run(5)
    room.wrong("record-rejected", "record")
    room.tell(RecordRejected(procedure_id="P1", reason="the project has no field 'arm'"))
    room.run(60)


NODE_SCENES: tuple[tuple[str, Callable[[Room], None]], ...] = (
    ("good", gas_lasts),
    ("bad", gas_runs_out),
    ("noisy", gas_hovers),
    ("faulty links", screen_goes_dark),
    ("faulty links", browser_holds_its_sound_back),
    ("faulty links", broker_swallows_what_is_published),
    ("faulty links", edc_refuses_the_record),
)
"""Each script with the group that it is counted in."""
