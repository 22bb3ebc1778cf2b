import json
import struct
import threading

import httpx
import numpy as np
import pytest

from procedure_node.display import create_app, scan_token
from procedure_node.views import ViewShelf
from tests.procedure_node.display.latest_state import LatestState


@pytest.fixture
async def client(state, now):
    app = create_app(LatestState(state), ViewShelf(), clock=lambda: now)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://display") as client:
        yield client


TOKEN = scan_token("1.2.826.3")
SECTION = f"/api/scans/{TOKEN}/section"


def unpack(body: bytes) -> tuple[dict, np.ndarray]:
    (length,) = struct.unpack_from("<I", body)
    assert length % 4 == 0
    head = json.loads(body[4 : 4 + length])
    return head, np.frombuffer(body, "<i2", offset=4 + length).reshape(
        head["rows"], head["columns"]
    )


async def test_the_page_loads_only_from_its_own_server(client):
    answer = await client.get("/")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in answer.text
    assert "style=" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/static/script/main.js", "/static/vendor/uPlot.LICENSE"])
async def test_static_files_are_checked_for_changes_each_time(client, path):
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_state_is_the_page_as_json(client):
    page = (await client.get("/api/state")).json()
    assert page["room"] == "CT-2"
    assert page["procedure"]["header"]["mode"] == "DEMO"
    assert [card["verdict"] for card in page["procedure"]["targets"]] == [
        "COVERED",
        "UNKNOWN",
        "UNDER",
        "UNDER",
    ]


async def test_health(client):
    assert (await client.get("/healthz")).json() == {"status": "ok", "running": True}


async def test_a_scan_tells_its_planes_and_where_its_structures_are(client, sample):
    scan = (await client.get(f"/api/scans/{TOKEN}")).json()
    assert scan["planes"]["axial"] == {"first_mm": -375.0, "last_mm": -175.0, "step_mm": 5.0}
    assert scan["structures"]["L1"] == pytest.approx(sample.BALLS_MM["L1"][0], abs=1.0)
    assert (scan["mode"], scan["prescription_gy"]) == ("DEMO", 110.0)
    assert scan["has_dose"]
    assert scan["has_ice"]


async def test_a_section_carries_pixels_lines_and_seeds_of_one_slice(client, sample):
    head, pixels = unpack(
        (await client.get(SECTION, params={"plane": "axial", "mm": -256})).content
    )
    assert pixels.shape == (128, 128)
    assert head["position_mm"] == -255.0
    assert head["labels"] == ["R", "L", "A", "P"]
    assert [isodose["dose_gy"] for isodose in head["isodoses"]] == [55.0, 110.0, 165.0, 220.0]
    assert {"L1", "L3_CORE", "L3_PERIPHERY"} <= {one["name"] for one in head["structures"]}
    expected = [s for s in sample.seeds() if abs(s.center_mm[2] + 255.0) <= 3.0]
    assert len(head["seeds"]) == len(expected) > 0
    x0, y0, x1, y1 = head["seeds"][0]["line"]
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    assert middle == pytest.approx(expected[0].center_mm[:2], abs=0.02)
    assert head["mode"] == "DEMO"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/scans/0123456789abcdef", 404, "no such scan"),
        ("/api/scans/..%2F..%2Fetc/section?plane=axial&mm=0", 404, "Not Found"),
        (f"{SECTION}?plane=oblique&mm=0", 400, "axial, coronal, sagittal"),
        (f"{SECTION}?plane=axial&mm=nan", 400, "give a position in mm"),
        (f"{SECTION}?plane=axial", 400, "give a position in mm"),
        ("/nothing", 404, "Not Found"),
    ],
)
async def test_a_wrong_question_gets_one_clear_answer(client, path, status, words):
    answer = await client.get(path)
    assert answer.status_code == status
    assert words in answer.json()["error"]


async def test_isotherms_of_a_plane_are_served_while_the_cold_is_known(client, sample):
    address = "/api/cold/L2/section?plane=axial&mm=-265"
    answer = await client.get(address)
    assert answer.status_code == 200
    assert [one["level_c"] for one in answer.json()["isotherms"]] == [0.0, -20.0, -40.0]
    assert all(one["best"] for one in answer.json()["isotherms"])
    for path, status, words in (
        (address.replace("L2", "L3"), 404, "not modelled now"),
        (address.replace("axial", "oblique"), 400, "plane="),
        (address.replace("-265", "near"), 400, "mm="),
    ):
        answer = await client.get(path)
        assert (answer.status_code, words in answer.json()["error"]) == (status, True)


async def test_pictures_are_cut_off_the_event_loop(state, now):
    threads = []

    class WatchedShelf(ViewShelf):
        def view(self, directory):
            threads.append(threading.current_thread())
            return super().view(directory)

    app = create_app(LatestState(state), WatchedShelf(), clock=lambda: now)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://display") as client:
        await client.get(f"/api/scans/{TOKEN}")
        await client.get(SECTION, params={"plane": "coronal", "mm": 0})
    assert len(threads) == 2
    assert threading.current_thread() not in threads


@pytest.mark.parametrize(
    ("directory", "status", "words"), [(None, 404, "not ready yet"), ("gone", 410, "lost")]
)
async def test_pictures_that_are_not_there_are_told_apart(
    changed, state, now, directory, status, words
):
    scan = state.procedure.scans["1.2.826.3"].model_copy(update={"view_directory": directory})
    source = LatestState(changed(scans={"1.2.826.3": scan}))
    transport = httpx.ASGITransport(create_app(source, ViewShelf(), clock=lambda: now))
    async with httpx.AsyncClient(transport=transport, base_url="http://display") as client:
        answer = await client.get(f"/api/scans/{TOKEN}")
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert "gone" not in answer.text
