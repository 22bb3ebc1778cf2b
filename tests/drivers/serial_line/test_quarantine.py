import json
from datetime import UTC, datetime
from pathlib import Path

import structlog

from dosimetry_core.values import Timestamp
from drivers.serial_line import Quarantine
from drivers.telemetry import Rejected

AT = Timestamp(utc=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), monotonic_ns=0)


def entries(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def test_bytes_are_kept_with_their_time_and_reason(tmp_path: Path):
    quarantine = Quarantine(tmp_path / "new" / "folder", "console-1", 10_000)
    quarantine.keep(AT, [Rejected(b"\x00$", "noise"), Rejected(b"x", "noise"), Rejected(b"y", "z")])
    assert entries(tmp_path / "new" / "folder" / "console-1.rejected.jsonl") == [
        {
            "utc": "2026-01-02T03:04:05+00:00",
            "device": "console-1",
            "reason": "noise",
            "bytes_hex": b"\x00$x".hex(),
        },
        {
            "utc": "2026-01-02T03:04:05+00:00",
            "device": "console-1",
            "reason": "z",
            "bytes_hex": b"y".hex(),
        },
    ]


def test_the_files_stay_bounded_and_the_last_bytes_are_there(tmp_path: Path):
    quarantine = Quarantine(tmp_path, "console-1", 2_000)
    for number in range(200):
        quarantine.keep(AT, [Rejected(bytes([number]), "noise")])
    files = list(tmp_path.iterdir())
    assert len(files) == 2
    assert all(file.stat().st_size <= 2_000 for file in files)
    assert entries(quarantine.path)[-1]["bytes_hex"] == "c7"


def test_a_disk_that_cannot_be_written_is_logged_once(tmp_path: Path):
    (tmp_path / "folder").write_text("a file where the folder should be")
    quarantine = Quarantine(tmp_path / "folder", "console-1", 2_000)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            quarantine.keep(AT, [Rejected(b"x", "noise")])
    assert [(log["log_level"], log["event"]) for log in logs] == [
        ("error", "rejected bytes cannot be kept")
    ]
