"""Where contours lie in a scan that they were not drawn on, and how far that is believed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dosimetry_core.registration import Deformation, RegistrationResult
from dosimetry_core.structures import volume_cc
from dosimetry_core.values import ContouredStructure
from procedure_node.events import AnalysisFailed, LesionRegistration, RegistrationComputed
from procedure_node.imaging import (
    CarriedStructures,
    ImageSeries,
    ImagingWorker,
    LesionContours,
    RegistrationRequest,
    registration,
)
from procedure_node.imaging.carrying import carried_structures, in_axial_planes
from procedure_node.imaging.matrices import as_rows
from procedure_node.imaging.registration import register_contours
from procedure_node.views import ViewError, read_check
from simulators.phantom import write_structure_set
from tests.procedure_node.imaging import moved_ct, small_ct

Make = Callable[..., RegistrationRequest]


@pytest.fixture(scope="session")
def registered_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``planning`` and ``moved`` in one frame of reference, contours; ``plain`` without tissue."""
    folder = tmp_path_factory.mktemp("registered")
    who = small_ct.identity(name="registered")
    planning = moved_ct.pair().planning
    series = moved_ct.write_ct(planning, folder / "planning", who, 1)
    moved_ct.write_ct(moved_ct.pair().scan, folder / "moved", who, 2)
    write_structure_set(
        [moved_ct.lesion(planning)],
        series,
        who,
        number=9,
        drawn_at=small_ct.TAKEN,
        path=folder / "structures.dcm",
    )
    plain = small_ct.scan(folder / "plain", number=4)
    small_ct.scan(folder / "plain-2", number=5)
    small_ct.structures(folder / "plain.dcm", plain, [small_ct.cube("L1", (0.0, 0.0, 0.0), 20.0)])
    return folder


@pytest.fixture
def request_of(registered_folder: Path, tmp_path: Path) -> Make:
    def make(first: str, scan: str, structures: str, **changes: Any) -> RegistrationRequest:
        series = {
            name: moved_ct.received(registered_folder / name, f"1.{n}")
            for n, name in enumerate((first, scan))
        }
        whole: dict[str, Any] = {
            "method": "SAME_FRAME",
            "planning": series[first],
            "scan": series[scan],
            "structure_set_uid": "1.2",
            "structures_path": str(registered_folder / structures),
            "same_frame": True,
            "lesions": (LesionContours(lesion="L1", structures=("L1",)),),
            "agreement_mm": 3.0,
            "view_directory": str(tmp_path / "check"),
        }
        return RegistrationRequest.model_validate({**whole, **changes})

    return make


def told(request: RegistrationRequest) -> tuple[RegistrationComputed, LesionRegistration]:
    computed = register_contours(request)
    assert isinstance(computed, RegistrationComputed), computed
    (lesion,) = computed.lesions
    return computed, lesion


def test_a_patient_who_moved_within_the_frame_of_reference_is_doubted_and_shown(
    request_of: Make,
) -> None:
    request = request_of("planning", "moved", "structures.dcm")
    computed, lesion = told(request)
    assert (lesion.verdict, lesion.structures) == ("DOUBTFUL", ("L1",))
    assert lesion.matrix == as_rows(np.eye(4)), "what is in force is what the frame says"
    assert lesion.apart_mm == pytest.approx(9.0, abs=2.0)
    assert f"{lesion.apart_mm:.1f} mm elsewhere, more than 3 mm" in lesion.reasons[0]
    assert lesion.figures is not None
    assert lesion.figures.landmarks_found >= 6
    assert computed.request_sha256 == request.sha256

    section, mode = read_check(request.view_directory, "L1", "coronal")
    assert mode == "DEMO"
    assert section.planning.shape == section.scan.shape == (151, 151)
    assert np.mean(np.abs(section.planning.astype(int) - section.scan) > 40) > 0.1, "they differ"
    (outline,) = section.outlines["L1"]
    wide, high = np.ptp(outline, axis=0)
    assert wide == pytest.approx(moved_ct.SIDE_MM, abs=2.0)
    assert high == pytest.approx(moved_ct.SIDE_MM, abs=5.0), "slices are 5 mm"
    with pytest.raises(ViewError):
        read_check(request.view_directory, "L2", "coronal")

    unlimited = request.model_copy(update={"agreement_mm": None})
    verdict, reasons = registration._verdict(
        unlimited, np.eye(4), registration.result_of(request, "L1"), ""
    )
    assert verdict == "UNCHECKED"
    assert "leaves registration.agreement_mm unset" in reasons[0]


def test_images_that_tell_nothing_leave_a_frame_of_reference_unchecked(request_of: Make) -> None:
    _, lesion = told(request_of("plain", "plain-2", "plain.dcm"))
    assert lesion.verdict == "UNCHECKED"
    assert "landmarks" in " ".join(lesion.reasons)


def test_images_that_tell_nothing_cannot_carry_contours(request_of: Make) -> None:
    _, lesion = told(request_of("plain", "plain-2", "plain.dcm", method="RIGID"))
    assert lesion.verdict == "FAILED"
    assert lesion.reasons


def test_a_spatial_registration_that_cannot_be_checked_asks_for_a_person(
    request_of: Make,
) -> None:
    given = as_rows(moved_ct.true_matrix(np.zeros(3)))
    computed, lesion = told(
        request_of(
            "plain",
            "plain-2",
            "plain.dcm",
            method="REGISTRATION_OBJECT",
            planning=None,
            given=given,
            same_frame=False,
        )
    )
    assert (lesion.verdict, lesion.matrix) == ("DOUBTFUL", given)
    assert "is not here to compare with" in lesion.reasons[1]
    assert computed.view_directory is None


def test_files_that_are_gone_are_a_failed_step(request_of: Make) -> None:
    lost = ImageSeries(series_uid="1.9", directory="nowhere", content_sha256="0" * 64)
    failed = register_contours(request_of("plain", "plain-2", "plain.dcm", planning=lost))
    assert isinstance(failed, AnalysisFailed)
    assert failed.step == "REGISTRATION"


def ball() -> ContouredStructure:
    """A ball of 20 mm round (10, -5, 30), drawn every 2 mm."""
    turn = np.linspace(0.0, 2.0 * np.pi, 90, endpoint=False)
    heights = np.arange(-19.0, 20.0, 2.0)
    return ContouredStructure(
        "L1",
        tuple(
            np.column_stack([10.0 + r * np.cos(turn), -5.0 + r * np.sin(turn), np.full(90, 30 + z)])
            for z, r in zip(heights, np.sqrt(400.0 - heights**2), strict=True)
        ),
    )


def test_a_turned_structure_keeps_its_volume_and_can_be_cut_in_axial_planes() -> None:
    matrix = moved_ct.true_matrix(np.array([0.0, 0.0, 100.0]))
    carried = CarriedStructures(lesion="L1", structures=("L1", "L9"), matrix=as_rows(matrix))
    moved = carried_structures({"L1": ball()}, (carried,), lambda _: None)
    assert set(moved) == {"L1"}, "what is no longer drawn is left out"
    assert volume_cc(moved["L1"]) == pytest.approx(volume_cc(ball()), rel=1e-5)
    axial = in_axial_planes(moved["L1"])
    # A voxel is 2 mm high: the caps of the ball are the least exact.
    assert volume_cc(axial) == pytest.approx(volume_cc(ball()), rel=0.02)
    middle = np.concatenate(axial.polygons_mm).mean(axis=0)
    goal = matrix[:3, :3] @ [10.0, -5.0, 30.0] + matrix[:3, 3]
    assert middle == pytest.approx(goal, abs=0.3)
    assert in_axial_planes(ball()).polygons_mm[0].shape == (90, 3)


def test_a_deformed_structure_is_where_its_points_go() -> None:
    """A displacement that doubles no volume: x grows by a tenth, so the ball's volume does."""
    nodes = np.stack(np.meshgrid(*[np.arange(-60.0, 81.0, 10.0)] * 3, indexing="ij"), axis=-1)
    grown = np.zeros_like(nodes)
    grown[..., 0] = 0.1 * (nodes[..., 2] - 10.0)
    deformation = Deformation(grown, np.array([-60.0, -60.0, -60.0]), 10.0)
    matrix = np.eye(4)
    matrix[:3, 3] = [0.0, 0.0, 50.0]
    result = replace(blank_result(), matrix=matrix, deformation=deformation)
    carried = CarriedStructures(
        lesion="L1", structures=("L1",), matrix=as_rows(matrix), deformed=True
    )
    bent = carried_structures({"L1": ball()}, (carried,), lambda _: result)["L1"]
    assert volume_cc(bent) == pytest.approx(1.1 * volume_cc(ball()), rel=0.02)
    reach = np.concatenate(bent.polygons_mm)
    assert [reach[:, 0].min(), reach[:, 0].max()] == pytest.approx([-12.0, 32.0], abs=1.0)
    assert (reach[:, 2].min() + reach[:, 2].max()) / 2.0 == pytest.approx(80.0, abs=1.0)


def blank_result() -> RegistrationResult:
    whole: Any = {"quality": None, "verdict": None, "reasons": ()}
    return RegistrationResult(np.eye(4), (0.0, 0.0, 0.0), 150.0, **whole)


async def test_a_check_gives_way_to_other_work_and_is_pending_until_it_is_made(
    request_of: Make,
) -> None:
    request = request_of("plain", "plain-2", "plain.dcm")
    with ImagingWorker({}, "UTC") as worker:
        async with asyncio.TaskGroup() as group:
            check = group.create_task(worker.check(request))
            await asyncio.sleep(0)  # it is asked for
            pending = await worker.pending_check(request, "another scan arrives")
        assert check.result() is None
        assert isinstance(pending, RegistrationComputed)
        assert (pending.is_pending, pending.request_sha256) == (True, request.sha256)
        (lesion,) = pending.lesions
        assert (lesion.verdict, lesion.reasons) == ("UNCHECKED", ("another scan arrives",))
        assert lesion.matrix == as_rows(np.eye(4))

        await worker.at_leisure()
        made = await worker.check(request)
        assert isinstance(made, RegistrationComputed)
        assert not made.is_pending
        assert "landmarks" in " ".join(made.lesions[0].reasons)
