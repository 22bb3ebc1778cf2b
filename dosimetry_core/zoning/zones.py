"""The zones of one lesion: volumes, places and outlines."""

from dataclasses import dataclass

import numpy as np
from contourpy import LineType, contour_generator
from numpy.typing import NDArray

from dosimetry_core.structures import StructureError
from dosimetry_core.values import ContouredStructure, Vector, Volume, ZoneKind
from dosimetry_core.zoning.fields import Grid, ZoneFields, zone_fields
from dosimetry_core.zoning.partition import Part, Partition
from dosimetry_core.zoning.rules import CoreRule, Drawn, HighRiskRule

_MARGIN_MM = 2.0
"""How far a grid reaches past the lesion's contours."""

_OUTLINE_PITCH_MM = 0.5
"""Pitch of the grid that outlines are traced on: corners are cut by a quarter of it at most."""

_SHORTEST_OUTLINE = 3


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone: what kind, how large, and where its centre of mass is."""

    kind: ZoneKind
    volume_cc: float
    centroid_mm: Vector


class LesionZones:
    """A lesion's zones, laid out by rules. They share no volume and leave none of the lesion out.

    Args:
        lesion: the lesion's contours, in axial planes.
        core: what its core is.
        high_risk: what its high-risk margin is; None if it has none.
        spacing_mm: pitch of the grid that volumes are computed on. Between its points surfaces are
            flat: a zone of radius r loses about half of (spacing / r)^2 of its volume.

    Raises:
        StructureError: a structure has no sound shape, or the lesion's planes are not axial.
        ValueError: ``spacing_mm`` is not above zero.
    """

    def __init__(
        self,
        lesion: ContouredStructure,
        core: CoreRule,
        high_risk: HighRiskRule | None = None,
        *,
        spacing_mm: float = 1.0,
    ) -> None:
        if spacing_mm <= 0.0:
            raise ValueError(f"a grid needs a spacing above zero, got {spacing_mm:g} mm")
        self.lesion = lesion
        self._rules = core, high_risk
        self._heights_mm = _plane_heights_mm(lesion)
        self._fields = zone_fields(lesion, core, high_risk, _grid_around(lesion, spacing_mm))
        regions = {"lesion": self._fields.lesion, "core": self._fields.core}
        if self._fields.high_risk is not None:
            regions["high risk"] = self._fields.high_risk
        grid = self._fields.grid
        self._partition = Partition({name: grid.volume(f) for name, f in regions.items()})
        self.zones = tuple(
            Zone(kind, part.volume_cc, part.centroid_mm)
            for kind in (ZoneKind.CORE, ZoneKind.PERIPHERY, ZoneKind.HIGH_RISK_MARGIN)
            if (part := self._part(kind)).centroid_mm is not None
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person must know of these zones, in words."""
        found = [
            f"{self.lesion.name}: there is no {kind.value} by these rules"
            for kind in self._wanted()
            if kind not in {zone.kind for zone in self.zones}
        ]
        pieces = self._pieces(ZoneKind.CORE)
        if len(pieces) > 1:
            sizes = ", ".join(f"{piece.volume_cc:.1f}" for piece in pieces)
            found.append(f"{self.lesion.name}: its core is in {len(pieces)} pieces: {sizes} cc")
        return tuple(found)

    def field_of(self, kind: ZoneKind) -> Volume:
        """Level field of a zone on the grid of the volumes, below zero inside, mm or K."""
        return self._fields.grid.volume(self._fields.zone(kind))

    def structure_of(self, kind: ZoneKind) -> ContouredStructure:
        """A zone's outlines in the planes of the lesion's own contours.

        Inner and outer outlines combine by exclusive-or, as in ``ContouredStructure``. Contours
        stand for slabs around their planes: where a zone ends between planes, its end comes out
        up to half their pitch off.

        Returns:
            Named ``LESION_KIND``, after the lesion.

        Raises:
            StructureError: the zone cuts none of the planes.
        """
        low, high = _extent_mm(self.lesion)
        polygons: list[NDArray[np.float64]] = []
        columns, rows = (int(n) + 1 for n in np.ceil((high - low)[:2] / _OUTLINE_PITCH_MM))
        for z in self._heights_mm:
            plane = Grid(
                origin_mm=(float(low[0]), float(low[1]), z),
                spacing_mm=(1.0, _OUTLINE_PITCH_MM, _OUTLINE_PITCH_MM),
                shape_kji=(1, rows, columns),
            )
            fields = zone_fields(self.lesion, *self._rules, plane)
            polygons += _outlines(fields, kind)
        name = f"{self.lesion.name}_{kind.value}"
        if not polygons:
            raise StructureError(f"{name} lies in none of the planes that the lesion is drawn in")
        return ContouredStructure(name, tuple(polygons))

    def _wanted(self) -> tuple[ZoneKind, ...]:
        base = (ZoneKind.CORE, ZoneKind.PERIPHERY)
        return base if self._rules[1] is None else (*base, ZoneKind.HIGH_RISK_MARGIN)

    def _sides(self, kind: ZoneKind) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The regions that a zone lies inside of, and those that it lies outside of."""
        high_risk = self._rules[1]
        others = () if high_risk is None else ("high risk",)
        drawn = isinstance(high_risk, Drawn)
        match kind:
            case ZoneKind.CORE:
                return ("lesion", "core"), others if drawn else ()
            case ZoneKind.HIGH_RISK_MARGIN:
                return ("lesion", "high risk"), () if drawn else ("core",)
            case ZoneKind.PERIPHERY:
                return ("lesion",), ("core", *others)
            case ZoneKind.WHOLE:
                return ("lesion",), ()

    def _part(self, kind: ZoneKind) -> Part:
        if kind is ZoneKind.HIGH_RISK_MARGIN and self._rules[1] is None:
            return Part(0.0, None)
        return self._partition.part(*self._sides(kind))

    def _pieces(self, kind: ZoneKind) -> tuple[Part, ...]:
        return self._partition.pieces(*self._sides(kind))


def _extent_mm(lesion: ContouredStructure) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points = np.concatenate(lesion.polygons_mm)
    return points.min(axis=0) - _MARGIN_MM, points.max(axis=0) + _MARGIN_MM


def _grid_around(lesion: ContouredStructure, spacing_mm: float) -> Grid:
    low, high = _extent_mm(lesion)
    heights = _plane_heights_mm(lesion)
    cap_mm = max(np.diff(heights), default=_MARGIN_MM)
    low[2] -= cap_mm
    high[2] += cap_mm
    i, j, k = (int(n) + 1 for n in np.ceil((high - low) / spacing_mm))
    return Grid(
        origin_mm=(float(low[0]), float(low[1]), float(low[2])),
        spacing_mm=(spacing_mm, spacing_mm, spacing_mm),
        shape_kji=(k, j, i),
    )


def _plane_heights_mm(lesion: ContouredStructure) -> tuple[float, ...]:
    if not lesion.polygons_mm:
        raise StructureError(f"{lesion.name} has no contours")
    if any(float(np.ptp(polygon[:, 2])) > 1e-3 for polygon in lesion.polygons_mm):
        raise StructureError(
            f"{lesion.name} is not drawn in axial planes: zones cannot be outlined"
        )
    heights = sorted(float(polygon[0, 2]) for polygon in lesion.polygons_mm)
    return tuple(z for n, z in enumerate(heights) if n == 0 or z - heights[n - 1] > 1e-3)


def _outlines(fields: ZoneFields, kind: ZoneKind) -> list[NDArray[np.float64]]:
    """Closed outlines of a zone in the one plane of its fields, LPS mm."""
    grid = fields.grid
    x0, y0, z = grid.origin_mm
    lines = contour_generator(
        z=fields.zone(kind)[0].astype(np.float64), line_type=LineType.Separate
    ).lines(0.0)
    found: list[NDArray[np.float64]] = []
    for line in lines:
        points = np.asarray(line, dtype=np.float64)[:-1]
        if len(points) >= _SHORTEST_OUTLINE:
            xy = points * grid.spacing_mm[:0:-1] + (x0, y0)
            found.append(np.column_stack([xy, np.full(len(xy), z)]))
    return found
