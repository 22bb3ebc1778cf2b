"""The simulator against clients of another project: dcmtk's echoscu, findscu, movescu, storescu."""

import asyncio
import subprocess
from pathlib import Path

import pytest
from pydicom import dcmread

from dosimetry_core.values import GenerationMode
from drivers.dicom import Peer, mode_of
from simulators.pacs import FaultPlan, PacsSimulator
from tests.drivers.dicom.counterparts import free_port, running
from tests.drivers.dicom.synthetic import Series, ct_image, write, write_series


@pytest.fixture
def series(tmp_path: Path) -> Series:
    return write_series(tmp_path / "scanner", 4)


def pacs(folder: Path, **faults) -> PacsSimulator:
    return PacsSimulator("CTSIM", "127.0.0.1", 0, folder / "pacs", faults=FaultPlan(**faults))


async def run(program: str, peer: Peer, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        program,
        *("-v", "-aet", "DCMTK", "-aec", peer.ae_title, peer.host, str(peer.port)),
        *arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode("latin-1")


async def find(peer: Peer, folder: Path, *keys: str) -> list:
    """Answers of findscu as data sets."""
    folder.mkdir()
    arguments = [part for key in keys for part in ("-k", key)]
    status, output = await run("findscu", peer, "-S", "-X", "-od", str(folder), *arguments)
    assert status == 0, output
    return [dcmread(path) for path in sorted(folder.iterdir())]


async def test_echo(tmp_path):
    async with pacs(tmp_path) as simulator:
        status, _ = await run("echoscu", simulator.peer)
    assert status == 0


async def test_find_studies_by_accession_number(tmp_path, series):
    async with pacs(tmp_path) as simulator:
        await simulator.add_series(series.paths)
        keys = ("QueryRetrieveLevel=STUDY", "StudyInstanceUID", "ModalitiesInStudy")
        (study,) = await find(simulator.peer, tmp_path / "a", *keys, "AccessionNumber=A-17")
        assert await find(simulator.peer, tmp_path / "b", *keys, "AccessionNumber=A-18") == []
        (dated,) = await find(simulator.peer, tmp_path / "c", *keys, "StudyDate=20250301-20250331")
        assert await find(simulator.peer, tmp_path / "d", *keys, "StudyDate=20250401-") == []
        assert await find(simulator.peer, tmp_path / "e", *keys, "PatientName=Test*")
        assert await find(simulator.peer, tmp_path / "f", *keys, "PatientName=Test?") == []
    assert study.StudyInstanceUID == dated.StudyInstanceUID == series.study_uid
    assert study.ModalitiesInStudy == "CT"


async def test_find_series_with_counts_and_images(tmp_path, series):
    async with pacs(tmp_path, count_excess=2) as simulator:
        await simulator.add_series(series.paths)
        study = f"StudyInstanceUID={series.study_uid}"
        (found,) = await find(
            simulator.peer,
            tmp_path / "series",
            *("QueryRetrieveLevel=SERIES", study, "SeriesInstanceUID", "Modality"),
            *("SeriesDescription", "NumberOfSeriesRelatedInstances", "BodyPartExamined"),
        )
        images = await find(
            simulator.peer,
            tmp_path / "images",
            *("QueryRetrieveLevel=IMAGE", study, f"SeriesInstanceUID={series.series_uid}"),
            "SOPInstanceUID",
        )
    assert found.SeriesInstanceUID == series.series_uid
    assert (found.Modality, found.SeriesDescription) == ("CT", "TEST Liver")
    assert found.NumberOfSeriesRelatedInstances == 6
    assert found.BodyPartExamined in {None, ""}
    assert {image.SOPInstanceUID for image in images} == series.image_uids


@pytest.mark.parametrize("keys", [["PatientID"], ["QueryRetrieveLevel=SERIES", "Modality"]])
async def test_queries_without_level_or_upper_keys_are_refused(tmp_path, series, keys):
    async with pacs(tmp_path) as simulator:
        await simulator.add_series(series.paths)
        arguments = [part for key in keys for part in ("-k", key)]
        _, output = await run("findscu", simulator.peer, "-S", *arguments)
    assert "DataSetDoesNotMatchSOPClass" in output


async def test_store_marks_and_serves_what_comes(tmp_path):
    image = ct_image(0, "1.2.1", "1.2.2", "1.2.3")
    del image[0x00710010], image[0x00711001], image["QualityControlImage"]
    image.SeriesDescription = "Liver"
    path = write(image, tmp_path)
    assert mode_of(dcmread(path)) is GenerationMode.REAL
    async with pacs(tmp_path) as simulator:
        status, output = await run("storescu", simulator.peer, str(path))
        assert status == 0, output
        (kept,) = (tmp_path / "pacs").rglob("*.dcm")
        assert mode_of(dcmread(kept)) is GenerationMode.TEST
        (found,) = await find(
            simulator.peer,
            tmp_path / "found",
            *("QueryRetrieveLevel=SERIES", "StudyInstanceUID=1.2.1", "SeriesDescription"),
        )
    assert found.SeriesDescription == "TEST Liver"


async def test_move_brings_a_series_or_one_image(tmp_path, series):
    port, received = free_port(), tmp_path / "received"
    received.mkdir()
    scp = ["storescp", "-uf", "-od", str(received), str(port)]
    async with pacs(tmp_path) as simulator:
        await simulator.add_series(series.paths)
        simulator.add_destination(Peer("STORESCP", "127.0.0.1", port))
        keys = [f"StudyInstanceUID={series.study_uid}", f"SeriesInstanceUID={series.series_uid}"]
        one = [*keys, "QueryRetrieveLevel=IMAGE", f"SOPInstanceUID={series.paths[2].stem}"]
        with running(scp, port, tmp_path / "storescp.log"):
            assert await move(simulator.peer, "STORESCP", one) == 0
            assert len(list(received.iterdir())) == 1
            assert await move(simulator.peer, "STORESCP", [*keys, "QueryRetrieveLevel=SERIES"]) == 0
    assert {dcmread(path).SOPInstanceUID for path in received.iterdir()} == series.image_uids


async def test_move_to_a_stranger_fails(tmp_path, series):
    async with pacs(tmp_path) as simulator:
        await simulator.add_series(series.paths)
        keys = ["QueryRetrieveLevel=STUDY", f"StudyInstanceUID={series.study_uid}"]
        assert await move(simulator.peer, "STRANGER", keys) != 0


async def move(peer: Peer, destination: str, keys: list[str]) -> int:
    arguments = [part for key in keys for part in ("-k", key)]
    status, _ = await run("movescu", peer, "-S", "-aem", destination, *arguments)
    return status
