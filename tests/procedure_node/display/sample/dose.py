"""Doses of the sample's seeds, with bands and cold parts."""

import numpy as np

from procedure_node.events import (
    Band,
    DoseBandsComputed,
    DoseComputed,
    DvhCurve,
    Extreme,
    StructureDose,
    StructureDoseBand,
    StructureSubVolumes,
    SubVolume,
    SubVolumes,
    SubVolumesFound,
)
from tests.procedure_node.display.sample.anatomy import PRESCRIPTION_GY, TARGETS


def structure_dose(name: str, d90_gy: float, slope: float, **values: float) -> StructureDose:
    """A DVH that passes 90 % at ``d90_gy``; organs give D2cc and D0.1cc instead."""
    dose = np.linspace(0, 450, 300)
    volume = 100 / (1 + np.exp((dose - d90_gy) / slope) / 9)
    target = name in TARGETS
    return StructureDose(
        name=name,
        volume_cc=9.0,
        prescription_gy=PRESCRIPTION_GY if target else None,
        d90_gy=d90_gy,
        d100_gy=d90_gy * 0.7,
        v100_percent=values.get("v100_percent"),
        v150_percent=60.0 if target else None,
        v200_percent=30.0 if target else None,
        d2cc_gy=values.get("d2cc_gy"),
        d0_1cc_gy=values.get("d0_1cc_gy"),
        dvh=DvhCurve(dose_gy=tuple(dose.tolist()), volume_percent=tuple(volume.tolist())),
    )


def dose_computed(series_uid: str) -> DoseComputed:
    return DoseComputed(
        series_uid=series_uid,
        seed_models=("6711",),
        seed_count=42,
        structures=(
            structure_dose("L1", 131.0, 38.0, v100_percent=95.4),
            structure_dose("L3_PERIPHERY", 84.0, 35.0, v100_percent=82.1),
            structure_dose("GALLBLADDER", 31.0, 9.0, d2cc_gy=58.3, d0_1cc_gy=69.0),
            structure_dose("STOMACH", 2.0, 2.5, d2cc_gy=8.1, d0_1cc_gy=11.7),
        ),
    )


def dose_bands(series_uid: str) -> DoseBandsComputed:
    def band(low: float, high: float) -> Band:
        return Band(low=low, high=high)

    def of(name: str, **figures: Band) -> StructureDoseBand:
        none = dict.fromkeys(("d90_gy", "v100_percent", "d2cc_gy", "d0_1cc_gy"))
        return StructureDoseBand.model_validate({"name": name, **none, **figures})

    return DoseBandsComputed(
        series_uid=series_uid,
        position_sd_mm=1.0,
        strength_sd_percent=3.0,
        registration_sd_mm=1.0,
        structures=(
            of("L1", d90_gy=band(118.0, 141.0), v100_percent=band(88.9, 98.0)),
            of("L3_PERIPHERY", d90_gy=band(74.0, 95.0), v100_percent=band(77.4, 86.0)),
            of("GALLBLADDER", d2cc_gy=band(51.2, 66.0), d0_1cc_gy=band(61.0, 78.3)),
            of("STOMACH", d2cc_gy=band(7.8, 8.6), d0_1cc_gy=band(11.0, 12.5)),
        ),
    )


def sub_volumes(series_uid: str) -> SubVolumesFound:
    cold = SubVolume(
        volume_cc=1.36,
        share_percent=15.0,
        centroid_mm=(-52.0, -30.0, -280.0),
        extremes=(
            Extreme(
                dose_gy=58.0,
                place_mm=(-49.0, -28.0, -285.0),
                depth_mm=0.0,
                seed_distances_mm=(8.7, 11.2, 13.0),
            ),
        ),
    )
    return SubVolumesFound(
        series_uid=series_uid,
        structures=(
            StructureSubVolumes(
                name="L3_PERIPHERY",
                cold=SubVolumes(
                    level_gy=PRESCRIPTION_GY,
                    total_cc=1.61,
                    parts=(cold, cold.model_copy(update={"volume_cc": 0.21})),
                ),
                hot=None,
            ),
        ),
    )
