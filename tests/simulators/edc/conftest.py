from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redcap
import redcap.request

from simulators.edc import EdcProject, EdcSimulator, read_project

TOKEN = "0123456789ABCDEF0123456789ABCDEF"

_HEADER = (
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"
    '"Choices, Calculations, OR Slider Labels",Field Note,'
    "Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max,"
    'Identifier?,"Branching Logic (Show field only if...)",Required Field?,Custom Alignment,'
    "Question Number (surveys only),Matrix Group Name,Matrix Ranking?,Field Annotation"
)
_FIELDS = (
    "record_id,visit,,text,Record,,,,,,,,,,,,,",
    "opened,visit,Opening,text,Opened,,,datetime_seconds_ymd,,,,,,,,,,",
    'outcome,visit,,dropdown,Outcome,"DONE, Done | LEFT, Left undone",,,,,,,,,,,,',
    "depth_mm,needle,Needle,text,Depth,,,number,,,,,,,,,,",
    "seeds,needle,,text,Seeds,,,integer,,,,,,,,,,",
    "made_on,needle,,text,Made on,,,date_ymd,,,,,,,,,,",
    "bent,needle,,yesno,Bent,,,,,,,,,,,,,",
    "remark,needle,,notes,Remark,,,,,,,,,,,,,",
)


@pytest.fixture
def project(tmp_path: Path) -> EdcProject:
    dictionary = tmp_path / "dictionary.csv"
    dictionary.write_text("\n".join((_HEADER, *_FIELDS)) + "\n", encoding="utf-8")
    repeating = tmp_path / "repeating.csv"
    repeating.write_text("form_name,custom_form_label\nneedle,\n", encoding="utf-8")
    return read_project(dictionary, repeating)


@pytest.fixture
async def edc(project: EdcProject) -> AsyncIterator[EdcSimulator]:
    async with EdcSimulator(project, TOKEN) as simulator:
        yield simulator


@pytest.fixture
def pycap(edc: EdcSimulator) -> Iterator[redcap.Project]:
    yield redcap.Project(edc.url, TOKEN, timeout=10)
    redcap.request._session.close()
