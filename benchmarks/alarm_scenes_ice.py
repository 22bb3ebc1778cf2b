"""Scripts of ice that is short, near an organ or too much, each with its own truth."""

from collections.abc import Callable

from benchmarks.alarm_implant import Implant
from benchmarks.alarm_room import LESION, ORGAN, Room
from procedure_node.events import (
    Band,
    FrozenTotal,
    IceFound,
    LethalZoneModelled,
    ModelledFigure,
    ModelledStructure,
    OrganIce,
    StructureIce,
    ViewStored,
)
from procedure_node.rules import wanted_frozen_total

ICE_OFF_MM = 0.3
"""By so much the same distance to ice differs from scan to scan, 1 sigma."""


def _ice(
    room: Room, uid: str, *, margin_mm: float = 6.0, from_organ_mm: float = 20.0, cc: float = 60.0
) -> None:
    """What a scan shows of the ice over ``L2``, near the gallbladder; off by its error."""
    margin, approach = (
        mm + room.random.gauss(0.0, ICE_OFF_MM) for mm in (margin_mm, from_organ_mm)
    )
    room.tell(
        IceFound(
            series_uid=uid,
            baseline_series_uid="1.0",
            structure_set_uid="1.2.9",
            volume_cc=cc,
            surface_error_mm=1.0,
            structures=(
                StructureIce(
                    name=LESION,
                    covered_percent=100.0,
                    minimum_margin_mm=margin,
                    covered_band=Band(low=97.0, high=100.0),
                    margin_band=Band(low=margin - 1.0, high=margin + 1.0),
                ),
            ),
            organs=(
                OrganIce(
                    name=ORGAN,
                    spill_cc=max(0.0, -approach),
                    approach_mm=approach,
                    approach_band=Band(low=approach - 1.0, high=approach + 1.0),
                ),
            ),
        )
    )


def ice_is_wide_enough(room: Room) -> None:
    """Two freezes, a scan in each: the ice is wide enough and far from the organ."""
    implant = Implant(room)
    implant.scan()
    for _ in range(2):
        room.freeze()
        room.run(420)
        _ice(room, implant.scan().series_uid)
        room.run(174)
        room.thaw()
        room.idle(481)


def ice_margin_is_short(room: Room) -> None:
    """Two minutes before a freeze ends its ice reaches 3 of 5 mm beyond the lesion."""
    implant = Implant(room)
    implant.scan()
    room.freeze()
    room.run(420)
    _ice(room, implant.scan().series_uid, margin_mm=3.0)
    room.run(54)
    room.wrong("ice-margin-short", LESION)
    room.run(120)


def ice_margin_hovers(room: Room) -> None:
    """The ice reaches 5.1 mm, scans are off by 0.3 mm: some say that it is short."""
    implant = Implant(room)
    implant.scan()
    room.freeze()
    room.run(470)
    for _ in range(4):
        _ice(room, implant.scan().series_uid, margin_mm=5.1)
        room.run(24)


def ice_comes_near_an_organ(room: Room) -> None:
    """The ice comes to 3 of 5 mm of the gallbladder, then into it, and is thawed."""
    implant = Implant(room)
    implant.scan()
    room.freeze()
    room.run(300)
    room.wrong("ice-near-organ", ORGAN)
    for from_organ_mm in (3.0, -2.0):
        _ice(room, implant.scan().series_uid, from_organ_mm=from_organ_mm)
        room.run(150)


def ice_hovers_near_an_organ(room: Room) -> None:
    """The ice stays at 5.3 mm of the gallbladder, scans are off by 0.3 mm."""
    implant = Implant(room)
    implant.scan()
    room.freeze()
    for _ in range(6):
        room.run(90)
        _ice(room, implant.scan().series_uid, from_organ_mm=5.3)
    room.run(20)


def much_is_frozen(room: Room) -> None:
    """270 cc are frozen at one time."""
    implant = Implant(room)
    implant.scan()
    room.freeze()
    room.run(300)
    room.wrong("frozen-volume-large", "ice")
    _ice(room, implant.scan().series_uid, cc=270.0)
    room.run(60)


def much_is_frozen_in_all(room: Room) -> None:
    """Two freezes of 230 cc at different places: 430 cc over the procedure, never 250 at a time."""
    implant = Implant(room)
    implant.scan()
    for freeze in range(2):
        room.freeze()
        room.run(300)
        uid = implant.scan().series_uid
        room.tell(ViewStored(series_uid=uid, directory=f"views/{uid}"))
        if freeze:
            room.wrong("frozen-total-large", "ice")
        _ice(room, uid, cc=230.0)
        room.run(2)
        request, _ = wanted_frozen_total(room.procedure)
        assert request is not None
        room.tell(
            FrozenTotal(
                request_sha256=request.sha256,
                scan_count=freeze + 1,
                volume_cc=430.0 if freeze else 230.0,
                volume_band=None,
            )
        )
        room.run(293)
        room.thaw()
        room.idle(481)


def _modelled(room: Room, distance_mm: float) -> None:
    warm = ModelledFigure(best=0.0, low=0.0, high=0.0)
    room.tell(
        LethalZoneModelled(
            lesion=LESION,
            status="MODELLED",
            freeze=1,
            freezing=True,
            modelled_until=room.now,
            structures=(
                ModelledStructure(
                    name=ORGAN,
                    role="ORGAN",
                    lethal_percent=(),
                    ice_percent=warm,
                    ice_cc=warm,
                    ice_distance_mm=ModelledFigure(
                        best=distance_mm, low=max(0.0, distance_mm - 2.0), high=distance_mm + 2.0
                    ),
                    cold_distance_mm=None,
                ),
            ),
        )
    )


def modelled_ice_comes_near(room: Room) -> None:
    """The model's ice grows towards the gallbladder by 1 mm a minute, to 3 mm, and melts away."""
    room.freeze()
    for quarter in range(40):
        distance_mm = max(3.0, 10.0 - 0.25 * quarter)
        if distance_mm < 5.0 and not room.troubles:
            room.wrong("modelled-ice-near-organ", ORGAN)
        _modelled(room, distance_mm)
        room.run(15)
    room.ended("modelled-ice-near-organ", ORGAN)
    _modelled(room, 6.0)
    room.run(30)


def modelled_ice_hovers(room: Room) -> None:
    """The model's ice stays at 5.3 mm; corrections move it by 0.3 mm to and fro."""
    room.freeze()
    for _ in range(40):
        _modelled(room, 5.3 + room.random.gauss(0.0, 0.3))
        room.run(15)


ICE_SCENES: tuple[tuple[str, Callable[[Room], None]], ...] = (
    ("good", ice_is_wide_enough),
    ("bad", ice_margin_is_short),
    ("bad", ice_comes_near_an_organ),
    ("bad", much_is_frozen),
    ("bad", much_is_frozen_in_all),
    ("bad", modelled_ice_comes_near),
    ("noisy", ice_margin_hovers),
    ("noisy", ice_hovers_near_an_organ),
    ("noisy", modelled_ice_hovers),
)
"""Each script with the group that it is counted in."""
