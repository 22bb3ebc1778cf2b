import asyncio
import json
import socket
from pathlib import Path

import httpx
import pytest

from simulators.edc import EdcFault, EdcFaultKind, EdcFaultPlan, EdcProject, EdcSimulator

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
ROWS = [
    {"record_id": "DEMO-1", "outcome": "LEFT", "visit_complete": "2"},
    {
        "record_id": "DEMO-1",
        "redcap_repeat_instrument": "needle",
        "redcap_repeat_instance": "1",
        "depth_mm": "UNKNOWN",
        "remark": "<b>not bold</b>",
    },
]


async def post(edc: EdcSimulator, timeout_s: float = 10.0, **fields: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=timeout_s, trust_env=False) as http:
        return await http.post(edc.url, data={"token": TOKEN, "format": "json", **fields})


async def store_rows(edc: EdcSimulator, timeout_s: float = 10.0) -> httpx.Response:
    return await post(edc, timeout_s, content="record", data=json.dumps(ROWS))


async def export(edc: EdcSimulator) -> list[dict[str, str]]:
    return (await post(edc, content="record")).json()


async def test_what_was_stored_is_there_after_a_restart(
    project: EdcProject, tmp_path: Path
) -> None:
    file = tmp_path / "edc.sqlite"
    async with EdcSimulator(project, TOKEN, store=file) as edc:
        await store_rows(edc)
        before = await export(edc)
    async with EdcSimulator(project, TOKEN, store=file) as edc:
        assert await export(edc) == before
    assert len(before) == 2


async def test_people_find_records_and_their_forms(edc: EdcSimulator) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        empty = await http.get(edc.page_url)
        await store_rows(edc)
        index = await http.get(edc.page_url)
        record = await http.get(f"{edc.page_url}records/DEMO-1")
        nowhere = await http.get(f"{edc.page_url}records/DEMO-2")

    assert "No record has arrived yet" in empty.text
    assert "href='/records/DEMO-1'" in index.text
    assert "DEMO procedure record" in record.text
    assert "Left undone" in record.text
    assert "NEEDLE" in record.text
    assert "<td class='missing UNKNOWN'>UNKNOWN</td>" in record.text
    assert "&lt;b&gt;not bold" in record.text
    assert nowhere.status_code == 404


async def test_a_record_with_repeating_forms_only_has_a_page(edc: EdcSimulator) -> None:
    await post(edc, content="record", data=json.dumps(ROWS[1:]))
    async with httpx.AsyncClient(trust_env=False) as http:
        record = await http.get(f"{edc.page_url}records/DEMO-1")
    assert record.status_code == 200
    assert "VISIT" not in record.text


async def test_few_rows_stand_side_by_side_and_many_below_each_other(edc: EdcSimulator) -> None:
    async def page(count: int) -> str:
        needles = [{**ROWS[1], "redcap_repeat_instance": str(n + 1)} for n in range(count)]
        await post(edc, content="record", data=json.dumps(needles))
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(f"{edc.page_url}records/DEMO-1")).text

    few, many = await page(2), await page(20)
    assert "<tr><th>#</th><th>1</th><th>2</th></tr><tr><th colspan='3'>Needle</th></tr>" in few
    assert "<th colspan='6'>Needle</th></tr><tr><th>#</th><th>Depth</th>" in many
    assert "<tr><th>20</th><td class='missing UNKNOWN'>" in many


async def test_faults_meet_imports_in_order_and_then_all_is_well(project: EdcProject) -> None:
    plan = EdcFaultPlan(
        faults=(
            EdcFault(kind=EdcFaultKind.SERVER_ERROR, requests=2),
            EdcFault(kind=EdcFaultKind.REJECT, message="locked"),
            EdcFault(kind=EdcFaultKind.LOST_ANSWER),
        )
    )
    async with EdcSimulator(project, TOKEN, faults=plan) as edc:
        answers: list[httpx.Response] = []
        held: list[int] = []
        for _ in range(5):
            answers.append(await store_rows(edc))
            held.append(len(await export(edc)))

    assert [answer.status_code for answer in answers] == [500, 500, 400, 500, 200]
    assert answers[2].json() == {"error": "locked"}
    assert held == [0, 0, 0, 2, 2]
    assert (edc.import_requests, edc.stored_imports) == (5, 2)


async def test_silence_outlasts_an_impatient_client_and_does_not_hold_up_the_end(
    project: EdcProject,
) -> None:
    plan = EdcFaultPlan(faults=(EdcFault(kind=EdcFaultKind.SILENCE, hold_s=600.0),))
    async with asyncio.timeout(10):
        async with EdcSimulator(project, TOKEN, faults=plan) as edc:
            with pytest.raises(httpx.ReadTimeout):
                await store_rows(edc, timeout_s=0.2)
            assert await export(edc) == []


async def test_a_port_in_use_is_an_error_that_leaves_nothing_open(project: EdcProject) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        simulator = EdcSimulator(project, TOKEN, port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            await simulator.__aenter__()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"content": "nothing"}, 400),
        ({"content": "record", "forms[0]": "nothing"}, 400),
        ({"content": "record", "fields": "nothing"}, 400),
        ({"content": "record", "data": "[{"}, 400),
        ({"content": "record", "data": "[]"}, 400),
        ({"content": "record", "format": "xml"}, 501),
    ],
)
async def test_requests_that_redcap_refuses(
    edc: EdcSimulator, fields: dict[str, str], status: int
) -> None:
    answer = await post(edc, **fields)
    assert answer.status_code == status
    assert answer.json()["error"]


async def test_version_is_plain_text(edc: EdcSimulator) -> None:
    assert (await post(edc, content="version")).text == "14.9.1"
