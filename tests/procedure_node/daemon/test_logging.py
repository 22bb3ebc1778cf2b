"""Logs: one JSON object a line for machines, lines for people, and no secret in either."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from drivers.redcap import RedcapClient, RedcapError
from procedure_node.daemon import configure_logging
from simulators.edc import EdcSimulator, read_project

REDCAP = Path(__file__).parents[3] / "config" / "redcap"
TOKEN = "0123456789ABCDEF0123456789ABCDEF"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging belongs to the process, not to a test."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_each_line_is_a_json_object(lines: Any) -> None:
    configure_logging("json")
    structlog.get_logger("node").info("ready", room="CT1", session=3)
    structlog.get_logger("node").warning("two\nlines", reason='a "quoted" word')
    first, second = lines()
    assert first["event"] == "ready"
    assert (first["level"], first["room"], first["session"]) == ("info", "CT1", 3)
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["reason"]) == ("two\nlines", 'a "quoted" word')


def test_logs_of_libraries_go_the_same_way(lines: Any) -> None:
    configure_logging("json")
    logging.getLogger("library.wire").error("lost %s", "peer", extra={"port": 104})
    (line,) = lines()
    assert (line["event"], line["level"], line["logger"], line["port"]) == (
        "lost peer",
        "error",
        "library.wire",
        104,
    )


def test_details_for_developers_and_every_request_are_left_out(lines: Any) -> None:
    configure_logging("json")
    structlog.get_logger("node").debug("a detail")
    logging.getLogger("httpx").info("HTTP Request: POST")
    assert lines() == []


def test_configuring_again_does_not_double_the_lines(lines: Any) -> None:
    configure_logging("json")
    configure_logging("json")
    structlog.get_logger("node").info("once")
    assert [line["event"] for line in lines()] == ["once"]


def fail_with_a_secret() -> None:
    token = TOKEN
    raise RuntimeError(f"refused after {len(token)} characters")


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize("library", [False, True])
def test_a_trace_says_where_and_shows_no_values(
    capsys: pytest.CaptureFixture[str], style: Any, library: bool
) -> None:
    configure_logging(style)
    try:
        fail_with_a_secret()
    except RuntimeError:
        if library:
            logging.getLogger("library").exception("part failed")
        else:
            structlog.get_logger("node").exception("part failed")
    told = capsys.readouterr().err
    assert "part failed" in told
    assert "refused after 32 characters" in told
    assert "fail_with_a_secret" in told
    assert TOKEN not in told


def test_people_get_lines_that_they_can_read(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("console")
    structlog.get_logger("node").info("ready", room="CT1")
    told = capsys.readouterr().err
    assert "ready" in told
    assert "room=CT1" in told
    assert "{" not in told
    assert "\x1b" not in told, "colours are for terminals"


async def test_the_edcs_token_is_in_no_log(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    logging.getLogger().setLevel(logging.DEBUG)
    project = read_project(REDCAP / "data_dictionary.csv", REDCAP / "repeating_forms.csv")
    async with EdcSimulator(project, "another") as edc:
        async with RedcapClient(edc.url, TOKEN, allow_plain_http=True) as client:
            with pytest.raises(RedcapError) as caught:
                await client.version()
        structlog.get_logger("node").error("EDC lost", reason=str(caught.value), client=client)
    told = capsys.readouterr().err
    assert "EDC lost" in told
    assert TOKEN not in told


def test_no_line_leads_to_a_patient(lines: Any) -> None:
    configure_logging("json")
    uid = "1.2.840.113619.2.55.3.604688119.971"
    structlog.get_logger("node").info(f"series {uid} came", path=f"spool/{uid}/{uid}.1.dcm")
    logging.getLogger("drivers").warning("cannot note that series %s is complete", uid)
    told = lines()
    assert len(told) == 2
    assert "604688119" not in json.dumps(told)
    assert told[0]["event"].startswith("series uid:")
