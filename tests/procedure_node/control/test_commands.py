"""Commands over the control socket: done and journalled, or refused in words."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from procedure_node.control import ControlClient, ControlError
from procedure_node.core import Core
from procedure_node.journal import read_entries

OPEN = {"subject": "S-001", "protocol": "demonstration", "arm": "STRATEGY", "study_uid": "1.2.3"}


def status(client: ControlClient, method: str, path: str, content: bytes = b"") -> tuple[int, str]:
    """What a client that speaks plain HTTP is answered."""
    transport = httpx.HTTPTransport(uds=str(client._socket))
    with httpx.Client(transport=transport) as plain:
        answer = plain.request(method, f"http://node{path}", content=content)
    return answer.status_code, answer.text


async def refusal(give: Any, name: str, **arguments: Any) -> str:
    with pytest.raises(ControlError) as caught:
        await give(name, **arguments)
    return str(caught.value)


async def test_a_procedure_is_opened_by_its_study(give: Any, core: Core, tmp_path: Path) -> None:
    answer = await give("open", **OPEN)
    procedure = core.state.procedure
    assert procedure is not None
    assert answer == {"procedure_id": procedure.procedure_id}
    assert re.fullmatch(r"P\d{8}-[0-9a-f]{6}", procedure.procedure_id)
    assert (procedure.subject, procedure.study_uid, procedure.arm) == ("S-001", "1.2.3", "STRATEGY")
    (opened,) = (e.event for e in read_entries(tmp_path / "journal.sqlite"))
    assert (opened.originator.kind, opened.originator.name) == ("PERSON", "staff-7")
    assert opened.mode == "TEST"


async def test_a_procedure_is_opened_by_its_accession_number(
    give: Any, core: Core, archive: Any
) -> None:
    await give("open", **{**OPEN, "study_uid": None, "accession": "A-17"})
    assert core.state.procedure is not None
    assert core.state.procedure.study_uid == "1.2.840.17"
    assert archive.asked == ["A-17"]


async def test_an_accession_number_that_the_archive_does_not_know_is_refused(
    give: Any, core: Core
) -> None:
    told = await refusal(give, "open", **{**OPEN, "study_uid": None, "accession": "B-1"})
    assert told == "the archive has 0 studies of this accession number"
    assert core.state.procedure is None


@pytest.mark.parametrize("given", [{"study_uid": None}, {"accession": "A-17"}])
async def test_a_study_is_named_in_one_way(give: Any, archive: Any, given: Any) -> None:
    told = await refusal(give, "open", **{**OPEN, **given})
    assert told == "give either the study UID or the accession number"
    assert archive.asked == []


async def test_a_procedure_is_carried_through(give: Any, core: Core) -> None:
    await give("open", **OPEN)
    await give("allocate", lesion="L1", modality="SEEDS", reason="suitable")
    await give(
        "report-seeds",
        lesion="L1",
        count=3,
        batch="B1",
        seed_model="Amersham6711",
        strength_u=0.8,
        strength_reference_date=datetime.now(UTC).date().isoformat(),
    )
    await give("finish", lesion="L1")
    await give("close", comment="went well")
    procedure = core.state.procedure
    assert procedure is not None
    assert [entry.act for entry in procedure.audit] == [
        "procedure-opened",
        "target-allocated",
        "seeds-reported",
        "treatment-finished",
        "procedure-closed",
    ]
    assert {entry.by for entry in procedure.audit} == {"staff-7"}
    assert procedure.record.status == "QUEUED"


async def test_two_procedures_follow_each_other_and_are_not_mixed(give: Any, core: Core) -> None:
    first = await give("open", **OPEN)
    assert f"{first['procedure_id']} is still open" in await refusal(give, "open", **OPEN)
    await give("allocate", lesion="L1", modality="SEEDS", reason="suitable")
    assert await give("close", outcome="ABANDONED") == first
    second = await give("open", **{**OPEN, "subject": "S-002", "study_uid": "1.2.4"})
    assert second != first
    procedure = core.state.procedure
    assert procedure is not None
    assert (procedure.subject, procedure.allocations, procedure.closed_at) == ("S-002", {}, None)


async def test_of_two_who_open_at_once_one_is_refused(give: Any, core: Core) -> None:
    outcomes = await asyncio.gather(
        give("open", **OPEN), give("open", **OPEN), return_exceptions=True
    )
    (done,) = (o for o in outcomes if isinstance(o, dict))
    (refused,) = (o for o in outcomes if isinstance(o, ControlError))
    assert f"procedure {done['procedure_id']} is still open" in str(refused)


async def test_what_is_not_possible_now_is_a_conflict(client: ControlClient) -> None:
    answer = await asyncio.to_thread(status, client, "POST", "/commands/close", b'{"by": "ab"}')
    assert answer == (409, '{"refused":"no procedure is open: open one first"}')


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"protocol": "other"}, "there is no such protocol; known are: demonstration"),
        ({"protocol": "../protocols/demonstration"}, "but the file is '../protocols"),
        ({"arm": "X"}, "arm 'X' is not in protocol demonstration; it has: STRATEGY"),
    ],
)
async def test_an_unknown_protocol_or_arm_is_refused(
    give: Any, core: Core, changes: Any, told: str
) -> None:
    assert told in await refusal(give, "open", **{**OPEN, **changes})
    assert core.state.procedure is None


async def test_impossible_arguments_are_told_by_name(client: ControlClient, give: Any) -> None:
    wrong = {**OPEN, "subject": "J D", "colour": "red", "study_uid": "abc"}
    told = await refusal(give, "open", **wrong)
    for part in ("subject: String should match", "study_uid: ", "colour: Extra inputs"):
        assert part in told
    assert await refusal(give, "open", by="x", **OPEN) == (
        "by: String should have at least 2 characters"
    )
    answer = await asyncio.to_thread(status, client, "POST", "/commands/open", b"not JSON")
    assert answer[0] == 422
    assert "Invalid JSON" in answer[1]


async def test_an_unknown_command_is_answered_with_those_that_there_are(
    client: ControlClient,
) -> None:
    code, text = await asyncio.to_thread(status, client, "POST", "/commands/explode")
    assert code == 404
    assert "there is no command 'explode'; there are: open, close, allocate" in text


async def test_what_is_not_answered_in_json_is_told_by_its_status(client: ControlClient) -> None:
    with pytest.raises(ControlError, match=r"answers HTTP 405 Method Not Allowed; its log says"):
        await asyncio.to_thread(client._ask, "GET", "/commands/open")


async def test_a_bug_in_the_node_is_told_as_such(
    give: Any, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(core, "decide", broken)
    told = await refusal(give, "close")
    assert told.endswith("the node answers HTTP 500 Internal Server Error; its log says more")


async def test_the_state_is_what_the_core_has(client: ControlClient, give: Any, core: Core) -> None:
    await give("open", **OPEN)
    state = await asyncio.to_thread(client.state)
    assert state == core.state.model_dump(mode="json")
