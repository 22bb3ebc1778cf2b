"""Scripted implants: coverage, organs and seeds, each with its own truth.

A scan can tell of nothing before it is there: what it is the first to show is wrong from its last
image on.
"""

from collections.abc import Callable

from benchmarks.alarm_implant import SEEDED, Implant
from benchmarks.alarm_room import ORGAN, Room
from procedure_node.events import NeedleSeeds, SeedPlanMatched

FIVE_MIN_S = 300


def implant_goes_well(room: Room) -> None:
    """Six scans of seeds that all move together: nothing is wrong."""
    implant = Implant(room)
    for _ in range(6):
        implant.scan()
        room.idle(FIVE_MIN_S)
    implant.finish()
    room.run(60)


def target_is_under_covered(room: Room) -> None:
    """A finished target has too little dose; five more seeds and a scan mend it."""
    implant = Implant(room)
    implant.dose_gy[SEEDED] = 92.0
    room.run(60)
    implant.scan()
    implant.finish()
    room.wrong("target-under-covered", SEEDED)
    room.idle(FIVE_MIN_S)
    implant.add(5)
    implant.dose_gy[SEEDED] = 128.0
    room.wrong("coverage-unknown", SEEDED, for_s=121)  # a report without a scan tells no dose
    room.idle(120)
    implant.scan()
    room.ended("target-under-covered", SEEDED)
    room.idle(120)


def target_is_barely_covered(room: Room) -> None:
    """D90 is 3 % over what is wanted: less than its error."""
    implant = Implant(room)
    implant.dose_gy[SEEDED] = 1.03 * 110.0
    room.run(60)
    implant.finish()
    room.wrong("coverage-unknown", SEEDED, for_s=30)
    room.run(30)
    room.wrong("coverage-within-error", SEEDED)
    implant.scan()
    room.run(60)


def organ_is_over_its_limit(room: Room) -> None:
    """The second needle puts the gallbladder over its limit."""
    implant = Implant(room)
    implant.scan()
    room.idle(120)
    implant.add(4)
    implant.dose_gy[ORGAN] = 62.0
    room.run(60)
    room.wrong("organ-over-limit", ORGAN)
    implant.scan()
    room.idle(120)


def organ_is_near_its_limit(room: Room) -> None:
    """D2cc is 3 % below its limit: less than its error may be."""
    implant = Implant(room)
    implant.dose_gy[ORGAN] = 0.97 * 55.0
    room.run(60)
    room.wrong("organ-within-error", ORGAN)
    implant.scan()
    room.idle(120)


def seed_is_lost(room: Room) -> None:
    """A seed is coughed up: one scan tells that one is missing, the next that it is lost."""
    implant = Implant(room)
    scan = implant.scan()
    gone = implant.number_of(scan, implant.places[7])
    room.idle(120)
    del implant.places[7]
    room.wrong("seed-lost", gone)
    room.wrong("seed-count-mismatch", SEEDED, for_s=FIVE_MIN_S + 7)
    implant.scan()
    room.idle(FIVE_MIN_S)
    implant.scan()
    room.idle(120)


def seed_migrates(room: Room) -> None:
    """A seed is carried 70 mm away, and stays there."""
    implant = Implant(room)
    scan = implant.scan()
    carried = implant.number_of(scan, implant.places[3])
    room.idle(120)
    implant.places[3] = (5.0, 65.0, 40.0)
    room.wrong("seed-migrated", carried)
    for _ in range(3):
        implant.scan()
        room.idle(FIVE_MIN_S)


def doubtful_find_migrates(room: Room) -> None:
    """The same, and the finder is less sure of its finds: one chance in a hundred that it is none.

    A find so far away is then taken for no seed sooner than for one that was carried there.
    """
    implant = Implant(room)
    implant.confidence = 0.99
    scan = implant.scan()
    carried = implant.number_of(scan, implant.places[3])
    room.idle(120)
    implant.places[3] = (5.0, 65.0, 40.0)
    room.wrong("seed-migrated", carried)
    room.wrong("seed-outside-targets", "scan")
    room.wrong("seed-count-mismatch", SEEDED)
    for _ in range(3):
        implant.scan()
        room.idle(FIVE_MIN_S)


def count_does_not_match(room: Room) -> None:
    """One seed stayed in its needle: 19 are there, 20 are reported, until that is put right."""
    implant = Implant(room, count=19, reported=20)
    room.run(60)
    room.wrong("seed-count-mismatch", SEEDED)
    implant.scan()
    room.idle(FIVE_MIN_S)
    implant.scan()
    room.run(60)
    implant.report(-1)
    room.ended("seed-count-mismatch", SEEDED)
    room.run(60)


def seed_lies_astray(room: Room) -> None:
    """One of the 20 reported seeds was let go outside of the lesion."""
    implant = Implant(room, count=19, reported=20)
    implant.places.append((48.0, 0.0, 0.0))
    room.run(60)
    room.wrong("seed-outside-targets", "scan")
    room.wrong("seed-count-mismatch", SEEDED)
    implant.scan()
    room.idle(FIVE_MIN_S)
    implant.scan()
    room.run(60)


def needle_count_does_not_match(room: Room) -> None:
    """Ten seeds each are reported for two needles; one holds eleven, the other nine."""
    implant = Implant(room, reported=0)
    for needle in ("A", "B"):
        implant.report(10, needle)
    room.run(60)
    for needle in ("A", "B"):
        room.wrong("needle-count-mismatch", f"{SEEDED} {needle}")
    scan = implant.scan()
    of_a = [0.98] * 11 + [0.01] * 9
    room.tell(
        SeedPlanMatched(
            series_uid=scan.series_uid,
            plan_uid="1.2.7",
            seeds=(),
            unplanned=(),
            needles=(
                NeedleSeeds(needle="A", planned=10, chances=tuple(of_a)),
                NeedleSeeds(needle="B", planned=10, chances=tuple(0.99 - p for p in of_a)),
            ),
        )
    )
    room.idle(120)


def dose_hovers_above_its_minimum(room: Room) -> None:
    """D90 is 1.5 % over what is wanted, figures are off by 2 %: some scans say that it is under."""
    _hovering(room, SEEDED, 1.015 * 110.0, "coverage-within-error")


def dose_hovers_below_its_minimum(room: Room) -> None:
    """D90 is 1.5 % under what is wanted: some scans say that it is covered, but not surely."""
    room.may_be_told("coverage-within-error", SEEDED)
    _hovering(room, SEEDED, 0.985 * 110.0, "target-under-covered")


def organ_hovers_below_its_limit(room: Room) -> None:
    """D2cc is 2 % below its limit, figures are off by 2 %: some scans say that it is over."""
    _hovering(room, ORGAN, 0.98 * 55.0, "organ-within-error")


def organ_hovers_above_its_limit(room: Room) -> None:
    """D2cc is 2 % over its limit: some scans say that it is not, but that it may be."""
    room.may_be_told("organ-within-error", ORGAN)
    _hovering(room, ORGAN, 1.02 * 55.0, "organ-over-limit")


def _hovering(room: Room, name: str, truly_gy: float, condition: str) -> None:
    """Eight scans of the same dose, each with its own error."""
    implant = Implant(room)
    implant.dose_gy[name] = truly_gy
    implant.dose_off_percent = 2.0
    room.wrong(condition, name)
    for n in range(8):
        implant.scan()
        if n == 0:
            implant.finish()
        room.idle(FIVE_MIN_S)


def noise_of_the_finder(room: Room) -> None:
    """One seed in a hundred is not shown, and every tenth scan shows one that is none."""
    implant = Implant(room)
    implant.missing, implant.inventing = 0.01, 0.1
    for _ in range(8):
        implant.scan()
        room.idle(FIVE_MIN_S)


IMPLANT_SCENES: tuple[tuple[str, Callable[[Room], None]], ...] = (
    ("good", implant_goes_well),
    ("bad", target_is_under_covered),
    ("bad", target_is_barely_covered),
    ("bad", organ_is_over_its_limit),
    ("bad", organ_is_near_its_limit),
    ("bad", seed_is_lost),
    ("bad", seed_migrates),
    ("bad", doubtful_find_migrates),
    ("bad", count_does_not_match),
    ("bad", seed_lies_astray),
    ("bad", needle_count_does_not_match),
    ("noisy", dose_hovers_above_its_minimum),
    ("noisy", dose_hovers_below_its_minimum),
    ("noisy", organ_hovers_below_its_limit),
    ("noisy", organ_hovers_above_its_limit),
    ("noisy", noise_of_the_finder),
)
"""Each script with the group that it is counted in."""
