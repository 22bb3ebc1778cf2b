"""What is put into a patient: seeds, needles and probes, and what may be taken for a seed."""

from dataclasses import dataclass

from dosimetry_core.values import Vector
from simulators.projection.bodies import Body
from simulators.projection.hardware import (
    SeedModel,
    calcification_bodies,
    clip_bodies,
    fiducial_bodies,
    needle_bodies,
    seed_bodies,
)


@dataclass(frozen=True, slots=True)
class PlacedSeed:
    """A seed in the patient.

    Attributes:
        center_mm: LPS.
        axis: unit vector; its sign says nothing.
        kind: how it lies: single, or end, side, cross, vee with its partner.
        model: what it is.
        strand: number of its strand; none: it is loose.
        track: number of the needle track that it was left on.
    """

    center_mm: Vector
    axis: Vector
    kind: str
    model: SeedModel
    strand: int | None
    track: int


@dataclass(frozen=True, slots=True)
class PlacedShaft:
    """A needle or cryoprobe that stands in the patient.

    Attributes:
        tip_mm: LPS.
        direction: unit vector in which it was pushed.
        length_mm: from the tip backwards.
        diameter_mm: outer.
        lumen_mm: of its bore; 0 for a solid one.
        track: number of the needle track that it stands on; none for a probe.
    """

    tip_mm: Vector
    direction: Vector
    length_mm: float
    diameter_mm: float
    lumen_mm: float
    track: int | None


@dataclass(frozen=True, slots=True)
class Distractor:
    """What is dense and no seed.

    Attributes:
        kind: ti_clip, gold_fiducial or calcification.
        center_mm: LPS.
        axis: unit vector.
        length_mm: 0 for a ball.
        radius_mm: of either.
        calcium_share: of a calcification's volume that is calcium phosphate.
    """

    kind: str
    center_mm: Vector
    axis: Vector
    length_mm: float
    radius_mm: float
    calcium_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Implant:
    """All that was put into a patient.

    Attributes:
        lesion_center_mm: LPS.
        lesion_semi_axes_mm: along x, y, z.
        seeds: all of them.
        shafts: needles and probes.
        distractors: clips, fiducials, calcifications.
    """

    lesion_center_mm: Vector
    lesion_semi_axes_mm: Vector
    seeds: tuple[PlacedSeed, ...] = ()
    shafts: tuple[PlacedShaft, ...] = ()
    distractors: tuple[Distractor, ...] = ()

    @property
    def bodies(self) -> tuple[Body, ...]:
        """Everything as bodies for the scanner."""
        made: list[Body] = []
        for seed in self.seeds:
            made += seed_bodies(seed.center_mm, seed.axis, seed.model)
        for shaft in self.shafts:
            made += needle_bodies(
                shaft.tip_mm, shaft.direction, shaft.length_mm, shaft.diameter_mm, shaft.lumen_mm
            )
        for one in self.distractors:
            if one.kind == "ti_clip":
                made += clip_bodies(one.center_mm, one.axis)
            elif one.kind == "gold_fiducial":
                made += fiducial_bodies(one.center_mm, one.axis)
            else:
                made += calcification_bodies(one.center_mm, one.radius_mm, one.calcium_share)
        return tuple(made)
