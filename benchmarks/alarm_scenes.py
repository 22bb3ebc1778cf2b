"""Scripted procedures, good, bad, noisy and with faulty links, each with its own truth.

Here: thermometers, probes and their links. Those of implants, ice, images and the node itself have
files of their own.
"""

from collections.abc import Callable

from benchmarks.alarm_room import LESION, LIMIT_C, ORGAN, Room
from benchmarks.alarm_scenes_ice import ICE_SCENES
from benchmarks.alarm_scenes_images import IMAGE_SCENES
from benchmarks.alarm_scenes_implant import IMPLANT_SCENES
from benchmarks.alarm_scenes_node import NODE_SCENES
from dosimetry_core.values import MeasurementValidity

PROBE = "console-1/1"
SENSOR = "therm-1/1"


def good(room: Room) -> None:
    """Two freezes of ten minutes with a thaw of eight between: nothing is wrong."""
    room.run(20)
    room.freeze()
    room.run(600)
    room.thaw()
    room.run(481)
    room.freeze()
    room.run(600)
    room.thaw()
    room.run(60)


def organ_gets_cold(room: Room) -> None:
    """The organ falls by 3 C a minute to below its limit and is warmed again."""
    room.freeze()
    for _ in range(300):
        room.organ_c = 20.0 - 0.05 * (room.elapsed_s + 1)
        if room.organ_c < LIMIT_C and not room.troubles:
            room.wrong("organ-sensor-cold", ORGAN, for_s=220)
        room.run(1)
    for _ in range(240):
        room.organ_c = (room.organ_c or 0.0) + 0.05
        room.run(1)


def organ_gets_cold_twice(room: Room) -> None:
    """Two cold spells, five minutes apart: each must be told."""
    for _ in range(2):
        room.run(120)
        room.organ_c = 6.0
        room.wrong("organ-sensor-cold", ORGAN, for_s=60)
        room.run(60)
        room.organ_c = 18.0
        room.run(120)


def organ_is_cold_in_noise(room: Room) -> None:
    """The organ is 1 C too cold under noise of 1 C."""
    room.organ_noise_c = 1.0
    room.run(120)
    room.organ_c = LIMIT_C - 1.0
    room.wrong("organ-sensor-cold", ORGAN, for_s=300)
    room.run(300)
    room.organ_c = 18.0
    room.run(120)


def noise_above_the_limit(room: Room) -> None:
    """A thermometer with noise of 0.5 C, 3 C above the limit: nothing is wrong."""
    room.organ_c, room.organ_noise_c = LIMIT_C + 3.0, 0.5
    room.run(900)


def noise_at_the_limit(room: Room) -> None:
    """The same noise 1 C above the limit: single readings fall below it."""
    room.organ_c, room.organ_noise_c = LIMIT_C + 1.0, 0.5
    room.run(900)


def organ_lies_at_the_limit(room: Room) -> None:
    """The organ is 0.3 C too cold under noise of 0.5 C: many readings are above the limit."""
    room.run(120)
    room.organ_c, room.organ_noise_c = LIMIT_C - 0.3, 0.5
    room.wrong("organ-sensor-cold", ORGAN, for_s=300)
    room.run(300)
    room.organ_c = 18.0
    room.run(120)


def heavy_noise_near_the_limit(room: Room) -> None:
    """Noise of 1 C, 0.5 C above the limit: what a bad thermocouple does to an alarm."""
    room.organ_c, room.organ_noise_c = LIMIT_C + 0.5, 1.0
    room.run(900)


def one_reading_is_a_spike(room: Room) -> None:
    """Every five minutes one reading of -40 C that is no temperature of the organ."""
    for _ in range(3):
        room.run(299)
        room.organ_c = -40.0
        room.run(1)
        room.organ_c = 20.0
    room.run(60)


def doubtful_spikes(room: Room) -> None:
    """The same, but the thermometer says itself that the readings are in doubt."""
    for _ in range(3):
        room.run(299)
        room.organ_c, room.organ_validity = -40.0, MeasurementValidity.QUESTIONABLE
        room.run(1)
        room.organ_c, room.organ_validity = 20.0, MeasurementValidity.VALID
    room.run(60)


def probe_is_too_slow(room: Room) -> None:
    """The tip reaches -70 C, the protocol wants -100 C within a minute."""
    room.run(20)
    room.freeze(tends_to_c=-70.0, pace=0.05)
    room.run(60)
    room.wrong("freeze-too-slow", PROBE)
    room.run(240)


def probe_warms_while_it_freezes(room: Room) -> None:
    """After three good minutes the gas fails and the tip warms to -80 C."""
    room.freeze()
    room.run(180)
    room.freeze(tends_to_c=-80.0, pace=0.05)
    room.run(20)
    room.wrong("freeze-too-weak", PROBE)
    room.run(200)


def thaw_comes_early(room: Room) -> None:
    """The gas is turned off after five of ten minutes."""
    room.freeze()
    room.run(300)
    room.thaw()
    room.wrong("thaw-early", PROBE)
    room.run(120)


def second_freeze_comes_early(room: Room) -> None:
    """The second freeze begins after three of eight minutes of thaw."""
    room.freeze()
    room.run(601)
    room.thaw()
    room.run(180)
    room.freeze()
    room.wrong("thaw-too-short", LESION)
    room.run(120)


def console_is_unplugged(room: Room) -> None:
    """The console's cable comes out for a minute while the probe freezes; that minute is lost."""
    room.freeze()
    room.run(120)
    room.wrong("device-lost", "console-1", for_s=60)
    room.console_speaks = False
    room.link("console-1", "CONSOLE", up=False)
    room.run(60)
    room.link("console-1", "CONSOLE", up=True)
    room.console_speaks = True
    room.wrong("freeze-gap", PROBE)
    room.run(120)


def thermometer_link_flaps(room: Room) -> None:
    """A loose plug: for five minutes the link is lost for a second in every six."""
    room.run(60)
    room.wrong("device-lost", "therm-1", for_s=300)
    for _ in range(50):
        room.link("therm-1", "THERMOMETER", up=False)
        room.thermometer_speaks = False
        room.run(1)
        room.link("therm-1", "THERMOMETER", up=True)
        room.thermometer_speaks = True
        room.run(5)
    room.run(120)


def thermometer_falls_silent(room: Room) -> None:
    """The link works, and nothing comes over it for two minutes."""
    room.run(60)
    room.thermometer_speaks = False
    room.wrong("data-stale", SENSOR, for_s=120)
    room.run(120)
    room.thermometer_speaks = True
    room.run(60)


def thermocouple_breaks(room: Room) -> None:
    """The thermocouple is an open circuit for two minutes."""
    room.run(60)
    room.organ_c, room.organ_validity = None, MeasurementValidity.INVALID
    room.wrong("data-stale", SENSOR, for_s=120)
    room.run(120)
    room.organ_c, room.organ_validity = 20.0, MeasurementValidity.VALID
    room.run(60)


def cold_while_the_sensor_breaks(room: Room) -> None:
    """The organ is cold when its thermocouple breaks: the cold stays told."""
    room.run(60)
    room.organ_c = 5.0
    room.wrong("organ-sensor-cold", ORGAN, for_s=240)
    room.run(60)
    room.organ_c, room.organ_validity = None, MeasurementValidity.INVALID
    room.wrong("data-stale", SENSOR, for_s=120)
    room.run(120)
    room.organ_c, room.organ_validity = 5.0, MeasurementValidity.VALID
    room.run(60)
    room.organ_c = 20.0
    room.run(60)


def frames_are_lost(room: Room) -> None:
    """A fifth of all frames is lost, at random: nothing is wrong that people could mend now."""
    room.losing = 0.2
    room.run(900)


def archive_is_gone(room: Room) -> None:
    """The archive is not reached for five minutes, and the part that asks it fails with it."""
    room.run(60)
    room.wrong("device-lost", "pacs", for_s=300)
    room.link("pacs", "PACS", up=False)
    room.run(2)
    room.link("part study watch", "SERVICE", up=False)
    room.run(298)
    room.link("part study watch", "SERVICE", up=True)
    room.link("pacs", "PACS", up=True)
    room.run(60)


def hub_is_unplugged(room: Room) -> None:
    """A serial hub with both devices is unplugged: two devices, two alarms and no more."""
    room.run(60)
    for name, role in (("console-1", "CONSOLE"), ("therm-1", "THERMOMETER")):
        room.wrong("device-lost", name, for_s=120)
        room.link(name, role, up=False)
    room.console_speaks = room.thermometer_speaks = False
    room.run(10)
    for name in ("console-1", "therm-1"):
        room.link(f"part serial {name}", "SERVICE", up=False)
    room.run(110)
    for name, role in (("console-1", "CONSOLE"), ("therm-1", "THERMOMETER")):
        room.link(f"part serial {name}", "SERVICE", up=True)
        room.link(name, role, up=True)
    room.console_speaks = room.thermometer_speaks = True
    room.run(60)


SCENES: tuple[tuple[str, Callable[[Room], None]], ...] = (
    ("good", good),
    ("bad", organ_gets_cold),
    ("bad", organ_gets_cold_twice),
    ("bad", probe_is_too_slow),
    ("bad", probe_warms_while_it_freezes),
    ("bad", thaw_comes_early),
    ("bad", second_freeze_comes_early),
    ("bad", cold_while_the_sensor_breaks),
    ("noisy", organ_is_cold_in_noise),
    ("noisy", noise_above_the_limit),
    ("noisy", noise_at_the_limit),
    ("noisy", organ_lies_at_the_limit),
    ("noisy", heavy_noise_near_the_limit),
    ("noisy", one_reading_is_a_spike),
    ("noisy", doubtful_spikes),
    ("faulty links", console_is_unplugged),
    ("faulty links", thermometer_link_flaps),
    ("faulty links", thermometer_falls_silent),
    ("faulty links", thermocouple_breaks),
    ("faulty links", frames_are_lost),
    ("faulty links", archive_is_gone),
    ("faulty links", hub_is_unplugged),
    *IMPLANT_SCENES,
    *ICE_SCENES,
    *IMAGE_SCENES,
    *NODE_SCENES,
)
"""Each script with the group that it is counted in."""
