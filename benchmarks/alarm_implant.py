"""An implant in a script: where its seeds truly lie, and scans that show them with errors.

Which seed is which, and which target it counts for, is told by the node's own analysis. The dose
is not computed: a script says what it truly is, and each scan's figure is off by its error.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.alarm_room import LESION, ORGAN, Room
from dosimetry_core.seed_finding import SeedFinding
from dosimetry_core.values import ContouredStructure, FoundSeed, Modality, ZoneKind
from procedure_node.events import (
    Band,
    DoseBandsComputed,
    DoseComputed,
    DvhCurve,
    ScanDiscovered,
    ScanReceived,
    SeedsReported,
    StructureDose,
    StructureDoseBand,
    StructuresReceived,
    StructureSummary,
    TargetAllocated,
    TreatmentFinished,
)
from procedure_node.imaging import wanted_analysis, with_kept_numbers
from procedure_node.imaging.scan_seeds import seeds_of_scan
from procedure_node.state import ScanState

Place = tuple[float, float, float]

SEEDED = "L1"
FRAME = "1.2.8"
SPACING_MM = (2.5, 0.8, 0.8)
FOUND_OFF_MM = (0.15, 0.15, 0.5)
"""How far off seeds are found along x, y and z: docs/seed_finding.md, slices of 2.5 mm."""

CONFIDENCE = 0.999
"""The finder's of a seed that stands well apart from all else."""

SWAYS_MM = 2.0
"""By so much all seeds together lie elsewhere in each scan, along each axis, 1 sigma."""

BAND_PERCENT = 6.0
"""Half of the band of a dose figure: with the strength's error, which is the same in all scans."""

DOSED_AFTER_S, BANDED_AFTER_S = 1, 4
"""From the last image to seeds and dose, and from there to bands: docs/benchmarks.md."""


class Implant:
    """Seeds in ``L1``, near the gallbladder, and what scans show of them.

    Args:
        room: that it lies in; it is told of the contours and of the seeds that were implanted.
        count: of seeds that truly lie in ``L1``.
        reported: how many are reported; as many as there are unless a script says otherwise.

    Attributes:
        places: where seeds truly lie, mm.
        dose_gy: D90 of ``L1`` and D2cc of the gallbladder, as they truly are.
        missing: chance that a scan does not show a seed.
        inventing: chance that a scan shows a seed where there is none.
        confidence: the finder's, of each find.
        dose_off_percent: by so much figures of the same dose differ from scan to scan, 1 sigma.
    """

    def __init__(self, room: Room, count: int = 20, reported: int | None = None) -> None:
        """Draw the contours, implant and report the seeds."""
        self.room = room
        self.places = _scattered(room, count)
        self.dose_gy = {SEEDED: 130.0, ORGAN: 30.0}
        self.missing = self.inventing = 0.0
        self.confidence = CONFIDENCE
        self.dose_off_percent = 1.0
        self._sway = (0.0, 0.0, 0.0)
        self._scans = 0
        room.tell(
            _contours(),
            TargetAllocated(
                lesion=SEEDED, zone=ZoneKind.WHOLE, modality=Modality.SEEDS, reason="suitable"
            ),
        )
        self.report(count if reported is None else reported)

    def report(self, count: int, needle: str | None = None) -> None:
        """So many more seeds are said to be in ``L1``."""
        self.room.tell(
            SeedsReported(
                lesion=SEEDED,
                zone=ZoneKind.WHOLE,
                count=count,
                batch="B1",
                seed_model="Amersham6711",
                strength_u=0.8,
                strength_reference_date=self.room.now.date(),
                needle=needle,
            )
        )

    def add(self, count: int) -> None:
        """Implant and report more seeds."""
        self.places += _scattered(self.room, count, beside=self.places)
        self.report(count)

    def finish(self) -> None:
        """The treatment of ``L1`` is said to be complete."""
        self.room.tell(TreatmentFinished(lesion=SEEDED, zone=ZoneKind.WHOLE))

    def scan(self) -> ScanState:
        """A scan comes and is analysed; the clock goes on meanwhile."""
        uid = self.arrive()
        self.room.run(DOSED_AFTER_S)
        self._find(uid)
        figures = self._dose(uid)
        self.room.run(BANDED_AFTER_S)
        self._band(uid, figures)
        self.room.run(1)
        return self.room.procedure.scans[uid]

    def arrive(self, frame: str = FRAME) -> str:
        """The last image of a scan is there; its UID."""
        self._scans += 1
        uid = f"1.3.{self._scans}"
        self.room.tell(
            ScanDiscovered(series_uid=uid, description="control scan"),
            ScanReceived(
                series_uid=uid,
                frame_of_reference_uid=frame,
                acquired_at=self.room.now,
                image_count=80,
                spacing_mm=SPACING_MM,
                directory=f"spool/{uid}",
                content_sha256="a" * 64,
            ),
        )
        return uid

    def number_of(self, scan: ScanState, place: Place) -> str:
        """The number of the seed that truly lies at a place, by the scan that was just made."""
        assert scan.seeds is not None
        at = np.add(place, self._sway)
        nearest = min(
            scan.seeds.seeds,
            key=lambda seed: float(np.linalg.norm(np.subtract(seed.center_mm, at))),
        )
        return str(nearest.seed_id)

    def _find(self, uid: str) -> None:
        request = wanted_analysis(self.room.procedure, {}, Path("views"))
        assert request is not None
        assert request.series_uid == uid
        found = SeedFinding(
            tuple(FoundSeed(p, (0.0, 0.0, 1.0), self.confidence) for p in self._shown()), ()
        )
        told = seeds_of_scan(request, found, SPACING_MM, {SEEDED: _cube()})
        payloads = [p for p in (told.found, told.identified) if p is not None]
        self.room.tell(*with_kept_numbers(self.room.procedure, payloads))

    def _shown(self) -> list[Place]:
        random = self.room.random
        x, y, z = (random.gauss(0.0, SWAYS_MM) for _ in range(3))
        self._sway = (x, y, z)
        shown = [self._off(place) for place in self.places if random.random() >= self.missing]
        if random.random() < self.inventing:
            shown.append(_within(self.room, 18.0))
        return shown

    def _off(self, place: Place) -> Place:
        x, y, z = (
            at + by + self.room.random.gauss(0.0, sd)
            for at, by, sd in zip(place, self._sway, FOUND_OFF_MM, strict=True)
        )
        return x, y, z

    def _dose(self, uid: str) -> dict[str, float]:
        figures = {
            name: truly * (1.0 + self.room.random.gauss(0.0, self.dose_off_percent / 100.0))
            for name, truly in self.dose_gy.items()
        }
        self.room.tell(
            DoseComputed(
                series_uid=uid,
                seed_models=("Amersham6711",),
                seed_count=len(self.places),
                structures=tuple(_dose_of(name, dose) for name, dose in figures.items()),
            )
        )
        return figures

    def _band(self, uid: str, figures: dict[str, float]) -> None:
        self.room.tell(
            DoseBandsComputed(
                series_uid=uid,
                position_sd_mm=1.0,
                strength_sd_percent=3.0,
                registration_sd_mm=1.0,
                structures=tuple(_band_of(name, dose) for name, dose in figures.items()),
            )
        )


def _v100_percent(d90_gy: float) -> float:
    """A share that is 90 % where D90 is the prescription, as D90 means it."""
    return min(100.0, 90.0 + 0.5 * (d90_gy - 110.0))


def _dose_of(name: str, dose_gy: float) -> StructureDose:
    target = name == SEEDED
    return StructureDose(
        name=name,
        volume_cc=30.0,
        prescription_gy=110.0 if target else None,
        d90_gy=dose_gy if target else 0.3 * dose_gy,
        d100_gy=0.2 * dose_gy,
        v100_percent=_v100_percent(dose_gy) if target else None,
        v150_percent=40.0 if target else None,
        v200_percent=10.0 if target else None,
        d2cc_gy=dose_gy,
        d0_1cc_gy=1.2 * dose_gy,
        dvh=DvhCurve(dose_gy=(0.0, dose_gy), volume_percent=(100.0, 90.0)),
    )


def _band_of(name: str, dose_gy: float) -> StructureDoseBand:
    low, high = (dose_gy * (1.0 + sign * BAND_PERCENT / 100.0) for sign in (-1.0, 1.0))
    dose = Band(low=low, high=high)
    if name != SEEDED:
        return StructureDoseBand(
            name=name, d90_gy=None, v100_percent=None, d2cc_gy=dose, d0_1cc_gy=None
        )
    share = Band(low=_v100_percent(low), high=_v100_percent(high))
    return StructureDoseBand(
        name=name, d90_gy=dose, v100_percent=share, d2cc_gy=None, d0_1cc_gy=None
    )


def _contours() -> StructuresReceived:
    targets = [
        StructureSummary(
            name=lesion, role="TARGET", lesion=lesion, zone=ZoneKind.WHOLE, volume_cc=30.0
        )
        for lesion in (SEEDED, LESION)
    ]
    organ = StructureSummary(name=ORGAN, role="ORGAN", volume_cc=30.0)
    return StructuresReceived(
        structure_set_uid="1.2.9",
        frame_of_reference_uid=FRAME,
        path="structures.dcm",
        structures=(*targets, organ),
    )


def _cube(half_mm: float = 25.0) -> ContouredStructure:
    """The contours of ``L1``, about the origin."""
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    planes = np.arange(-half_mm, half_mm + 0.1, SPACING_MM[0])
    return ContouredStructure(
        SEEDED,
        tuple(np.array([(half_mm * x, half_mm * y, z) for x, y in corners]) for z in planes),
    )


def _scattered(room: Room, count: int, beside: Sequence[Place] = ()) -> list[Place]:
    """Places in a ball of 18 mm that are at least 5 mm from each other."""
    places: list[Place] = []
    while len(places) < count:
        place = _within(room, 18.0)
        if all(np.linalg.norm(np.subtract(place, other)) > 5.0 for other in (*beside, *places)):
            places.append(place)
    return places


def _within(room: Room, radius_mm: float) -> Place:
    while True:
        x, y, z = (room.random.uniform(-radius_mm, radius_mm) for _ in range(3))
        if x * x + y * y + z * z < radius_mm * radius_mm:
            return x, y, z
