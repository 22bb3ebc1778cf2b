"""The ice of several scans, joined from their stored pictures."""

from pathlib import Path

import numpy as np
import pytest

from dosimetry_core.values import GenerationMode, Volume
from procedure_node.events import Band
from procedure_node.imaging.frozen_total import frozen_total
from procedure_node.rules import FrozenTotalRequest, IceOfScan, LesionCarrying
from procedure_node.views import write_view

RADIUS_MM = 12.0
BALL_CC = 4.0 / 3.0 * np.pi * RADIUS_MM**3 / 1000.0
BAND = Band(low=5.0, high=9.0)


def ice(folder: Path, uid: str, x_mm: float, moved_mm: float = 0.0) -> IceOfScan:
    """A ball of ice at ``x_mm``, in a scan of a patient who has moved along x."""
    axis = np.arange(-20.0, 20.5, 1.0)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    affine = np.eye(4)
    affine[:3, 3] = (axis[0] + x_mm, axis[0], axis[0])
    mask = np.sqrt(x**2 + y**2 + z**2) < RADIUS_MM
    write_view(
        folder / uid,
        ct=Volume(np.zeros(mask.shape, np.int16), affine),
        structures=(),
        dose=None,
        prescription_gy=None,
        ice=Volume(mask, affine),
        mode=GenerationMode.TEST,
    )
    matrix = (
        (1.0, 0.0, 0.0, moved_mm),
        (0.0, 1.0, 0.0, 0.0),
        (0.0, 0.0, 1.0, 0.0),
        (0.0, 0.0, 0.0, 1.0),
    )
    carrying = (LesionCarrying(lesion="L2", center_mm=(0.0, 0.0, 0.0), matrix=matrix),)
    return IceOfScan(
        series_uid=uid,
        view_directory=str(folder / uid),
        volume_cc=BALL_CC,
        volume_band=BAND,
        surface_error_mm=1.0,
        carrying=carrying if moved_mm else (),
    )


def test_ice_is_joined_in_the_frame_that_it_is_carried_to(tmp_path: Path) -> None:
    first, moved = ice(tmp_path, "1.1", 0.0), ice(tmp_path, "1.2", 6.0, moved_mm=6.0)
    found = frozen_total(FrozenTotalRequest(ices=(first, moved)))
    assert found.volume_cc == pytest.approx(BALL_CC, rel=0.03)
    assert found.volume_band is not None
    assert found.volume_band.low < BALL_CC < found.volume_band.high
    apart = moved.model_copy(update={"carrying": ()})
    cap_mm = RADIUS_MM - 3.0
    common_cc = 2.0 * np.pi * cap_mm**2 * (3.0 * RADIUS_MM - cap_mm) / 3.0 / 1000.0
    total = frozen_total(FrozenTotalRequest(ices=(first, apart))).volume_cc
    assert total == pytest.approx(2.0 * BALL_CC - common_cc, rel=0.03)


def test_the_ice_of_one_scan_is_told_as_it_was_found(tmp_path: Path) -> None:
    one = ice(tmp_path, "1.1", 0.0).model_copy(update={"view_directory": None})
    found = frozen_total(FrozenTotalRequest(ices=(one,)))
    assert (found.volume_cc, found.volume_band, found.scan_count) == (BALL_CC, BAND, 1)
    none = frozen_total(FrozenTotalRequest(ices=()))
    assert (none.volume_cc, none.volume_band) == (0.0, None)


def test_pictures_that_are_gone_leave_it_unknown(tmp_path: Path) -> None:
    first, second = ice(tmp_path, "1.1", 0.0), ice(tmp_path, "1.2", 6.0)
    gone = second.model_copy(update={"view_directory": str(tmp_path / "none")})
    found = frozen_total(FrozenTotalRequest(ices=(first, gone)))
    assert found.volume_cc is None
    assert found.reason.startswith("the ice of a scan cannot be had any more: ")
