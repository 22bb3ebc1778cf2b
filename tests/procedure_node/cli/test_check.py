"""``check``: every peer gets one line, with what to do where it does not answer."""

import asyncio
import os
import pty
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from procedure_node.cli import main
from procedure_node.record import data_dictionary_csv, repeating_forms_csv
from simulators.broker import EmbeddedBroker
from simulators.edc import EdcSimulator, read_project
from simulators.pacs import PacsSimulator

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
WriteSettings = Callable[..., Path]


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCEDURE_NODE_EDC_TOKEN", TOKEN)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


class Told:
    """What ``check`` printed: the verdict and the words on each thing that it looked at."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.err = status, err
        self.title, *lines = out.splitlines()
        self.lines = {line[8:].split("  ")[0]: line for line in lines}

    def verdicts(self) -> dict[str, str]:
        return {name: line.split()[0] for name, line in self.lines.items()}


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Callable[[Path], Told]:
    def run(settings: Path) -> Told:
        status = main(["check", "--config", str(settings)])
        captured = capsys.readouterr()
        return Told(status, captured.out, captured.err)

    return run


@pytest.fixture
def console() -> Iterator[str]:
    """A serial port: a pseudo-terminal."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    yield os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


def device(path: str) -> str:
    return f'[[serial]]\nname = "console-1"\nrole = "CONSOLE"\npath = "{path}"\n'


@pytest.fixture
async def peers(tmp_path: Path) -> AsyncIterator[dict[str, int]]:
    """An archive, a broker and an EDC that is set up for the record."""
    dictionary, repeating = tmp_path / "dictionary.csv", tmp_path / "repeating.csv"
    dictionary.write_text(data_dictionary_csv(), encoding="utf-8")
    repeating.write_text(repeating_forms_csv(), encoding="utf-8")
    async with (
        PacsSimulator("CTSIM", "127.0.0.1", 0, tmp_path / "pacs") as archive,
        EmbeddedBroker() as broker,
        EdcSimulator(read_project(dictionary, repeating), TOKEN) as edc,
    ):
        yield {
            "archive": archive.peer.port,
            "broker": broker.port,
            "edc": int(edc.url.split(":")[2].split("/")[0]),
        }


async def test_all_is_well(
    peers: dict[str, int],
    console: str,
    write_settings: WriteSettings,
    check: Callable[[Path], Told],
) -> None:
    told = await asyncio.to_thread(check, write_settings(more=device(console), **peers))
    assert (told.status, told.err) == (0, "")
    assert told.title.endswith("room CT1, mode TEST")
    assert told.verdicts() == dict.fromkeys(
        (
            "data directory",
            "protocols",
            "seed models",
            "thermal library",
            "archive",
            "broker",
            "edc",
            "serial console-1",
        ),
        "ok",
    )
    assert "demonstration version 1" in told.lines["protocols"]
    assert "17 models" in told.lines["seed models"]
    assert "IceRod" in told.lines["thermal library"]
    assert f"CTSIM at 127.0.0.1:{peers['archive']} answers C-ECHO" in told.lines["archive"]
    assert f"mqtt://127.0.0.1:{peers['broker']} takes connections" in told.lines["broker"]
    assert "is REDCap" in told.lines["edc"]


def test_every_peer_that_does_not_answer_is_one_line(
    write_settings: WriteSettings, check: Callable[[Path], Told], tmp_path: Path
) -> None:
    told = check(write_settings(more=device(str(tmp_path / "ttyUSB0"))))
    assert told.status == 1
    assert told.verdicts() == {
        "data directory": "ok",
        "protocols": "ok",
        "seed models": "ok",
        "thermal library": "ok",
        "archive": "FAIL",
        "broker": "FAIL",
        "edc": "FAIL",
        "serial console-1": "FAIL",
    }
    assert told.err == "4 of 8 checks failed\n"
    assert "is not there: is the cable in" in told.lines["serial console-1"]
    assert "check that the broker runs" in told.lines["broker"]
    assert TOKEN not in "".join(told.lines.values())


def test_what_it_needs_on_this_machine_is_looked_at(
    write_settings: WriteSettings,
    check: Callable[[Path], Told],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PROCEDURE_NODE_EDC_TOKEN")
    (folder / "protocols").mkdir()
    (folder / "models").mkdir()
    settings = write_settings()
    text = settings.read_text()
    for key, value in (
        ("protocols_directory", folder / "protocols"),
        ("seed_models_directory", folder / "models"),
        ("data_directory", folder / "none"),
    ):
        line = next(line for line in text.splitlines() if line.startswith(key))
        text = text.replace(line, f'{key} = "{value}"')
    settings.write_text(text)
    told = check(settings)
    assert told.status == 1
    assert "is not a directory that this user may write to" in told.lines["data directory"]
    assert "has no protocol file" in told.lines["protocols"]
    assert told.lines["seed models"].split()[0] == "FAIL"
    assert "LoadCredential=edc-token" in told.lines["edc"]


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("demonstration", ('version = "1"', ""), "version: Field required"),
        ("copy", ("", ""), "name: is 'demonstration', but the file is 'copy'"),
    ],
)
def test_a_protocol_that_could_not_be_opened_by_is_told(
    write_settings: WriteSettings,
    check: Callable[[Path], Told],
    folder: Path,
    name: str,
    change: tuple[str, str],
    message: str,
) -> None:
    settings = write_settings()
    shipped = Path(__file__).parents[3] / "config" / "protocols"
    (folder / "protocols").mkdir()
    protocol = (shipped / "demonstration.toml").read_text().replace(*change)
    (folder / "protocols" / f"{name}.toml").write_text(protocol)
    settings.write_text(settings.read_text().replace(str(shipped), str(folder / "protocols")))
    told = check(settings)
    assert "FAIL" in told.lines["protocols"]
    assert message in told.lines["protocols"]


def test_a_folder_for_structure_sets_that_is_not_there_is_told(
    write_settings: WriteSettings, check: Callable[[Path], Told], folder: Path
) -> None:
    settings = write_settings()
    line = 'ae_title = "PROCNODE"'
    exported = f'{line}\nstructures_directory = "{folder}/exported"'
    settings.write_text(settings.read_text().replace(line, exported))
    assert "FAIL" in check(settings).lines["structures folder"]
    (folder / "exported").mkdir()
    assert "ok" in check(settings).lines["structures folder"]


async def test_an_edc_with_another_token_or_project_is_told(
    tmp_path: Path, write_settings: WriteSettings, check: Callable[[Path], Told]
) -> None:
    dictionary, repeating = tmp_path / "dictionary.csv", tmp_path / "repeating.csv"
    header, first, *_ = data_dictionary_csv().splitlines()
    dictionary.write_text(f"{header}\n{first}\n", encoding="utf-8")
    repeating.write_text("form_name,custom_form_label\n", encoding="utf-8")
    project = read_project(dictionary, repeating)
    for token, message in ((TOKEN, "fields are not in the project"), ("other", "token")):
        async with EdcSimulator(project, token) as edc:
            port = int(edc.url.split(":")[2].split("/")[0])
            told = await asyncio.to_thread(check, write_settings(edc=port))
        assert "FAIL" in told.lines["edc"]
        assert message in told.lines["edc"]
        assert TOKEN not in told.lines["edc"]
