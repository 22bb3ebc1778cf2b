from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.tg43 import SeedModel
from procedure_node.imaging import (
    AnalysisRequest,
    DoseErrorSizes,
    OrganStructure,
    TargetStructure,
    analyse,
    last,
    reading,
)
from procedure_node.protocol import Target
from procedure_node.seed_library import load_seed_models
from tests.procedure_node.imaging import small_ct

MODELS = Path(__file__).parents[3] / "config" / "seed_models"
Make = Callable[..., AnalysisRequest]


@pytest.fixture(scope="session")
def models() -> dict[str, SeedModel]:
    return dict(load_seed_models(MODELS))


@pytest.fixture(autouse=True)
def fresh_memory() -> Iterator[None]:
    """What the worker process keeps in memory is not carried from test to test."""
    yield
    reading._scans.clear()
    reading.contours_in.cache_clear()
    analyse._found.clear()
    last._last.clear()


@pytest.fixture(scope="session")
def scan_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seeds in and beside lesion L1: ``ct`` and ``structures.dcm``. Not to be changed."""
    folder = tmp_path_factory.mktemp("patient")
    series = small_ct.scan(folder / "ct", small_ct.SEEDS)
    small_ct.structures(
        folder / "structures.dcm",
        series,
        [
            small_ct.cube("L1", (0.0, 2.0, 1.0), 20.0),
            small_ct.cube("L2", (0.0, -24.0, 1.0), 10.0),
            small_ct.cube("GALLBLADDER", (20.0, 0.0, 0.0), 12.0),
            small_ct.structure("Marker", (0.0, 20.0, 0.0), 4.0, [0.0]),
        ],
    )
    return folder


@pytest.fixture
def request_for(scan_folder: Path, tmp_path: Path) -> Make:
    """A request for the scan with three seeds; changes by name."""

    def make(**changes: Any) -> AnalysisRequest:
        received, _ = reading.read_scan(
            "1.1", [str(p) for p in sorted((scan_folder / "ct").glob("*.dcm"))], "UTC"
        )
        assert received.kind == "scan-received"
        whole: dict[str, Any] = {
            "series_uid": "1.1",
            "directory": received.directory,
            "content_sha256": received.content_sha256,
            "structures_path": str(scan_folder / "structures.dcm"),
            "targets": (
                TargetStructure(target=Target(lesion="L1"), structure="L1", seeded=True),
                TargetStructure(target=Target(lesion="L2"), structure="L2", seeded=False),
            ),
            "organs": (OrganStructure(structure="GALLBLADDER", limit_gy=55.0),),
            "errors": DoseErrorSizes(
                position_sd_mm=1.0, strength_sd_percent=3.0, registration_sd_mm=1.0
            ),
            "batches": (),
            "batch_doubt": "",
            "prescription_gy": 110.0,
            "counted_within_mm": 5.0,
            "ice": None,
            "view_directory": str(tmp_path / "view"),
        }
        return AnalysisRequest.model_validate({**whole, **changes})

    return make
