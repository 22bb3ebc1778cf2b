"""Login and commands over HTTP: who may do what, and what is refused."""

import json

import httpx
import pytest

from procedure_node.control import Answer
from procedure_node.display import Login, create_app
from procedure_node.journal import read_entries
from procedure_node.views import ViewShelf
from tests.procedure_node.display.latest_state import LatestState

PAGE = {"X-Procedure-Node": "page", "Origin": "http://display"}
OPEN = {"subject": "S-001", "protocol": "demonstration", "arm": "STRATEGY", "study_uid": "1.2.3"}


@pytest.fixture
async def client(core, make_controls, make_door, now):
    login = Login(make_door(), make_controls(core))
    app = create_app(core, ViewShelf(), clock=lambda: now, login=login)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://display", headers=PAGE
    ) as client:
        yield client


@pytest.fixture
def log_in(client, password):
    async def log_in(name: str) -> httpx.Response:
        return await client.post("/api/session", json={"name": name, "password": password})

    return log_in


async def refusal(asked) -> tuple[int, str]:
    answer = await asked
    return answer.status_code, answer.json()["error"]


async def test_a_command_is_journalled_with_who_and_in_which_role(client, log_in, tmp_path, core):
    await log_in("nurse-7")
    answer = await client.post("/api/commands/open", json=OPEN)
    assert answer.status_code == 200
    assert answer.json() == {"procedure_id": core.state.procedure.procedure_id}
    (opened,) = (e.event for e in read_entries(tmp_path / "journal.sqlite"))
    who = opened.originator
    assert (who.kind, who.name, who.role) == ("PERSON", "nurse-7", "nurse")


async def test_the_reason_of_an_allocation_is_journalled(client, log_in, tmp_path, core):
    await log_in("dr-2")
    await client.post("/api/commands/open", json=OPEN)
    given = {"lesion": "L1", "modality": "SEEDS", "reason": "near a vessel"}
    assert (await client.post("/api/commands/allocate", json=given)).status_code == 200
    events = [e.event for e in read_entries(tmp_path / "journal.sqlite")]
    (allocated,) = (e for e in events if e.payload.kind == "target-allocated")
    assert (allocated.originator.name, allocated.originator.role) == ("dr-2", "physician")
    assert allocated.payload.reason == "near a vessel"


async def test_nobody_speaks_for_another(client, log_in, core):
    await log_in("nurse-7")
    asked = client.post("/api/commands/open", json={**OPEN, "by": "dr-2"})
    assert await refusal(asked) == (422, "by: who gives a command is who is logged in")
    assert core.state.procedure is None


async def test_a_role_bounds_what_is_done(client, log_in, core):
    await log_in("nurse-7")
    await client.post("/api/commands/open", json=OPEN)
    asked = client.post("/api/commands/close", json={})
    assert await refusal(asked) == (403, "as nurse nurse-7 may not 'close'")
    assert core.state.procedure.closed_at is None
    forms = (await client.get("/api/commands")).json()["commands"]
    assert [form["name"] for form in forms] == [
        "open",
        "report-seeds",
        "acknowledge",
        "pause-alarms",
        "resume-alarms",
        "sound-check",
        "adverse-event",
        "explain-deviation",
    ]


async def test_without_a_login_nothing_is_done(client, core):
    for asked in (
        client.post("/api/commands/open", json=OPEN),
        client.get("/api/commands"),
        client.put("/api/session"),
    ):
        status, words = await refusal(asked)
        assert status == 401
        assert "log in again" in words
    assert core.state.procedure is None


async def test_after_logging_out_nothing_is_done(client, log_in):
    await log_in("dr-2")
    cookies = dict(client.cookies)
    assert (await client.delete("/api/session")).json()["person"] is None
    assert not client.cookies
    client.cookies.update(cookies)
    assert (await client.post("/api/commands/close", json={})).status_code == 401


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(client, log_in):
    answer = await log_in("dr-2")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/api/" in cookie
    assert "secure" not in cookie
    person = answer.json()["person"]
    assert (person["name"], person["title"], person["left_s"]) == ("dr-2", "Physician", 300.0)


async def test_over_tls_the_cookie_never_goes_in_clear(client, password):
    answer = await client.post(
        "/api/session",
        json={"name": "dr-2", "password": password},
        headers={"Origin": "https://display"},
    )
    assert "secure" in answer.headers["set-cookie"].lower()


STRANGERS = {
    "no header of the page": {"Origin": "http://display"},
    "no origin": {"X-Procedure-Node": "page"},
    "another origin": {**PAGE, "Origin": "http://elsewhere"},
    "an opaque origin": {**PAGE, "Origin": "null"},
    "another port": {**PAGE, "Origin": "http://display:81"},
    "the browser says so": {**PAGE, "Sec-Fetch-Site": "cross-site"},
}


@pytest.mark.parametrize("headers", STRANGERS.values(), ids=STRANGERS)
async def test_what_another_site_causes_is_refused(client, log_in, headers, core):
    await log_in("dr-2")
    client.headers = headers
    for asked in (
        client.post("/api/commands/open", json=OPEN),
        client.post("/api/session", json={"name": "dr-2", "password": "x"}),
        client.put("/api/session"),
        client.delete("/api/session"),
    ):
        status, words = await refusal(asked)
        assert (status, words) == (403, "only the page of this very address may ask for that")
    assert core.state.procedure is None


async def test_refusals_come_in_words(client, log_in):
    await log_in("dr-2")
    asked = client.post("/api/commands/close", json={})
    assert await refusal(asked) == (409, "no procedure is open: open one first")
    status, words = await refusal(
        client.post("/api/commands/open", json={**OPEN, "subject": "J D"})
    )
    assert status == 422
    assert words.startswith("subject: String should match")
    status, words = await refusal(client.post("/api/commands/explode", json={}))
    assert (status, words) == (403, "as physician dr-2 may not 'explode'")
    for content in (b"[]", b"not JSON"):
        asked = client.post("/api/commands/open", content=content)
        assert await refusal(asked) == (422, "the body must be a JSON object")
    status, _ = await refusal(client.post("/api/commands/open", content=b" " * 20_000))
    assert status == 413


@pytest.mark.parametrize(
    "body", [{}, {"name": "dr-2"}, {"name": 1, "password": "x"}, {"name": "a", "password": None}]
)
async def test_a_login_is_a_name_and_a_password(client, body):
    assert await refusal(client.post("/api/session", json=body)) == (
        422,
        "give a name and a password",
    )


async def test_a_wrong_password_is_refused_in_words(client):
    asked = client.post("/api/session", json={"name": "dr-2", "password": "wrong"})
    status, words = await refusal(asked)
    assert status == 403
    assert words.startswith("name or password is wrong; 4 more tries")


async def test_without_people_nobody_can_log_in(state, now):
    app = create_app(LatestState(state), ViewShelf(), clock=lambda: now)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://display", headers=PAGE
    ) as client:
        assert (await client.get("/api/session")).json() == {"can_log_in": False, "person": None}
        status, words = await refusal(client.post("/api/commands/open", json=OPEN))
    assert status == 403
    assert "the settings name no people_file" in words


async def test_scans_are_named_by_their_number_on_the_page(state, now, make_door, password):
    """No DICOM identifier is told to the page, so none is asked of it."""
    given = []

    class Desk:
        async def carry_out(self, name, body, *, role=None):
            given.append((name, json.loads(body), role))
            return Answer(200, {"procedure_id": "P1"})

        def suggestions(self):
            return {"lesion": ("L1",)}

    app = create_app(
        LatestState(state), ViewShelf(), clock=lambda: now, login=Login(make_door(), Desk())
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://display", headers=PAGE
    ) as client:
        await client.post("/api/session", json={"name": "dr-2", "password": password})
        forms = {f["name"]: f for f in (await client.get("/api/commands")).json()["commands"]}
        (scan, *_) = forms["scan-dose"]["fields"]
        assert scan["choices"] == [str(n + 1) for n in range(len(state.procedure.scans))]
        assert "1.2.826" not in json.dumps(forms)
        dose = {"series_uid": "3", "ctdi_vol_mgy": 8.1, "dlp_mgy_cm": 310}
        await client.post("/api/commands/scan-dose", json=dose)
    third = list(state.procedure.scans)[2]
    assert given == [
        ("scan-dose", {**dose, "series_uid": third, "by": "dr-2"}, "physician"),
    ]


async def test_a_page_confirms_what_it_has_drawn_and_nothing_else(state, now):
    app = create_app(LatestState(state), ViewShelf(), clock=lambda: now)
    watch = app.state.board.watch
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://display", headers=PAGE
    ) as client:
        told = {"nonce": "made-up", "sound": "ON"}
        status, words = await refusal(client.post("/api/shown", json=told))
        assert (status, words) == (409, "that nonce is too old, or was never sent")
        assert not watch.is_confirmed
        told["nonce"] = watch.nonce()
        assert (await client.post("/api/shown", json=told)).status_code == 200
        for wrong in ({**told, "sound": "LOUD"}, {"sound": "ON"}):
            assert (await client.post("/api/shown", json=wrong)).status_code == 422
        client.headers["Origin"] = "http://elsewhere"
        assert (await client.post("/api/shown", json=told)).status_code == 403
    assert watch.is_confirmed
    assert watch.sound == "ON"
