"""A procedure from opening to closing, between Orthanc, Mosquitto, a serial line and an EDC."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import redcap
import redcap.request

from drivers.dicom import send_images
from simulators.patient import (
    identity_of,
    load_baseline,
    scans,
    seed_model,
    write_contours,
    write_scan,
)
from tests.drivers.mqtt.conftest import Received, subscriber
from tests.system.conftest import PASSWORD, TOKEN, Suite
from tests.system.node import CONFIG

pytestmark = pytest.mark.timeout(300)

BATCH = {
    "batch": "B1",
    "seed_model": seed_model(),
    "strength_u": scans()[2].seeds[0].strength_u,
    "strength_reference_date": datetime.now(UTC).date(),
}


async def scanned(suite: Suite, folder: Path, number: int) -> None:
    """Scan ``number`` of the demonstration's patient reaches the archive from elsewhere."""
    patient = load_baseline()
    identity = identity_of(patient, datetime(2026, 3, 2, tzinfo=UTC), "system test")
    directory = folder / f"scan-{number}"
    now = datetime.now(UTC)
    series = await asyncio.to_thread(
        write_scan,
        scans()[number],
        patient,
        identity,
        acquired_at=now,
        directory=directory,
    )
    if number == 0:
        write_contours(series, identity, drawn_at=now, path=directory / "structures.dcm")
    await send_images(suite.archive, "SCANNER", sorted(directory.rglob("*.dcm")))


def card(page: dict[str, Any], key: str) -> dict[str, Any]:
    return next((c for c in page["targets"] if c["key"] == key), {"verdict": None})


def analysed(page: dict[str, Any]) -> int:
    return sum(1 for scan in page["scans"] if scan["status"] == "ANALYSED")


async def opened(suite: Suite, folder: Path) -> None:
    """A procedure with its baseline and structures, L1 for seeds and L2 for freezing."""
    patient = load_baseline()
    await suite.node.do(
        "open", subject="S-001", study_uid=patient.study_uid, protocol="short", arm="STRATEGY"
    )
    await scanned(suite, folder, 0)
    await suite.node.shows(
        lambda p: analysed(p) == 1 and card(p, "L1")["verdict"] is not None,
        "the baseline and the structures",
    )
    await suite.node.do("allocate", lesion="L1", modality="SEEDS", reason="margin")
    await suite.node.do("allocate", lesion="L2", modality="CRYO", reason="accessible")


def schema_of(kind: str) -> dict[str, Any]:
    return json.loads((CONFIG / "schemas" / "messages" / f"{kind}.v1.json").read_text())


async def test_a_procedure_from_opening_to_the_record(suite: Suite, tmp_path: Path) -> None:
    node = suite.node
    login = ("-u", "reader", "-P", PASSWORD)
    async with subscriber(suite.broker.port, *login) as heard:
        await opened(suite, tmp_path)

        # Seeds: reported, seen, and enough.
        first = len([s for s in scans()[2].seeds if s.lesion == "L1"])
        await node.do("report-seeds", lesion="L1", count=first, **BATCH)
        page = await node.shows(
            lambda p: card(p, "L1")["verdict"] == "UNKNOWN", "L1 is in doubt until the next scan"
        )
        assert "new scan is needed" in card(page, "L1")["unknown_reasons"][0]
        await scanned(suite, tmp_path, 2)
        page = await node.shows(lambda p: card(p, "L1")["verdict"] == "COVERED", "L1 is covered")
        assert card(page, "L1")["seeds"] == {"reported": first, "found": first}

        # Freezing, and a kill -9 in the middle of it.
        await node.do("assign-probe", device="console-1", probe=1, lesion="L2")
        suite.console.freeze(1)
        await node.shows(lambda p: p["probes"][0]["phase"] == "FREEZE", "the freeze")
        await node.kill()
        status, text = await node.run("journal", "verify", str(node.journal))
        assert status == 0, text
        await node.start()
        page = await node.shows(
            lambda p: p["probes"][0]["phase"] == "FREEZE", "the freeze goes on after the restart"
        )
        spans = [span["phase"] for span in page["probes"][0]["spans"]]
        assert spans[-3:] == ["FREEZE", "UNKNOWN", "FREEZE"], "the gap stays UNKNOWN"
        assert card(page, "L1")["seeds"] == {"reported": first, "found": first}
        suite.console.heat(1)
        await node.shows(lambda p: p["probes"][0]["phase"] == "ACTIVE_THAW", "the thaw")

        # A device that is lost is an alert, and comes back by itself.
        suite.console.begin_fault("unplug", for_s=1.0)
        await node.shows(lambda p: "device-lost:console-1" in alerts(p), "the lost console")
        await node.shows(lambda p: "device-lost:console-1" not in alerts(p), "the console is back")

        await node.do("close")
        page = await node.shows(lambda p: p["record"]["status"] == "CONFIRMED", "the record")
        messages = await heard.until(lambda got: got[-1:] and '"CONFIRMED"' in got[-1].payload)

    last = await node.stop()
    assert last["event"] == "stopped"
    assert any(text.startswith("WATCHDOG=1") for text in node.told)
    status, text = await node.run("replay", str(node.journal))
    assert last["state_sha256"] in text, "a replay leads to the live run's last state"
    check_messages([m for m in messages if m.topic != "test/ready"])
    assert suite.edc.stored_imports == 1, "the record was sent once"


def alerts(page: dict[str, Any]) -> set[str]:
    return {alert["id"] for alert in page["alerts"] if alert["present"]}


def check_messages(messages: list[Received]) -> None:
    """Every message keeps to its schema, names no person, and says that it is not REAL."""
    told = [message for message in messages if message.payload]
    bodies = [message.body for message in told]
    kinds = Counter(body["kind"] for body in bodies)
    assert {"status", "link", "coverage", "probe-reading", "seeds", "dose", "record"} <= set(kinds)
    schemas = {kind: schema_of(kind) for kind in kinds}
    for message, body in zip(told, bodies, strict=True):
        jsonschema.validate(body, schemas[body["kind"]])
        assert body["mode"] in ("TEST", "DEMO"), body
        assert message.topic.startswith("procedure-node/CT9/")
        assert "CRLM" not in message.topic + json.dumps(body)
    readings = [b for b in bodies if b["kind"] == "probe-reading" and not b["historical"]]
    order = [b["seq"] for b in readings]
    assert order == sorted(order)


async def test_the_record_is_read_by_an_outside_client(suite: Suite, tmp_path: Path) -> None:
    await opened(suite, tmp_path)
    await suite.node.do("close", outcome="ABANDONED", comment="rehearsal")
    await suite.node.shows(lambda p: p["record"]["status"] == "CONFIRMED", "the record")

    def read() -> list[dict[str, str]]:
        project = redcap.Project(suite.edc.url, TOKEN, timeout=10)
        try:
            return project.export_records(format_type="json")
        finally:
            redcap.request._session.close()

    rows = await asyncio.to_thread(read)
    forms = Counter(row["redcap_repeat_instrument"] for row in rows)
    assert forms["lesion"] >= 2
    assert forms["ct_dose"] == 1
    assert {row["record_id"][:5] for row in rows} == {"TEST-"}
    assert "CRLM-CT-1004" not in json.dumps(rows)
