"""The sample's scans and what was found in them."""

from datetime import datetime, timedelta
from pathlib import Path

from procedure_node.events import (
    Band,
    IceFound,
    OrganIce,
    ScanReceived,
    SeedsFound,
    StructureIce,
    StructuresReceived,
    StructureSummary,
)
from procedure_node.state import ScanState
from tests.procedure_node.display.sample.anatomy import CT_SPACING_MM, TARGETS, seeds
from tests.procedure_node.display.sample.dose import dose_bands, dose_computed, sub_volumes


def structures() -> StructuresReceived:
    summaries = [
        StructureSummary(name=name, role="TARGET", lesion=lesion, zone=zone, volume_cc=9.0)
        for name, (lesion, zone) in TARGETS.items()
    ]
    summaries += [
        StructureSummary(name=name, role="ORGAN", volume_cc=60.0)
        for name in ("GALLBLADDER", "STOMACH")
    ]
    return StructuresReceived(
        structure_set_uid="1.2.40",
        frame_of_reference_uid="1.2.9",
        path="structures.dcm",
        structures=tuple(summaries),
    )


def scan(
    number: int, at: datetime, *, view_directory: Path | None = None, analysed: bool = True
) -> ScanState:
    """The third one holds everything; those before it only show that they were there."""
    uid = f"1.2.826.{number}"
    received = ScanReceived(
        series_uid=uid,
        frame_of_reference_uid="1.2.9",
        acquired_at=at,
        image_count=41,
        spacing_mm=CT_SPACING_MM,
        directory="ct",
        content_sha256="0" * 64,
    )
    found = SeedsFound(series_uid=uid, seeds=seeds() if number >= 3 else ())
    ice = IceFound(
        series_uid=uid,
        baseline_series_uid="1.2.826.1",
        structure_set_uid="1.2.40",
        volume_cc=31.0,
        structures=(
            StructureIce(
                name="L2",
                covered_percent=100.0,
                minimum_margin_mm=5.4,
                covered_band=Band(low=100.0, high=100.0),
                margin_band=Band(low=2.6, high=8.2),
                margin_place_mm=(-61.3, 16.1, -265.0),
                surface_cm2=18.1,
                margin_percent=(0.0, 0.0, 100.0),
                unfrozen_cc=0.0,
            ),
            StructureIce(
                name="L3_CORE",
                covered_percent=97.4,
                minimum_margin_mm=-2.6,
                covered_band=Band(low=90.1, high=100.0),
                margin_band=Band(low=-5.4, high=0.2),
                margin_place_mm=(-13.4, -65.2, -260.0),
                surface_cm2=15.2,
                margin_percent=(6.2, 71.5, 22.3),
                unfrozen_cc=0.14,
                unfrozen_center_mm=(-14.8, -66.0, -260.0),
            ),
        ),
        surface_error_mm=1.4,
        baseline_use="FRAME",
        organs=(
            OrganIce(
                name="GALLBLADDER",
                spill_cc=0.0,
                approach_mm=3.1,
                approach_band=Band(low=0.3, high=5.9),
                place_mm=(-40.0, -30.0, -281.0),
            ),
            OrganIce(
                name="STOMACH",
                spill_cc=0.0,
                approach_mm=58.0,
                approach_band=Band(low=55.2, high=60.8),
                place_mm=(44.0, -40.0, -260.0),
            ),
        ),
    )
    return ScanState(
        series_uid=uid,
        description=("Baseline", "After needles", "After seeds, freeze 2", "Control")[number - 1],
        discovered_at=at,
        status="RECEIVED",
        received=received,
        received_at=at + timedelta(seconds=12),
        seeds=found if analysed else None,
        dose=dose_computed(uid) if analysed and number >= 3 else None,
        dose_bands=dose_bands(uid) if analysed and number >= 3 else None,
        sub_volumes=sub_volumes(uid) if analysed and number >= 3 else None,
        ice=ice if analysed and number >= 3 else None,
        view_directory=str(view_directory) if view_directory else None,
    )
