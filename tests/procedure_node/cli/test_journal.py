"""``journal verify`` and ``replay`` on journals that are whole, broken, or none."""

import asyncio
import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import Modality
from procedure_node.cli import main
from procedure_node.journal import Journal, NewEntry
from procedure_node.state import NodeState


@pytest.fixture
def told(story: Any) -> Any:
    """A story of nine events."""
    story.opened().drawn(L1=10.0).allocated("L1", Modality.SEEDS).reported("L1", 3)
    return story.scanned("1.1").seen("1.1", L1=3).dosed("1.1", L1=120.0 / 7.0)


@pytest.fixture
def journal(tmp_path: Path, told: Any) -> Path:
    path = tmp_path / "journal.sqlite"

    async def write() -> None:
        opened = Journal.open(path)
        await opened.append([NewEntry(event) for event in told.events])
        await opened.close()

    asyncio.run(write())
    return path


def tamper(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER entry_is_never_changed")
        connection.execute("DROP TRIGGER entry_is_never_removed")
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(statement)


def test_a_whole_journal_is_said_to_be_whole(
    journal: Path, told: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["journal", "verify", str(journal)]) == 0
    count = len(told.events)
    assert capsys.readouterr().out == f"{journal}: {count} rows, the chain is whole\n"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "UPDATE entry SET body = replace(body, 'suitable', 'doubtful') WHERE seq = 3",
            "row 3 (target-allocated) was changed",
        ),
        ("DELETE FROM entry WHERE seq = 4", "row 4 was removed (the next row there is 5)"),
        ("DELETE FROM entry WHERE seq > 6", "rows 7 to 8 were removed at the end"),
    ],
)
def test_the_first_bad_row_is_named(
    journal: Path, statement: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(journal, statement)
    assert main(["journal", "verify", str(journal)]) == 1
    assert capsys.readouterr().err == f"{journal}: {message}\n"


def test_a_replay_leads_to_the_state_of_the_story(
    journal: Path, told: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "state.json"
    assert main(["replay", str(journal), "--json", str(out)]) == 0
    text = told.state.model_dump_json()
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert capsys.readouterr().out == f"state sha256 {digest}\n"
    assert out.read_text(encoding="utf-8") == text
    assert NodeState.model_validate_json(out.read_bytes()) == told.state


def test_a_replay_can_be_told_alone(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(journal)]) == 0
    assert capsys.readouterr().out.startswith("state sha256 ")


@pytest.mark.parametrize("command", [["journal", "verify"], ["replay"]])
def test_what_is_no_journal_cannot_be_used(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE entry (seq INTEGER)")
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to be looked at as one " * 40)
    for path, message in (
        (tmp_path / "none", "there is no journal; check the path"),
        (other, "is a SQLite file, but not a procedure node's journal"),
        (text, "cannot be read as a journal: file is not a database"),
    ):
        assert main([*command, str(path)]) == 2
        assert capsys.readouterr().err == f"{path}: {message}\n"


def test_an_event_of_a_newer_version_is_told(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(journal, "UPDATE entry SET body = replace(body, 'reason', 'why') WHERE seq = 3")
    assert main(["replay", str(journal)]) == 2
    assert "row 3 cannot be understood by this version" in capsys.readouterr().err


def test_a_damaged_file_cannot_be_replayed(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = bytearray(journal.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    journal.write_bytes(content)
    assert main(["replay", str(journal)]) == 2
    assert str(journal) in capsys.readouterr().err
    assert main(["journal", "verify", str(journal)]) == 1
    assert "the file is damaged" in capsys.readouterr().err


def test_a_state_that_cannot_be_written_is_one_line(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "none" / "state.json"
    assert main(["replay", str(journal), "--json", str(out)]) == 2
    assert capsys.readouterr().err == f"{out}: cannot be written: No such file or directory\n"
