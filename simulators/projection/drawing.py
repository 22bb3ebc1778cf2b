"""Implants drawn at random: seeds along needle tracks, needles that stand, and distractors."""

import math
from dataclasses import dataclass

import numpy as np

from dosimetry_core.values import Vector
from simulators.projection.hardware import CAPSULE_LENGTH_MM, SeedModel
from simulators.projection.implant import Distractor, Implant, PlacedSeed, PlacedShaft
from simulators.projection.segments import (
    FloatArray,
    across,
    in_ball,
    segment_gap,
    unit,
    vector_of,
)

NEEDLE_MM, NEEDLE_LUMENS_MM, NEEDLE_LENGTH_MM = 1.27, (0.0, 0.84), 200.0
"""18 gauge (ISO 9626): with its stylet in, or empty."""
PROBE_MM, PROBE_LENGTH_MM = (1.7, 2.1, 2.4), 180.0
"""Outer diameters of cryoprobes of 16, 14 and 13 gauge, rounded."""
STRAND_MM = 10.0
"""Centre to centre of seeds in a strand."""

_PAIR_KINDS = ("end", "side", "cross", "vee")
_LOOSE_MM = (6.0, 10.0)
_TRACK_MM = 7.0
_TOUCHING_MM = 0.81  # between the axes of two capsules of 0.8 mm
_PAIR_ROOM_MM, _SEED_ROOM_MM, _DISTRACTOR_ROOM_MM = 2.5, 3.0, 1.5
_TRIES = 400
_Pose = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to draw.

    Attributes:
        seeds: how many, those in close pairs among them.
        close_pairs: how many pairs touch or cross; they take turns of end, side, cross and vee.
        needles: that stand on tracks.
        probes: cryoprobes.
        clips: of titanium.
        fiducials: of gold.
        calcifications: balls of 1.2 to 2.2 mm radius.
        stranded_share: probability that a track holds a strand and no loose seeds.
        model: of the seeds.
    """

    seeds: int = 40
    close_pairs: int = 4
    needles: int = 6
    probes: int = 0
    clips: int = 2
    fiducials: int = 1
    calcifications: int = 3
    stranded_share: float = 0.0
    model: SeedModel = SeedModel.SILVER_ROD


STANDARD = Recipe()
HARD = Recipe(seeds=67, close_pairs=16)
SEEDLESS = Recipe(
    seeds=0, close_pairs=0, needles=2, probes=2, clips=3, fiducials=2, calcifications=5
)


def draw_implant(
    recipe: Recipe,
    lesion_center_mm: Vector,
    lesion_semi_axes_mm: Vector,
    approach: Vector,
    seed: int,
) -> Implant:
    """Draw an implant; no two of its parts overlap.

    Args:
        recipe: how many of what.
        lesion_center_mm: LPS.
        lesion_semi_axes_mm: of the ellipsoid that holds the seeds, along x, y and z.
        approach: direction in which needles are pushed, roughly.
        seed: of the random numbers.

    Raises:
        ValueError: the lesion has no room for all of it.
    """
    drawing = _Drawing(recipe, lesion_center_mm, lesion_semi_axes_mm, approach, seed)
    tracks = drawing.tracks()
    drawing.pairs(len(tracks))
    drawing.singles(tracks)
    drawing.needles(tracks)
    drawing.probes()
    drawing.distract()
    return Implant(
        lesion_center_mm,
        lesion_semi_axes_mm,
        tuple(drawing.seeds),
        tuple(drawing.shafts),
        tuple(drawing.distractors),
    )


class _Drawing:
    """What has been placed so far."""

    def __init__(
        self, recipe: Recipe, center: Vector, semi_axes: Vector, approach: Vector, seed: int
    ) -> None:
        self._recipe = recipe
        self._center = np.array(center, dtype=np.float64)
        self._semi = np.array(semi_axes, dtype=np.float64)
        self._rng = np.random.default_rng(seed)
        self._ahead = unit(np.array(approach, dtype=np.float64))
        self.seeds: list[PlacedSeed] = []
        self.shafts: list[PlacedShaft] = []
        self.distractors: list[Distractor] = []

    def tracks(self) -> list[_Pose]:
        """Points in the lesion's middle plane and directions, on a scattered lattice, shuffled."""
        side, up = across(self._ahead)
        most = int(float(self._semi.max()) // _TRACK_MM)
        made: list[_Pose] = []
        for a in range(-most, most + 1):
            for b in range(-most, most + 1):
                offset = _TRACK_MM * (a * side + b * up) + self._rng.normal(scale=1.0, size=3)
                direction = self._tilted(0.06)
                if float(np.linalg.norm(offset / self._semi)) <= 0.95:
                    made.append((self._center + offset, direction))
        return [made[n] for n in self._rng.permutation(len(made))]

    def pairs(self, tracks: int) -> None:
        """Seeds that touch, cross or stand end to end."""
        for n in range(self._recipe.close_pairs):
            kind = _PAIR_KINDS[n % len(_PAIR_KINDS)]
            for _ in range(_TRIES):
                middle = self._center + self._semi * in_ball(self._rng) * 0.85
                first, second = self._partners(kind, middle, self._tilted(0.15))
                gap = segment_gap(*first, CAPSULE_LENGTH_MM, *second, CAPSULE_LENGTH_MM)
                if gap >= _TOUCHING_MM and all(
                    self._free(*pose, CAPSULE_LENGTH_MM, _PAIR_ROOM_MM) for pose in (first, second)
                ):
                    break
            else:
                raise ValueError(f"the lesion has no room for {self._recipe.close_pairs} pairs")
            track = int(self._rng.integers(tracks))
            for pose in (first, second):
                self._place(pose, kind, None, track)

    def singles(self, tracks: list[_Pose]) -> None:
        """Loose and stranded seeds along the tracks; nearer to each other if it must be."""
        strands = 0
        for squeeze in (1.0, 0.8, 0.65, 0.5):
            for number, (point, direction) in enumerate(tracks):
                stranded = bool(self._rng.random() < self._recipe.stranded_share)
                before = len(self.seeds)
                at = -float(self._semi.max()) + float(self._rng.uniform(0.0, 6.0))
                while at < float(self._semi.max()):
                    if len(self.seeds) >= self._recipe.seeds:
                        return
                    pose = point + at * direction, direction
                    if not stranded:
                        pose = (
                            pose[0] + self._rng.normal(scale=0.6, size=3),
                            unit(direction + self._rng.normal(scale=0.12, size=3)),
                        )
                    room = _SEED_ROOM_MM * squeeze
                    if self._inside(pose[0]) and self._free(*pose, CAPSULE_LENGTH_MM, room):
                        self._place(pose, "single", strands if stranded else None, number)
                    at += STRAND_MM if stranded else float(self._rng.uniform(*_LOOSE_MM)) * squeeze
                strands += int(stranded and len(self.seeds) > before)
        if len(self.seeds) < self._recipe.seeds:
            raise ValueError(
                f"the lesion holds {len(self.seeds)} of {self._recipe.seeds} seeds: make it larger"
            )

    def needles(self, tracks: list[_Pose]) -> None:
        """Needles on tracks, their tips in the lesion."""
        for _ in range(self._recipe.needles):
            for _ in range(_TRIES):
                track = int(self._rng.integers(len(tracks)))
                point, direction = tracks[track]
                depth = float(self._rng.uniform(-0.8, 0.6)) * float(self._semi.min())
                tip = point + depth * direction + self._rng.normal(scale=1.2, size=3)
                lumen = float(self._rng.choice(NEEDLE_LUMENS_MM))
                if self._stand(tip, direction, NEEDLE_LENGTH_MM, NEEDLE_MM, lumen, track):
                    break
            else:
                raise ValueError(f"the lesion has no room for {self._recipe.needles} needles")

    def probes(self) -> None:
        """Cryoprobes, their tips in the lesion."""
        for _ in range(self._recipe.probes):
            diameter = float(self._rng.choice(PROBE_MM))
            for _ in range(_TRIES):
                direction = self._tilted(0.25)
                tip = self._center + self._semi * in_ball(self._rng) * 0.7
                if self._stand(tip, direction, PROBE_LENGTH_MM, diameter, 0.5 * diameter, None):
                    break
            else:
                raise ValueError(f"the lesion has no room for {self._recipe.probes} probes")

    def distract(self) -> None:
        """Clips, fiducials and calcifications in the lesion's rim and round it."""
        for kind, length, count in (
            ("ti_clip", 6.0, self._recipe.clips),
            ("gold_fiducial", 3.0, self._recipe.fiducials),
            ("calcification", 0.0, self._recipe.calcifications),
        ):
            for _ in range(count):
                self._distractor(kind, length)

    def _distractor(self, kind: str, length: float) -> None:
        for _ in range(_TRIES):
            outwards = unit(self._rng.normal(size=3)) * float(self._rng.uniform(0.75, 1.35))
            center = self._center + self._semi * outwards
            axis, radius, share = unit(self._rng.normal(size=3)), 0.5, 0.0
            if length == 0.0:
                radius = float(self._rng.uniform(1.2, 2.2))
                share = float(self._rng.uniform(0.15, 0.5))
            if self._free(center, axis, length, _DISTRACTOR_ROOM_MM + radius):
                self.distractors.append(
                    Distractor(kind, vector_of(center), vector_of(axis), length, radius, share)
                )
                return
        raise ValueError(f"there is no room for another {kind} round the lesion")

    def _stand(
        self,
        tip: FloatArray,
        direction: FloatArray,
        length: float,
        diameter: float,
        lumen: float,
        track: int | None,
    ) -> bool:
        """Place a shaft if it fits; whether it did."""
        middle = tip - direction * length / 2.0
        if not self._free(middle, direction, length, 0.5 + diameter / 2.0):
            return False
        self.shafts.append(
            PlacedShaft(vector_of(tip), vector_of(direction), length, diameter, lumen, track)
        )
        return True

    def _partners(self, kind: str, middle: FloatArray, axis: FloatArray) -> tuple[_Pose, _Pose]:
        """Two seeds about a point, as the kind of pair has them."""
        side, up = across(axis)
        turn = float(self._rng.uniform(0.0, 2.0 * math.pi))
        beside = math.cos(turn) * side + math.sin(turn) * up
        third = np.cross(axis, beside)
        if kind == "end":
            half = axis * float(self._rng.uniform(4.6, 5.4)) / 2.0
            return (middle - half, axis), (middle + half, unit(axis + 0.08 * beside))
        half = beside * float(self._rng.uniform(0.9, 1.5)) / 2.0
        if kind == "side":
            slipped = half + axis * float(self._rng.uniform(0.0, 0.6))
            return (middle - slipped, axis), (middle + slipped, unit(axis + 0.06 * third))
        low, high = (50.0, 90.0) if kind == "cross" else (25.0, 50.0)
        angle = math.radians(float(self._rng.uniform(low, high)))
        other = math.cos(angle) * axis + math.sin(angle) * third
        pivot = 0.0 if kind == "cross" else 2.0
        return (middle - half, axis), (middle + half + pivot * (other - axis), other)

    def _free(self, center: FloatArray, axis: FloatArray, length: float, room: float) -> bool:
        """Whether a rod keeps ``room`` from the axes of all that is there, and overlaps nothing."""
        taken = [
            (np.array(s.center_mm), np.array(s.axis), CAPSULE_LENGTH_MM, 0.4) for s in self.seeds
        ]
        for shaft in self.shafts:
            direction = np.array(shaft.direction)
            middle = np.array(shaft.tip_mm) - direction * shaft.length_mm / 2.0
            taken.append((middle, direction, shaft.length_mm, shaft.diameter_mm / 2.0))
        taken += [
            (np.array(one.center_mm), np.array(one.axis), one.length_mm, one.radius_mm)
            for one in self.distractors
        ]
        return all(
            segment_gap(center, axis, length, other, other_axis, other_length)
            >= max(room, 0.5 + radius)
            for other, other_axis, other_length, radius in taken
        )

    def _inside(self, point: FloatArray) -> bool:
        return float(np.linalg.norm((point - self._center) / self._semi)) <= 1.0

    def _tilted(self, scale: float) -> FloatArray:
        return unit(self._ahead + self._rng.normal(scale=scale, size=3))

    def _place(self, pose: _Pose, kind: str, strand: int | None, track: int) -> None:
        center, axis = (vector_of(one) for one in pose)
        self.seeds.append(PlacedSeed(center, axis, kind, self._recipe.model, strand, track))
