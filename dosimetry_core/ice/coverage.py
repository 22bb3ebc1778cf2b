"""What ice covers of a target, by what margin, and how near it comes to an organ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.ice.errors import IceError
from dosimetry_core.ice.field import distance_round
from dosimetry_core.ice.mesh import Mesh, mesh_of, share_below
from dosimetry_core.ice.solid import Estimate, IceSolid, share_within, within
from dosimetry_core.structures import StructureError
from dosimetry_core.values import ContouredStructure, Vector, Volume

FloatArray = NDArray[np.float64]

MARGIN_CLASSES_MM = (0.0, 5.0)
"""Limits between the classes of a surface's margin: not covered, short, enough. 5 mm is the ice
beyond the lesion that is aimed at: CVIR 2014, PMID 24385225."""


@dataclass(frozen=True, slots=True)
class IceCoverage:
    """What ice does for one structure.

    Attributes:
        covered_percent: share of the structure's volume inside the ice.
        minimum_margin_mm: least signed distance from the structure's surface to the ice surface;
            negative where the structure sticks out; None without any ice.
        margin_place_mm: where on the structure's surface that is, LPS; None without any ice.
        surface_cm2: area of the structure's surface.
        margin_percent: share of that surface whose margin is < 0, 0 to 5, and >= 5 mm.
        unfrozen_cc: volume of the structure outside the ice.
        unfrozen_center_mm: the middle of that, LPS; None where there is none.
    """

    covered_percent: Estimate
    minimum_margin_mm: Estimate | None
    margin_place_mm: Vector | None
    surface_cm2: float
    margin_percent: tuple[Estimate, Estimate, Estimate]
    unfrozen_cc: Estimate
    unfrozen_center_mm: Vector | None


@dataclass(frozen=True, slots=True)
class IceNear:
    """How ice lies to an organ at risk.

    Attributes:
        spill_cc: volume of the organ inside the ice.
        approach_mm: least distance from the ice surface to the organ's; negative where the ice
            reaches into it; None without any ice.
        place_mm: where on the organ's surface that is, LPS; None without any ice.
    """

    spill_cc: Estimate
    approach_mm: Estimate | None
    place_mm: Vector | None


def ice_coverage(ice: IceSolid, structure: ContouredStructure | Volume) -> IceCoverage:
    """Cover of a structure by ice, and the margin over its surface.

    Args:
        ice: see ``ice_solid``.
        structure: contours, or the signed distance from its surface (mm, positive outside) on a
            grid with cubic voxels that holds all of it.

    Raises:
        IceError: the structure has no sound shape, is empty or reaches the edge of its grid.
    """
    solid = _Solid(structure)
    share, depth_mm = solid.shares, ice.depth_mm(solid.points_mm)
    frozen = [share * within(depth_mm + shift, solid.voxel_mm) for shift in ice.shifts_mm()]
    left = np.maximum(share - frozen[0], 0.0)
    total = float(share.sum())
    covered = [100.0 * float(one.sum()) / total for one in frozen]
    unfrozen = [solid.cc(share - one) for one in (frozen[0], frozen[2], frozen[1])]
    least, place = _least(ice, solid.mesh)
    return IceCoverage(
        covered_percent=Estimate(*covered),
        minimum_margin_mm=least,
        margin_place_mm=place,
        surface_cm2=float(solid.mesh.areas_mm2.sum()) / 100.0,
        margin_percent=_margin_percent(ice, solid.mesh),
        unfrozen_cc=Estimate(*unfrozen),
        unfrozen_center_mm=_middle(solid.points_mm, left) if unfrozen[0] > 0.0 else None,
    )


def ice_near(ice: IceSolid, organ: ContouredStructure | Volume) -> IceNear:
    """How near ice comes to an organ, and how much of the organ it holds.

    Arguments and errors are those of ``ice_coverage``.
    """
    solid = _Solid(organ)
    depth_mm = ice.depth_mm(solid.points_mm)
    spill = [
        solid.cc(solid.shares * within(depth_mm + shift, solid.voxel_mm))
        for shift in ice.shifts_mm()
    ]
    if ice.is_empty:
        return IceNear(Estimate(*spill), None, None)
    corners = solid.mesh.corners_mm.reshape(-1, 3)
    outside_mm = -ice.depth_mm(corners)
    nearest = int(outside_mm.argmin())
    return IceNear(
        Estimate(*spill), _at_one_place(float(outside_mm[nearest]), ice), _vector(corners[nearest])
    )


class _Solid:
    """A structure as what is summed over: voxels with their share of it, and its surface."""

    def __init__(self, structure: ContouredStructure | Volume) -> None:
        distance = _distance(structure)
        share = share_within(distance)
        kji = np.argwhere(share > 0)
        self.voxel_mm = distance.spacing_mm[0]
        self.shares: FloatArray = share[tuple(kji.T)]
        self.points_mm = distance.to_patient_mm(kji.astype(np.float64))
        self.mesh = mesh_of(distance)

    def cc(self, shares: FloatArray) -> float:
        """Volume of so much of each voxel."""
        return max(0.0, float(shares.sum())) * self.voxel_mm**3 / 1000.0


def _distance(structure: ContouredStructure | Volume) -> Volume:
    if isinstance(structure, ContouredStructure):
        try:
            return distance_round(structure)
        except StructureError as error:
            raise IceError(str(error)) from error
    if np.ptp(structure.spacing_mm) > 1e-3 * structure.spacing_mm[0]:
        raise IceError("the distances of a structure need cubic voxels")
    inside = structure.values < 0
    if not inside.any():
        raise IceError("the structure has no volume on the grid that was given")
    inside[1:-1, 1:-1, 1:-1] = False
    if inside.any():
        raise IceError(
            "the structure reaches the edge of its grid: give a grid that holds all of it, "
            "with at least one voxel around"
        )
    return structure


def _least(ice: IceSolid, mesh: Mesh) -> tuple[Estimate | None, Vector | None]:
    if ice.is_empty:
        return None, None
    corners = mesh.corners_mm.reshape(-1, 3)
    depth_mm = ice.depth_mm(corners)
    least = int(depth_mm.argmin())
    return _at_one_place(float(depth_mm[least]), ice), _vector(corners[least])


def _at_one_place(distance_mm: float, ice: IceSolid) -> Estimate:
    error_mm = ice.place_error_mm
    return Estimate(distance_mm, distance_mm - error_mm, distance_mm + error_mm)


def _margin_percent(ice: IceSolid, mesh: Mesh) -> tuple[Estimate, Estimate, Estimate]:
    depth_mm = ice.depth_mm(mesh.corners_mm.reshape(-1, 3)).reshape(-1, 3)
    depth_mm = np.maximum(depth_mm, -1e6)  # without ice: finite, and below every limit
    area = float(mesh.areas_mm2.sum())
    below = [
        [
            100.0 * float(mesh.areas_mm2 @ share_below(depth_mm + shift, limit)) / area
            for limit in MARGIN_CLASSES_MM
        ]
        for shift in ice.shifts_mm()
    ]
    classes = np.array([[under, short - under, 100.0 - short] for under, short in below])
    found = [Estimate(float(one[0]), float(one.min()), float(one.max())) for one in classes.T]
    return found[0], found[1], found[2]


def _middle(points_mm: FloatArray, weights: FloatArray) -> Vector:
    return _vector(weights @ points_mm / weights.sum())


def _vector(point: FloatArray) -> Vector:
    x, y, z = (float(one) for one in point)
    return x, y, z
