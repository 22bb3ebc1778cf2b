from datetime import UTC, datetime
from pathlib import Path

from dosimetry_core.values import Timestamp
from drivers.serial_line import Quarantine
from drivers.serial_line.rejections import REPORT_INTERVAL_S, Rejections
from drivers.telemetry import Rejected

AT = Timestamp(utc=datetime(2026, 1, 2, tzinfo=UTC), monotonic_ns=0)


def test_a_flood_is_told_at_once_and_then_once_a_second_in_sum(tmp_path: Path):
    now_s = 100.0
    told: list[tuple[int, str]] = []
    rejections = Rejections(
        Quarantine(tmp_path, "console-1", 10_000),
        lambda _, count, reason: told.append((count, reason)),
        lambda: now_s,
    )
    rejections.add(AT, [Rejected(b"abc", "noise")])
    assert told == [(3, "noise")]
    assert rejections.due_s is None
    for _ in range(5):
        rejections.add(AT, [Rejected(b"xy", "check failed")])
    assert len(told) == 1
    assert rejections.due_s == 100.0 + REPORT_INTERVAL_S
    now_s += REPORT_INTERVAL_S
    rejections.tell_if_due()
    assert told[1:] == [(10, "check failed (and 4 more)")]
    rejections.tell_if_due()
    assert len(told) == 2
    assert len(Path(tmp_path / "console-1.rejected.jsonl").read_bytes().splitlines()) == 6
