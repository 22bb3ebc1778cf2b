"""A contoured structure as a stack of slabs, thin where its cross-section changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures.errors import StructureError
from dosimetry_core.structures.frame import Frame
from dosimetry_core.structures.planes import Plane, planes_of
from dosimetry_core.structures.scanline import boxes_of, enclosed_mm2
from dosimetry_core.structures.sections import Run, Steps
from dosimetry_core.structures.uncertainty import run_error_mm3, single_plane_error_mm3
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]

BREAK_RATIO = 2.5
"""A gap so many times wider than both gaps beside it parts the structure in two."""
WIDEST_GAP_MM = 15.0
"""Planes farther apart than this say too little of what is between them."""
THINNEST_SLAB_MM = 1e-6
"""Anything thinner is rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Slab:
    """One cross-section, and the part of the stack that it stands for.

    Attributes:
        height_mm: where along the stack the cross-section is.
        lower_mm: where the slab begins, included.
        upper_mm: excluded.
        edges: shape (m, 4), x0, y0, x1, y1 mm of all outlines, in the axes of the stack.
        boxes: bounding boxes of runs of edges (see ``boxes_of``).
        area_mm2: area inside.
    """

    height_mm: float
    lower_mm: float
    upper_mm: float
    edges: FloatArray
    boxes: FloatArray
    area_mm2: float

    @property
    def thickness_mm(self) -> float:
        """Height of the slab."""
        return self.upper_mm - self.lower_mm


@dataclass(frozen=True, slots=True, eq=False)
class SlabStack:
    """A structure's slabs from low to high; they do not overlap.

    Attributes:
        name: the structure's name.
        frame: the axes that everything else here is given along.
        slabs: at least one.
        limits_mm: (slabs, 2), where each begins and ends.
        piles_mm: (slabs, 2), the same of the unbroken pile that each belongs to.
        lower_mm: (3,), low corner of the bounding box.
        upper_mm: (3,), high corner.
        volume_error_mm3: see ``volume_estimate``.
    """

    name: str
    frame: Frame
    slabs: tuple[Slab, ...]
    limits_mm: FloatArray
    piles_mm: FloatArray
    lower_mm: FloatArray
    upper_mm: FloatArray
    volume_error_mm3: float

    @property
    def volume_mm3(self) -> float:
        """Sum of area times thickness."""
        return sum(slab.area_mm2 * slab.thickness_mm for slab in self.slabs)

    def slab_numbers(self, heights_mm: FloatArray) -> NDArray[np.intp]:
        """Which slab holds each height; -1 for none."""
        number = np.searchsorted(self.limits_mm[:, 0], heights_mm, side="right") - 1
        return np.where(heights_mm < self.limits_mm[number, 1], number, -1)


@lru_cache(maxsize=256)
def slab_stack(structure: ContouredStructure, plane_spacing_mm: float | None = None) -> SlabStack:
    """Read a structure as slabs.

    Between planes the outline is interpolated (see ``levels``), and the gap is cut into as many
    slabs as its change needs: none where the planes hardly differ, so that each reaches half-way.
    Beyond its last plane a structure ends where its outline closes, if that is before the next
    plane would come; otherwise half a gap away. A gap more than 2.5 times as wide as those beside
    it is taken as a real one: the structure ends on either side of it.

    Args:
        structure: closed polygons in parallel planes.
        plane_spacing_mm: spacing of the images that were contoured; needed where a plane stands
            alone and nothing else tells its thickness.

    Returns:
        The stack; made once per structure object.

    Raises:
        StructureError: there is no polygon with an area, one is not planar, not parallel to the
            others or not finite, polygons of a plane cancel each other, or the thickness of a plane
            cannot be known.
        ValueError: ``plane_spacing_mm`` is not above zero.
    """
    if plane_spacing_mm is not None and not plane_spacing_mm > 0:
        raise ValueError(f"plane_spacing_mm must be above zero, is {plane_spacing_mm}")
    frame, planes = planes_of(structure)
    gaps = [high.height_mm - low.height_mm for low, high in pairwise(planes)]
    runs, lone_mm = _runs(structure.name, planes, gaps, plane_spacing_mm)
    slabs: list[Slab] = []
    error_mm3 = 0.0
    for run in runs:
        if len(run) > 1:
            refined = Run(run)
            steps = _all_steps(refined)
            slabs += _slabs_of(refined, steps)
            error_mm3 += run_error_mm3(refined, steps)
            continue
        if lone_mm is None:
            where = "z =" if frame.is_axial else "place"
            raise StructureError(
                f"{structure.name}: the plane at {where} {run[0].height_mm:g} mm stands alone, so "
                "its thickness is not known; give the spacing of the contoured images"
            )
        low, high = run[0].height_mm - lone_mm / 2, run[0].height_mm + lone_mm / 2
        slabs.append(_slab(run[0].height_mm, low, high, run[0].edges, run[0].area_mm2))
        error_mm3 += single_plane_error_mm3(run[0], lone_mm)
    slabs = _in_order(slabs)
    corners = np.concatenate([slab.edges[:, :2] for slab in slabs])
    limits = np.array([(slab.lower_mm, slab.upper_mm) for slab in slabs])
    return SlabStack(
        structure.name,
        frame,
        tuple(slabs),
        limits,
        _piles(limits),
        np.array([*corners.min(axis=0), slabs[0].lower_mm]),
        np.array([*corners.max(axis=0), slabs[-1].upper_mm]),
        error_mm3,
    )


def _runs(
    name: str, planes: Sequence[Plane], gaps: Sequence[float], plane_spacing_mm: float | None
) -> tuple[list[list[Plane]], float | None]:
    """Planes that hang together, and the thickness of one that stands alone, if it is known."""
    breaks = [_is_break(gaps, n) for n in range(len(gaps))]
    joined = [gap for gap, broken in zip(gaps, breaks, strict=True) if not broken]
    if joined and max(joined) > WIDEST_GAP_MM:
        raise StructureError(
            f"{name}: planes are {max(joined):g} mm apart, more than {WIDEST_GAP_MM:g} mm; "
            "contours are missing between them"
        )
    runs = [[planes[0]]]
    for plane, broken in zip(planes[1:], breaks, strict=True):
        if broken:
            runs.append([plane])
        else:
            runs[-1].append(plane)
    median = float(np.median(joined)) if joined else None
    return runs, median if plane_spacing_mm is None else plane_spacing_mm


def _is_break(gaps: Sequence[float], n: int) -> bool:
    beside = [*gaps[max(0, n - 1) : n], *gaps[n + 1 : n + 2]]
    return bool(beside) and gaps[n] > BREAK_RATIO * max(beside)


def _all_steps(run: Run) -> list[Steps]:
    """Steps below, between and above the planes of a run."""
    gaps = len(run.planes) - 1
    return [run.beyond(0), *(run.over_gap(gap) for gap in range(gaps)), run.beyond(-1)]


def _slabs_of(run: Run, steps: Sequence[Steps]) -> Iterator[Slab]:
    """The slabs of a run, from low to high."""
    below, *inner, above = steps
    first, last = run.planes[0], run.planes[-1]
    limits = first.height_mm - np.cumsum(below.thickness_mm)
    yield from reversed(list(_pieces(first.height_mm, -1, limits, below)))
    lower = float(limits[0])
    for plane, over in zip(run.planes[:-1], inner, strict=True):
        limits = plane.height_mm + np.cumsum(over.thickness_mm)
        yield _slab(plane.height_mm, lower, float(limits[0]), plane.edges, plane.area_mm2)
        yield from _pieces(plane.height_mm, 1, limits[:-1], over)
        lower = float(limits[-2])
    limits = last.height_mm + np.cumsum(above.thickness_mm)
    yield _slab(last.height_mm, lower, float(limits[0]), last.edges, last.area_mm2)
    yield from _pieces(last.height_mm, 1, limits, above)


def _pieces(start_mm: float, turn: int, limits_mm: FloatArray, steps: Steps) -> Iterator[Slab]:
    """Slabs of the sections of some steps; those with nothing inside are left out."""
    between = pairwise(limits_mm.tolist())
    for (near, far), (away_mm, edges) in zip(between, steps.sections, strict=True):
        low, high = sorted((near, far))
        if edges.shape[0] and high - low > THINNEST_SLAB_MM:
            yield _slab(start_mm + turn * away_mm, low, high, edges, enclosed_mm2(edges))


def _slab(
    height_mm: float, lower_mm: float, upper_mm: float, edges: FloatArray, area_mm2: float
) -> Slab:
    return Slab(height_mm, lower_mm, upper_mm, edges, boxes_of(edges), area_mm2)


def _in_order(slabs: list[Slab]) -> list[Slab]:
    """Slabs of runs that reach towards each other end where the next begins."""
    kept: list[Slab] = []
    for slab, following in zip(slabs, [*slabs[1:], None], strict=True):
        upper = slab.upper_mm if following is None else min(slab.upper_mm, following.lower_mm)
        if upper == slab.upper_mm:
            kept.append(slab)
        elif upper - slab.lower_mm > THINNEST_SLAB_MM:
            kept.append(_slab(slab.height_mm, slab.lower_mm, upper, slab.edges, slab.area_mm2))
    return kept


def _piles(limits_mm: FloatArray) -> FloatArray:
    """Bottom and top of the unbroken pile that each slab belongs to."""
    apart = limits_mm[1:, 0] - limits_mm[:-1, 1] > THINNEST_SLAB_MM
    first = np.concatenate([[0], np.flatnonzero(apart) + 1])
    last = np.concatenate([np.flatnonzero(apart), [limits_mm.shape[0] - 1]])
    counts = last - first + 1
    ends = np.stack([limits_mm[first, 0], limits_mm[last, 1]], axis=1)
    return np.repeat(ends, counts, axis=0)
