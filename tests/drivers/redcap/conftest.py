from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drivers.redcap import RedcapClient
from simulators.edc import EdcProject, EdcSimulator, read_project

TOKEN = "0123456789ABCDEF0123456789ABCDEF"


def _field(name: str, form: str, validation: str = "") -> str:
    columns = [""] * 18
    columns[0], columns[1], columns[3], columns[7] = name, form, "text", validation
    return ",".join(columns)


@pytest.fixture
def project(tmp_path: Path) -> EdcProject:
    dictionary = tmp_path / "dictionary.csv"
    fields = (
        ",".join("c" * 18),
        _field("record_id", "visit"),
        _field("outcome", "visit"),
        _field("depth_mm", "needle", "number"),
        _field("remark", "needle"),
        _field("age", "other", "integer"),
    )
    dictionary.write_text("\n".join(fields) + "\n", encoding="utf-8")
    repeating = tmp_path / "repeating.csv"
    repeating.write_text("form_name\nneedle\n", encoding="utf-8")
    return read_project(dictionary, repeating)


@pytest.fixture
async def edc(project: EdcProject) -> AsyncIterator[EdcSimulator]:
    async with EdcSimulator(project, TOKEN) as simulator:
        yield simulator


@pytest.fixture
async def client(edc: EdcSimulator) -> AsyncIterator[RedcapClient]:
    async with RedcapClient(edc.url, TOKEN, allow_plain_http=True) as redcap:
        yield redcap
