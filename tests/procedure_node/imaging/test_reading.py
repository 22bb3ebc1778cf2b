"""Scans and structure sets from files: what is journalled of them, and why some are refused."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from dosimetry_core.values import GenerationMode
from procedure_node.events import StructuresReceived
from procedure_node.imaging import reading
from procedure_node.imaging.reading import (
    KEPT_SCANS,
    ScanChangedError,
    read_scan,
    read_structures,
    scan_in,
    summarise,
)
from procedure_node.protocol import TrialProtocol
from tests.procedure_node.imaging import small_ct


def files(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.glob("*.dcm"))


@pytest.fixture
def spool(scan_folder: Path, tmp_path: Path) -> Path:
    """A copy of the scan that a test may change."""
    return Path(shutil.copytree(scan_folder / "ct", tmp_path / "ct"))


def test_a_scan_is_received_with_its_grid_time_and_mark(scan_folder: Path) -> None:
    received, mode = read_scan("1.1", files(scan_folder / "ct"), "UTC")
    assert received.kind == "scan-received"
    assert (received.image_count, received.spacing_mm) == (24, pytest.approx((2.5, 0.8, 0.8)))
    assert received.frame_of_reference_uid == small_ct.FRAME
    assert received.acquired_at == small_ct.TAKEN
    assert received.directory == str(scan_folder / "ct")
    assert mode is GenerationMode.DEMO


def test_a_scan_without_all_its_slices_is_refused_with_the_place(scan_folder: Path) -> None:
    paths = files(scan_folder / "ct")
    refused, mode = read_scan("1.1", [*paths[:9], *paths[10:]], "UTC")
    assert refused.kind == "scan-refused"
    assert mode is None
    assert refused.reasons == (
        "1 slice missing between the slices at -10.00 and -5.00 mm (usual gap 2.50 mm)",
    )


def test_a_scan_is_found_again_by_its_content(spool: Path) -> None:
    received, _ = read_scan("1.1", files(spool), "UTC")
    assert received.kind == "scan-received"
    reading._scans.clear()  # as after a restart
    again = scan_in(str(spool), received.content_sha256)
    assert again.content_sha256 == received.content_sha256
    assert scan_in(str(spool), received.content_sha256) is again, "kept in memory"


def test_files_that_changed_on_disk_are_not_the_scan_any_more(spool: Path) -> None:
    received, _ = read_scan("1.1", files(spool), "UTC")
    assert received.kind == "scan-received"
    reading._scans.clear()
    one = Path(files(spool)[5])
    image = dcmread(one)
    pixels = bytearray(image.PixelData)
    pixels[0] ^= 1
    image.PixelData = bytes(pixels)
    image.save_as(one)
    with pytest.raises(ScanChangedError, match="changed after they were received"):
        scan_in(str(spool), received.content_sha256)


@pytest.mark.parametrize("gone", ["all", "one", "folder"])
def test_files_that_are_gone_are_told(spool: Path, gone: str) -> None:
    received, _ = read_scan("1.1", files(spool), "UTC")
    assert received.kind == "scan-received"
    reading._scans.clear()
    if gone == "folder":
        shutil.rmtree(spool)
    for path in files(spool)[: {"all": 24, "one": 12}.get(gone, 0)]:
        Path(path).unlink()
    with pytest.raises(ScanChangedError, match=r"can no longer be read|were changed"):
        scan_in(str(spool), received.content_sha256)


def test_a_damaged_file_is_told(spool: Path) -> None:
    received, _ = read_scan("1.1", files(spool), "UTC")
    assert received.kind == "scan-received"
    reading._scans.clear()
    Path(files(spool)[3]).write_bytes(b"nothing that DICOM knows")
    with pytest.raises(ScanChangedError, match=r"can no longer be read: .*cannot be read"):
        scan_in(str(spool), received.content_sha256)


def test_only_the_last_scans_stay_in_memory(scan_folder: Path, tmp_path: Path) -> None:
    for n in range(KEPT_SCANS + 1):
        folder = Path(shutil.copytree(scan_folder / "ct", tmp_path / str(n)))
        read_scan("1.1", files(folder), "UTC")
    assert list(reading._scans) == [str(tmp_path / str(n)) for n in range(1, KEPT_SCANS + 1)]


def test_structures_have_their_part_by_the_protocols_naming(
    scan_folder: Path, demonstration: TrialProtocol
) -> None:
    path = str(scan_folder / "structures.dcm")
    received, mode = read_structures(path, "1.2.3", demonstration)
    assert received.kind == "structures-received"
    assert mode is GenerationMode.DEMO
    assert (received.path, received.frame_of_reference_uid) == (path, small_ct.FRAME)
    parts = {s.name: (s.role, s.lesion, s.zone) for s in received.structures}
    assert parts == {
        "L1": ("TARGET", "L1", "WHOLE"),
        "L2": ("TARGET", "L2", "WHOLE"),
        "GALLBLADDER": ("ORGAN", None, None),
    }
    assert received.structures[0].volume_cc == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("L1", ("TARGET", "L1", "WHOLE")),
        ("L12_CORE", ("TARGET", "L12", "CORE")),
        ("L3_PERIPHERY", ("TARGET", "L3", "PERIPHERY")),
        ("L3_HIGH_RISK_MARGIN", ("TARGET", "L3", "HIGH_RISK_MARGIN")),
        ("L3_RIM", ("OTHER", None, None)),
        ("l1", ("OTHER", None, None)),
        ("STOMACH", ("ORGAN", None, None)),
        ("Stomach", ("OTHER", None, None)),
        ("Couch", ("OTHER", None, None)),
    ],
)
def test_a_name_tells_the_part(
    demonstration: TrialProtocol, name: str, part: tuple[str, str, str]
) -> None:
    found = summarise(name, 1.0, demonstration)
    assert (found.role, found.lesion, found.zone) == part


@pytest.mark.parametrize(
    ("pattern", "name", "role"),
    [
        (r"^(?P<lesion>L\d+)$|^TUMOUR$", "TUMOUR", "OTHER"),
        (r"^GTV(?P<lesion>\d*)$", "GTV", "OTHER"),
        (r"^GTV(?P<lesion>\d*)$", "GTV2", "TARGET"),
        (r"^(?P<lesion>.+)$", "L1/CORE", "OTHER"),
        (r"^(?P<lesion>L\d+)(?P<zone>.*)$", "L1_EDGE", "OTHER"),
    ],
)
def test_a_name_that_names_no_lesion_is_no_target(
    demonstration: TrialProtocol, pattern: str, name: str, role: str
) -> None:
    naming = demonstration.structures.model_copy(update={"target": pattern})
    protocol = demonstration.model_copy(update={"structures": naming})
    assert summarise(name, 1.0, protocol).role == role


def drawn_on(
    folder: Path, scan_folder: Path, *structures: Any, protocol: TrialProtocol
) -> tuple[Any, GenerationMode | None]:
    series = small_ct.scan(folder / "series")
    path = folder / "drawn.dcm"
    uid = small_ct.structures(path, series, structures)
    return read_structures(str(path), uid, protocol)


def test_a_marker_in_one_plane_does_not_cost_the_whole_set(
    tmp_path: Path, scan_folder: Path, demonstration: TrialProtocol
) -> None:
    received, _ = drawn_on(
        tmp_path,
        scan_folder,
        small_ct.cube("L1", (0.0, 0.0, 0.0), 20.0),
        small_ct.structure("Isocentre", (0.0, 20.0, 0.0), 4.0, [0.0]),
        protocol=demonstration,
    )
    assert isinstance(received, StructuresReceived)
    assert [s.name for s in received.structures] == ["L1"]


def test_targets_and_organs_without_a_sound_shape_refuse_the_set_by_name(
    tmp_path: Path, scan_folder: Path, demonstration: TrialProtocol
) -> None:
    refused, mode = drawn_on(
        tmp_path,
        scan_folder,
        small_ct.structure("L1", (0.0, 0.0, 0.0), 20.0, [0.0]),
        small_ct.cube("L2", (0.0, 20.0, 0.0), 8.0),
        small_ct.structure("STOMACH", (20.0, 0.0, 0.0), 8.0, [-20.0]),
        protocol=demonstration,
    )
    assert refused.kind == "structures-refused"
    assert mode is None
    assert [reason.partition(":")[0] for reason in refused.reasons] == ["L1", "STOMACH"]
    assert "stands alone" in refused.reasons[0]


def test_what_is_no_structure_set_is_refused(
    scan_folder: Path, tmp_path: Path, demonstration: TrialProtocol
) -> None:
    image = files(scan_folder / "ct")[0]
    refused, _ = read_structures(image, "1.2.3", demonstration)
    assert refused.kind == "structures-refused"
    assert refused.structure_set_uid == "1.2.3"
    assert "not an RT Structure Set" in refused.reasons[0]
    gone, _ = read_structures(str(tmp_path / "none.dcm"), "1.2.3", demonstration)
    assert gone.kind == "structures-refused"
    assert "the file cannot be read: No such file" in gone.reasons[0]
