"""A production broker and EDC refuse what is not REAL, and say so."""

from pathlib import Path

import pytest

from tests.drivers.mqtt.conftest import subscriber
from tests.system.conftest import PASSWORD, Suite
from tests.system.test_procedure import opened

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def mode() -> str:
    return "REAL"


@pytest.fixture
def accepts() -> str:
    return '["REAL"]'


async def test_simulated_data_reaches_no_production_sink(suite: Suite, tmp_path: Path) -> None:
    node = suite.node
    async with subscriber(suite.broker.port, "-u", "reader", "-P", PASSWORD) as heard:
        await opened(suite, tmp_path)
        await node.do("close")
        page = await node.shows(lambda p: p["record"]["status"] == "REJECTED", "the refused record")
        assert "DEMO" in page["record"]["reason"]
        alerts = {alert["id"]: alert for alert in page["alerts"]}
        assert alerts["record-rejected:record"]["present"]
        await node.stop()
        received = await heard.until(lambda got: any("offline" in m.payload for m in got))

    assert suite.edc.import_requests == 0
    told = [m.body for m in received if m.payload and m.topic != "test/ready"]
    assert {body["mode"] for body in told} == {"REAL"}
    kinds = {body["kind"] for body in told}
    made_of_data = {"coverage", "seeds", "dose", "ice", "probe-reading", "sensor-reading"}
    assert kinds.isdisjoint(made_of_data)
    assert "messages refused" in node.log.read_text()
