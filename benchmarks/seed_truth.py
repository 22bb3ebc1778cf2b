"""Scans with known seeds from files, and what each find in them really is."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dosimetry_core.values import Lookalike, Volume

MATCH_MM = 3.0
_FAR = 1e3
_METAL_MM = 3.6, 0.5  # length and thickness of what a seed shows: its marker and the capsule's ends

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Thing:
    """Metal or stone that is no seed: a straight piece with a radius."""

    kind: Lookalike
    start_mm: Points
    end_mm: Points
    radius_mm: float

    def distance_mm(self, points: Points) -> Points:
        """Distance of points (n, 3) from its surface."""
        along = self.end_mm - self.start_mm
        length2 = max(float(along @ along), 1e-9)
        share = np.clip((points - self.start_mm) @ along / length2, 0.0, 1.0)
        return np.linalg.norm(points - self.start_mm - share[:, None] * along, axis=1) - (
            self.radius_mm
        )


@dataclass(frozen=True)
class KnownScan:
    """A scan and the truth."""

    name: str
    scan: Volume
    centers_mm: Points
    axes: Points
    kinds: tuple[str, ...]
    things: tuple[Thing, ...]

    @property
    def anatomy(self) -> str:
        """The same for all scans of one real patient: the letters that the name begins with."""
        return re.split(r"[-_0-9]", self.name)[0]


def read_scan(path: Path) -> KnownScan:
    """Read a file with ``volume_hu`` [k, j, i] int16, ``spacing_zyx``, ``origin_zyx`` (mm).

    Where there are seeds also ``seeds_xyz`` (mm), ``seeds_dir`` (unit); and what else there is in
    ``needles_json`` and ``distractors_json``.
    """
    with np.load(path) as data:
        values = data["volume_hu"]
        affine = np.diag([*data["spacing_zyx"][::-1], 1.0])
        affine[:3, 3] = data["origin_zyx"][::-1]
        centers = data["seeds_xyz"] if "seeds_xyz" in data else np.empty((0, 3))
        axes = data["seeds_dir"] if "seeds_dir" in data else np.empty((0, 3))
        kinds = data["seeds_kind"] if "seeds_kind" in data else ["single"] * len(centers)
        needles = json.loads(str(data["needles_json"])) if "needles_json" in data else []
        others = json.loads(str(data["distractors_json"])) if "distractors_json" in data else []
    things = [part for needle in needles for part in _needle(needle)] + [_other(o) for o in others]
    return KnownScan(
        path.stem, Volume(values, affine), centers, axes, tuple(map(str, kinds)), tuple(things)
    )


def _needle(needle: Mapping[str, object]) -> list[Thing]:
    tip, ahead = np.array(needle["tip"]), np.array(needle["dir"])
    length, radius = float(str(needle["length"])), 0.5 * float(str(needle["od"]))
    knee = tip - min(8.0, length) * ahead
    return [
        Thing(Lookalike.NEEDLE_TIP, tip, knee, radius),
        Thing(Lookalike.NEEDLE, knee, tip - length * ahead, radius),
    ]


_KINDS = {
    "ti_clip": Lookalike.CLIP,
    "gold_fiducial": Lookalike.FIDUCIAL,
    "calcification": Lookalike.CALCIFICATION,
}


def _other(other: Mapping[str, object]) -> Thing:
    center, axis = np.array(other["center"]), np.array(other["dir"])
    half = 0.5 * float(str(other["length"])) * axis
    kind = _KINDS[str(other["kind"])]
    return Thing(kind, center - half, center + half, float(str(other["radius"])))


def open_across_slices_mm(known: KnownScan) -> Points:
    """Error along z (n,), mm, that no method can avoid which sees each seed by itself.

    The metal of a seed that lies within one slice fills the same voxels wherever in it it lies: the
    middle of the slice is the best answer then. It is zero where the metal crosses into another.
    """
    if not len(known.centers_mm):
        return np.empty(0)
    slice_mm, first_mm = known.scan.spacing_mm[0], float(known.scan.affine[2, 3])
    tilt = np.abs(known.axes[:, 2])
    height_mm = _METAL_MM[0] * tilt + _METAL_MM[1] * np.sqrt(1.0 - tilt**2)
    at = (known.centers_mm[:, 2] - first_mm) / slice_mm
    off_mm = np.abs(at - np.round(at)) * slice_mm
    return np.where(off_mm + 0.5 * height_mm < 0.5 * slice_mm, off_mm, 0.0)


def matched(found: Points, truth: Points) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which finds are which true seeds, one to one, within ``MATCH_MM``."""
    gaps = np.linalg.norm(found[:, None] - truth[None], axis=2)
    mine, its = linear_sum_assignment(np.where(gaps < MATCH_MM, gaps, _FAR))
    near = gaps[mine, its] < MATCH_MM
    return mine[near], its[near]


def kind_of(center: Points, known: KnownScan, around_hu: float, dense: float) -> Lookalike:
    """What a find is that is no seed: the nearest thing, else bone or a streak by its surroundings.

    Args:
        center: shape (3,).
        known: the truth.
        around_hu: HU that a quarter of its surroundings stay below.
        dense: share of its surroundings that are as dense as bone.
    """
    slack = 2.0 + 0.4 * known.scan.spacing_mm[0]
    near = [(float(thing.distance_mm(center[None])[0]), thing.kind) for thing in known.things]
    if len(known.centers_mm):
        gap = float(np.linalg.norm(known.centers_mm - center, axis=1).min())
        near.append((gap - 1.5, Lookalike.SAME_SEED))
    distance, kind = min(near, default=(_FAR, Lookalike.STREAK))
    if distance <= slack:
        return kind
    return Lookalike.BONE if dense > 0.25 or around_hu > 150.0 else Lookalike.STREAK
