from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from dosimetry_core.seed_finding import find_seeds
from dosimetry_core.values import GenerationMode
from drivers.dicom import read_ct_series, read_structure_set
from simulators.patient import (
    PatientCt,
    contours,
    identity_of,
    render,
    scans,
    write_contours,
    write_scan,
)
from simulators.phantom import FALL_HU

STARTED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TAKEN = datetime(2026, 3, 2, 9, 24, 5, tzinfo=UTC)


def test_the_baseline_is_the_real_ct(ct: PatientCt) -> None:
    assert np.array_equal(render(scans()[0], ct).values, ct.volume.values)


def test_a_scan_is_the_same_each_time_it_is_rendered(ct: PatientCt) -> None:
    assert np.array_equal(render(scans()[4], ct).values, render(scans()[4], ct).values)


def test_ice_falls_where_it_is_scripted(ct: PatientCt) -> None:
    full = scans()[4]
    change = render(full, ct).values.astype(float) - ct.volume.values

    one, two = (np.array(ice.ellipsoid.center_mm) for ice in full.ice if ice.probe in {1, 2})
    away = (two - one) * (1.0, 1.0, 0.0) / np.hypot(*(two - one)[:2])
    k, j, i = np.rint(ct.volume.to_index(two + 9.0 * away)).astype(int)  # clear of both shafts
    frozen = change[k, j - 3 : j + 4, i - 3 : i + 4]
    assert frozen.mean() == pytest.approx(-FALL_HU, abs=4.0)
    liver = change[27, 200:240, 120:160]
    assert liver.mean() == pytest.approx(0.0, abs=1.0)


@pytest.mark.parametrize("number", [2, 4, 6, 7])
def test_exactly_the_scripted_seeds_are_found(ct: PatientCt, number: int) -> None:
    scan = scans()[number]
    found = find_seeds(render(scan, ct)).seeds

    wanted = np.array([seed.pose.center_mm for seed in scan.seeds])
    centers = np.array([seed.center_mm for seed in found])
    assert len(found) == len(scan.seeds)
    distances = np.linalg.norm(wanted[:, None] - centers, axis=2)
    assert distances.min(axis=0).max() < 0.5
    assert distances.min(axis=1).max() < 0.5


def test_a_written_scan_and_its_contours_are_what_a_reader_sees(
    ct: PatientCt, tmp_path: Path
) -> None:
    identity = identity_of(ct, STARTED)
    scan = scans()[7]

    written = write_scan(scan, ct, identity, acquired_at=TAKEN, directory=tmp_path / "ct")
    write_contours(written, identity, drawn_at=STARTED, path=tmp_path / "rs.dcm")

    series = read_ct_series(written.files)
    assert np.array_equal(series.volume.affine, ct.volume.affine)
    assert np.array_equal(series.volume.values, np.maximum(render(scan, ct).values, -1024))
    assert series.acquired_at == TAKEN
    assert series.mode is GenerationMode.DEMO
    assert series.study_uid == ct.study_uid
    assert series.sop_instance_uids == written.sop_instance_uids
    drawn = read_structure_set(tmp_path / "rs.dcm")
    assert drawn.frame_of_reference_uid == series.frame_of_reference_uid
    assert drawn.referenced_series_uids == (series.series_uid,)
    assert drawn.warnings == ()
    assert [one.name for one in drawn.structures] == [one.structure.name for one in contours()]


def test_each_scan_is_a_series_of_its_own(ct: PatientCt) -> None:
    identity = identity_of(ct, STARTED)
    another_run = identity_of(ct, STARTED, seed="another run")

    assert identity.uid("series", "101") == identity_of(ct, TAKEN).uid("series", "101")
    assert identity.uid("series", "101") != identity.uid("series", "102")
    assert identity.uid("series", "101") != another_run.uid("series", "101")
