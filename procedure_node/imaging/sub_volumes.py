"""Where the dose of a scan is too low in a target, or very high in a target or an organ."""

from collections.abc import Iterator, Mapping, Sequence

from dosimetry_core import subvolumes
from dosimetry_core.dvh import StructureDoseResult
from dosimetry_core.tg43 import ImplantedSources
from dosimetry_core.values import ContouredStructure
from procedure_node.events import (
    Extreme,
    StructureSubVolumes,
    SubVolume,
    SubVolumes,
    SubVolumesFound,
)
from procedure_node.imaging.request import AnalysisRequest

LISTED = 5
"""Parts of each kind that are listed for a structure; the totals hold all."""


def sub_volumes_of_doses(
    request: AnalysisRequest,
    implant: Sequence[ImplantedSources],
    structures: Mapping[str, ContouredStructure],
    doses: Sequence[StructureDoseResult],
) -> SubVolumesFound:
    """Cold and hot parts of targets with a prescription, parts of organs over their limit."""
    limits_gy = {organ.structure: organ.limit_gy for organ in request.organs}

    def found() -> Iterator[StructureSubVolumes]:
        for dose in doses:
            structure = structures[dose.name]
            cold_gy = dose.prescription_gy
            hot_gy = limits_gy.get(dose.name)
            if cold_gy is not None:
                hot_gy = cold_gy * subvolumes.TARGET_HOT_PERCENT / 100.0
            yield StructureSubVolumes(
                name=dose.name,
                cold=None
                if cold_gy is None
                else _as_fact(subvolumes.cold_subvolumes(structure, implant, below_gy=cold_gy)),
                hot=None
                if hot_gy is None
                else _as_fact(subvolumes.hot_subvolumes(structure, implant, above_gy=hot_gy)),
            )

    return SubVolumesFound(series_uid=request.series_uid, structures=tuple(found()))


def _as_fact(found: subvolumes.SubVolumes) -> SubVolumes:
    return SubVolumes(
        level_gy=found.level_gy,
        total_cc=found.total_cc,
        parts=tuple(
            SubVolume(
                volume_cc=region.volume_cc,
                share_percent=region.share_percent,
                centroid_mm=region.centroid_mm,
                extremes=tuple(
                    Extreme(
                        dose_gy=extreme.dose_gy,
                        place_mm=extreme.place_mm,
                        depth_mm=extreme.depth_mm,
                        seed_distances_mm=tuple(s.distance_mm for s in extreme.nearest_seeds),
                    )
                    for extreme in region.extremes
                ),
            )
            for region in found.regions[:LISTED]
        ),
    )
