"""Scripts of contours, and of scans that come late or cannot be used, each with its own truth."""

from collections.abc import Callable

from benchmarks.alarm_implant import SEEDED, Implant
from benchmarks.alarm_room import Room
from procedure_node.events import (
    AnalysisFailed,
    LesionRegistration,
    RegistrationComputed,
    RegistrationConfirmed,
    RegistrationObjectReceived,
    RegistrationObjectRefused,
    RegistrationRefused,
    ScanDiscovered,
    ScanRefused,
    StructuresRefused,
)

IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def scan_comes_late(room: Room) -> None:
    """A finished target is not scanned again for half an hour: its scan does not count any more."""
    implant = Implant(room)
    implant.scan()
    implant.finish()
    room.idle(1800 - 6)
    room.wrong("coverage-unknown", SEEDED)
    room.run(120)
    implant.scan()
    room.ended("coverage-unknown", SEEDED)
    room.run(60)


def scan_is_tilted(room: Room) -> None:
    """The newest scan cannot be used, and is repeated after two minutes."""
    implant = Implant(room)
    implant.scan()
    implant.finish()
    room.run(120)
    room.wrong("scan-refused", "scan", for_s=121)
    room.tell(
        ScanDiscovered(series_uid="1.4.1", description="tilted"),
        ScanRefused(series_uid="1.4.1", reasons=("the gantry is tilted by 12 degrees",)),
    )
    room.run(120)
    implant.scan()
    room.run(60)


def analysis_fails(room: Room) -> None:
    """Seeds of the newest scan cannot be looked for; what follows from it has no alarm."""
    implant = Implant(room)
    implant.scan()
    implant.finish()
    room.run(120)
    room.wrong("analysis-failed", "scan", for_s=122)
    uid = implant.arrive()
    room.tell(AnalysisFailed(series_uid=uid, step="SEEDS", reason="the imaging process ended"))
    room.run(120)
    implant.scan()
    room.run(60)


def structures_cannot_be_used(room: Room) -> None:
    """A structure set comes that lies in another frame of reference."""
    room.run(30)
    room.wrong("structures-refused", "structures")
    room.tell(
        StructuresRefused(structure_set_uid="1.2.6", reasons=("it has no frame of reference",))
    )
    room.run(60)


def contours_are_missing(room: Room) -> None:
    """The patient was laid anew, and the CT that the contours were drawn on is not here."""
    implant = Implant(room)
    room.wrong("planning-ct-missing", "structures", for_s=121)
    implant.arrive(frame="1.2.99")
    room.run(120)
    implant.scan()
    room.run(60)


def _registered(room: Room, uid: str, verdict: str) -> None:
    room.tell(
        RegistrationComputed(
            series_uid=uid,
            planning_series_uid="1.3.1",
            structure_set_uid="1.2.9",
            method="SAME_FRAME",
            request_sha256="a" * 64,
            lesions=(
                LesionRegistration.model_validate(
                    {
                        "lesion": SEEDED,
                        "structures": (SEEDED,),
                        "center_mm": (0.0, 0.0, 0.0),
                        "matrix": IDENTITY,
                        "verdict": verdict,
                        "reasons": () if verdict == "ACCEPTED" else ("a vessel is off by 5 mm",),
                    }
                ),
            ),
        )
    )


def contours_are_doubtful(room: Room) -> None:
    """Contours may not lie right in the third scan, until a person has looked at them."""
    implant = Implant(room)
    _registered(room, implant.scan().series_uid, "ACCEPTED")
    implant.finish()
    room.idle(120)
    uid = implant.scan().series_uid
    room.wrong("registration-doubtful", SEEDED)
    _registered(room, uid, "DOUBTFUL")
    room.run(180)
    room.tell(RegistrationConfirmed(series_uid=uid, lesion=SEEDED, reason="edges agree"))
    room.ended("registration-doubtful", SEEDED)
    room.run(60)


def contours_do_not_lie_right(room: Room) -> None:
    """Contours do not lie right in the newest scan, and a person refuses them."""
    implant = Implant(room)
    implant.scan()
    uid = implant.scan().series_uid
    room.wrong("registration-failed", SEEDED)
    _registered(room, uid, "FAILED")
    room.run(180)
    room.ended("registration-failed", SEEDED)
    room.wrong("registration-refused", SEEDED)
    room.tell(RegistrationRefused(series_uid=uid, lesion=SEEDED, reason="a rib is off"))
    room.run(60)


def registration_object_is_broken(room: Room) -> None:
    """A Spatial Registration holds a matrix that shears; a sound one comes two minutes later."""
    implant = Implant(room)
    implant.scan()
    room.wrong("registration-object-refused", "registration", for_s=120)
    room.tell(
        RegistrationObjectRefused(sop_instance_uid="1.5.1", reasons=("its matrix is not rigid",))
    )
    room.run(120)
    room.tell(RegistrationObjectReceived(sop_instance_uid="1.5.2", relations=()))
    room.run(60)


IMAGE_SCENES: tuple[tuple[str, Callable[[Room], None]], ...] = (
    ("bad", scan_comes_late),
    ("faulty images", scan_is_tilted),
    ("faulty images", analysis_fails),
    ("faulty images", structures_cannot_be_used),
    ("faulty images", contours_are_missing),
    ("faulty images", contours_are_doubtful),
    ("faulty images", contours_do_not_lie_right),
    ("faulty images", registration_object_is_broken),
)
"""Each script with the group that it is counted in."""
