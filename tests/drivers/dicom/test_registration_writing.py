import subprocess

import numpy as np
import pytest
from pydicom import dcmread

from dosimetry_core.values import GenerationMode
from drivers.dicom import RegistrationContent, read_registration, write_registration
from tests.drivers.dicom.implants import identity, study

PLANNING_UID = "1.2.826.0.1.3680043.8.498.20"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return study(tmp_path_factory.mktemp("study"))


def _matrix() -> np.ndarray:
    angle = np.radians(7.0)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, 3] = [12.345678901234, -20.5, 1 / 3]
    return matrix


def test_our_reader_reads_it_back(made, tmp_path):
    path = tmp_path / "out" / "reg.dcm"
    content = RegistrationContent(_matrix(), PLANNING_UID)
    write_registration(content, made.context, identity("registration"), path)
    found = {(one.from_frame_uid, one.to_frame_uid): one for one in read_registration(path)}
    scan_uid = made.context.frame_of_reference_uid
    forward = found[PLANNING_UID, scan_uid]
    # 16 characters hold a number to 1e-12 or better.
    np.testing.assert_allclose(forward.matrix, _matrix(), atol=1e-11)
    point = np.array([10.0, 20.0, 30.0])
    back = found[scan_uid, PLANNING_UID].to_points(forward.to_points(point))
    np.testing.assert_allclose(back, point, atol=1e-9)
    assert forward.mode is GenerationMode.TEST


def test_it_is_marked_and_valid(made, tmp_path):
    path = tmp_path / "reg.dcm"
    content = RegistrationContent(_matrix(), PLANNING_UID)
    write_registration(content, made.context, identity("registration"), path)
    written = dcmread(path)
    assert written.ContentDescription.startswith("TEST ")
    assert written.Modality == "REG"
    verdict = subprocess.run(["dciodvfy", str(path)], check=False, capture_output=True, text=True)
    told = verdict.stderr + verdict.stdout
    assert "SpatialRegistration" in told
    assert [line for line in told.splitlines() if line.startswith("Error")] == []


def test_what_no_registration_can_say_is_refused(made, tmp_path):
    same = RegistrationContent(_matrix(), made.context.frame_of_reference_uid)
    with pytest.raises(ValueError, match="one frame of reference"):
        write_registration(same, made.context, identity("registration"), tmp_path / "reg.dcm")
    assert not (tmp_path / "reg.dcm").exists()


@pytest.mark.parametrize(
    ("matrix", "uid", "words"),
    [
        (1.1 * np.eye(4), PLANNING_UID, "not a rigid registration"),
        (np.diag([1.0, 1.0, -1.0, 1.0]), PLANNING_UID, "mirror image"),
        (np.full((4, 4), np.nan), PLANNING_UID, "finite"),
        (np.eye(3), PLANNING_UID, "4x4"),
        (np.eye(4), "planning", "not a UID"),
    ],
)
def test_content_is_checked(matrix, uid, words):
    with pytest.raises(ValueError, match=words):
        RegistrationContent(matrix, uid)
