"""A device whose clock drifts is logged once, and again when it drifts otherwise."""

from datetime import UTC, datetime
from pathlib import Path

import structlog

from dosimetry_core.values import Timestamp
from drivers.serial_line import SerialLinkOptions
from drivers.serial_line.telling import Telling

NOW = Timestamp(datetime(2026, 1, 1, tzinfo=UTC), 0)


def test_a_drift_is_logged_when_it_has_changed_enough(tmp_path: Path) -> None:
    options = SerialLinkOptions(name="console-1", path="none", quarantine_directory=tmp_path)
    telling = Telling(options, lambda _: None, lambda: NOW, "none")
    with structlog.testing.capture_logs() as logged:
        for drift_ppm in (None, 20.0, 99.0, 140.0, 200.0, -30.0):
            telling.drift(drift_ppm)
    assert [entry["fast_by_ppm"] for entry in logged] == [140, -30]
    assert {entry["link"] for entry in logged} == {"console-1"}
