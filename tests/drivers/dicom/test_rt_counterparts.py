"""Plans and doses as this project writes them, read by programs of other hands."""

import json
import os
import re
import subprocess
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import httpx
import numpy as np
import pydicom
import pydicom.dicomio
import pytest

from dosimetry_core.values import Volume
from drivers.dicom import Peer, StructureDvh, read_dose, read_implant_plan, send_images, write_dose
from tests.drivers.dicom.counterparts import NODE, free_port, running
from tests.drivers.dicom.implants import (
    DOSE_UID,
    PLAN_UID,
    Study,
    affine,
    dose_content,
    dose_volume,
    histograms,
    identity,
    seeds,
    study,
    write_both,
)

# Asked of sources that are "not gamma-emitting" only (PS3.3 C.8.8.15); dciodvfy asks it of all
# that state their Source Strength Units.
_WRONGLY_ASKED = (
    "Error - Missing attribute Type 1C Conditional Element=<SourceStrength> "
    "Module=<RTBrachyApplicationSetups>"
)
# Defined terms may be extended; the mark of simulated data is private.
_EXPECTED_WARNINGS = {
    "(0x0071,0x1001)  ?  - Warning - Unrecognized tag - assuming explicit value representation OK",
    (
        "Warning - Unrecognized defined term <PERCUTANEOUS> for value 1 of attribute "
        "<Application Setup Type>"
    ),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def written(made: Study, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    plan, dose, _ = write_both(tmp_path_factory.mktemp("results"), made)
    return plan, dose


@pytest.fixture(scope="module")
def dicomparser() -> ModuleType:
    """dicompyler-core imports a name that pydicom 3 dropped."""
    pydicom.dicomio.read_file = pydicom.dcmread
    os.environ.setdefault("MPLBACKEND", "Agg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return import_module("dicompylercore.dicomparser")


def complaints(path: Path) -> Counter[str]:
    verdict = subprocess.run(["dciodvfy", str(path)], check=False, capture_output=True, text=True)
    lines = (verdict.stdout + verdict.stderr).splitlines()
    return Counter(line.strip() for line in lines if "Error" in line or "Warning" in line)


class TestDciodvfy:
    def test_plan(self, written):
        found = complaints(written[0])
        # Once for each of the two batches.
        assert found.pop(_WRONGLY_ASKED) == 2
        assert set(found) <= _EXPECTED_WARNINGS

    def test_dose(self, written):
        assert set(complaints(written[1])) <= _EXPECTED_WARNINGS

    def test_it_does_find_errors(self, written, tmp_path):
        dose = pydicom.dcmread(written[1])
        del dose.DoseUnits
        path = tmp_path / "broken.dcm"
        dose.save_as(path)
        assert any("DoseUnits" in line for line in complaints(path))


@contextmanager
def orthanc_with_rest(folder: Path) -> Iterator[tuple[Peer, str]]:
    dicom_port, http_port = free_port(), free_port()
    configuration = {
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "Plugins": [],
        "HttpPort": http_port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAet": "ORTHANC",
        "DicomPort": dicom_port,
        "DicomAlwaysAllowStore": True,
    }
    path = folder / "orthanc.json"
    path.write_text(json.dumps(configuration))
    with running(["Orthanc", str(path)], dicom_port, folder / "orthanc.log"):
        yield Peer("ORTHANC", "127.0.0.1", dicom_port), f"http://127.0.0.1:{http_port}"


async def test_orthanc_stores_both_and_gives_them_back(written, tmp_path):
    plan, dose = written
    with orthanc_with_rest(tmp_path) as (peer, address):
        await send_images(peer, NODE, [plan, dose])
        # Its HTTP port may answer a little later than its DICOM port.
        patient = httpx.AsyncHTTPTransport(retries=6)
        async with httpx.AsyncClient(base_url=address, transport=patient) as client:
            for path, uid in ((plan, PLAN_UID), (dose, DOSE_UID)):
                found = (await client.post("/tools/lookup", content=uid)).json()
                (instance,) = [one["ID"] for one in found if one["Type"] == "Instance"]
                back = await client.get(f"/instances/{instance}/file")
                kept = tmp_path / f"{uid}.dcm"
                kept.write_bytes(back.content)
                assert pydicom.dcmread(kept) == pydicom.dcmread(path)
            tags = (await client.get(f"/instances/{instance}/simplified-tags")).json()
            assert tags["DoseUnits"] == "GY"
            assert len(tags["DVHSequence"]) == 2
    assert read_implant_plan(tmp_path / f"{PLAN_UID}.dcm") == read_implant_plan(plan)
    np.testing.assert_array_equal(
        read_dose(tmp_path / f"{DOSE_UID}.dcm").volume.values, read_dose(dose).volume.values
    )


class TestDicompyler:
    def test_plan(self, dicomparser, written):
        plan = dicomparser.DicomParser(str(written[0])).GetPlan()
        assert plan["label"] == "As implanted"
        assert plan["brachy"] is True
        assert plan["date"] == "20260304"

    def test_dose_planes(self, dicomparser, written):
        parser = dicomparser.DicomParser(str(written[1]))
        data = parser.GetDoseData()
        assert (data["doseunits"], data["dosesummationtype"]) == ("GY", "PLAN")
        assert parser.GetReferencedRTPlan() == PLAN_UID
        scaling_gy = float(data["dosegridscaling"])
        for k in range(9):
            plane = parser.GetDoseGrid(z=-105.0 + 2.5 * k) * scaling_gy
            np.testing.assert_allclose(plane, dose_volume().values[k], atol=scaling_gy / 2 + 1e-9)
        columns_mm, rows_mm = parser.GetPatientToPixelLUT()
        np.testing.assert_allclose(columns_mm, -15.0 + np.arange(31))
        np.testing.assert_allclose(rows_mm, -12.5 + 1.5 * np.arange(17))

    def test_histograms(self, dicomparser, written):
        parser = dicomparser.DicomParser(str(written[1]))
        assert parser.GetReferencedStructureSet() == read_dose(written[1]).structure_set_uid
        found = parser.GetDVHs()
        assert sorted(found) == [1, 2]
        for ours in histograms():
            theirs = found[ours.roi_number]
            np.testing.assert_allclose(np.array(theirs.bins, float), ours.dose_gy, atol=1e-6)
            np.testing.assert_allclose(np.array(theirs.counts, float), ours.volume, rtol=1e-8)
            assert theirs.dose_units == "Gy"
            assert theirs.volume_units == ours.volume_unit.lower()


def test_pydicom_finds_each_seed(written):
    plan = pydicom.dcmread(written[0])
    strengths_u = {
        source.SourceNumber: source.ReferenceAirKermaRate for source in plan.SourceSequence
    }
    for setup, seed in zip(plan.ApplicationSetupSequence, seeds(), strict=True):
        (channel,) = setup.ChannelSequence
        point = channel.BrachyControlPointSequence[1]
        assert list(point.ControlPoint3DPosition) == pytest.approx(seed.center_mm, abs=1e-9)
        assert strengths_u[channel.ReferencedSourceNumber] == seed.strength_u
        if seed.axis is not None:
            assert list(point.ControlPointOrientation) == pytest.approx(seed.axis, abs=1e-7)


def metaimage(path: Path) -> Volume:
    """An uncompressed MetaImage with its data in one file: a header of text, then raw floats."""
    content = path.read_bytes()
    end = content.index(b"\n", content.index(b"ElementDataFile")) + 1
    header = dict(
        re.findall(r"^(\w+) = (.*?)\s*$", content[:end].decode("ascii"), flags=re.MULTILINE)
    )
    assert (header["ElementType"], header["ElementDataFile"]) == ("MET_FLOAT", "LOCAL")
    assert header["CompressedData"] == "False"
    columns, rows, planes = map(int, header["DimSize"].split())
    directions = np.array(header["TransformMatrix"].split(), float).reshape(3, 3).T
    matrix = np.eye(4)
    matrix[:3, :3] = directions * np.array(header["ElementSpacing"].split(), float)
    matrix[:3, 3] = np.array(header["Offset"].split(), float)
    values = np.frombuffer(content[end:], "<f4").reshape(planes, rows, columns)
    return Volume(values, matrix)


def prone() -> np.ndarray:
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine()


# plastimatch 1.9.4 takes the directions of an RTDOSE transposed, so oblique grids are left out.
@pytest.mark.parametrize("matrix", [affine(), prone()], ids=["supine", "prone"])
def test_plastimatch_converts_the_dose(matrix, made, tmp_path):
    path, converted = tmp_path / "dose.dcm", tmp_path / "dose.mha"
    content = dose_content(made, Volume(dose_volume().values, matrix))
    rounding_gy = write_dose(content, made.context, identity("dose"), path).largest_rounding_gy
    subprocess.run(
        ["plastimatch", "convert", "--input", path, "--output-dose-img", converted],
        check=True,
        capture_output=True,
    )
    volume = metaimage(converted)
    # Its header has six decimals.
    np.testing.assert_allclose(volume.affine, matrix, atol=1e-5)
    np.testing.assert_allclose(volume.values, dose_volume().values, atol=rounding_gy + 1e-4)
    np.testing.assert_allclose(volume.values, read_dose(path).volume.values, rtol=1e-6)


def test_a_histogram_of_2000_points_fits_into_the_file(made, tmp_path):
    """Longer, and its value would not be a DS of explicit VR any more."""
    long = StructureDvh(
        1,
        tuple(float(np.pi * n) for n in range(2000)),
        tuple(float(np.exp(-n / 301.0)) for n in range(2000)),
        "CM3",
    )
    content = dose_content(made)
    path = tmp_path / "dose.dcm"
    write_dose(replace(content, histograms=(long,)), made.context, identity("dose"), path)
    assert pydicom.dcmread(path).DVHSequence[0].get_item("DVHData").VR == "DS"
    assert set(complaints(path)) <= _EXPECTED_WARNINGS
