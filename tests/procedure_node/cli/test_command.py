"""``do`` and ``state``: what is typed reaches the node as it was meant."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import GenerationMode
from procedure_node.cli import main
from procedure_node.commands import COMMANDS, Command
from procedure_node.control import ControlClient, Controls, listen
from procedure_node.core import Core
from procedure_node.http import serve_on

PROTOCOLS = Path(__file__).parents[3] / "config" / "protocols"

TYPED: dict[str, tuple[str, dict[str, Any]]] = {
    "open": (
        "--subject=S-001 --protocol=demonstration --arm=STRATEGY --study-uid=1.2.3",
        {"subject": "S-001", "protocol": "demonstration", "study_uid": "1.2.3", "accession": None},
    ),
    "close": (
        "--outcome=ABANDONED --comment=no,_not_today",
        {"outcome": "ABANDONED", "comment": "no,_not_today"},
    ),
    "allocate": (
        "--lesion=L3 --zone=HIGH_RISK_MARGIN --modality=SEEDS --reason=near_vessels",
        {"lesion": "L3", "zone": "HIGH_RISK_MARGIN", "modality": "SEEDS"},
    ),
    "report-seeds": (
        (
            "--lesion L1 --count -2 --batch B-7 --seed-model Amersham6711 --strength-u 0.508 "
            "--strength-reference-date 2026-02-27 --needle N4"
        ),
        {
            "zone": "WHOLE",
            "count": -2,
            "strength_u": 0.508,
            "strength_reference_date": date(2026, 2, 27),
            "needle": "N4",
        },
    ),
    "assign-probe": (
        (
            "--device=console-1 --probe=2 --lesion=L2 --tip-mm=-41.5,10,-103.25 "
            "--direction=0.6,-0.8,0 --cryoprobe=IceRod"
        ),
        {
            "probe": 2,
            "zone": "WHOLE",
            "tip_mm": (-41.5, 10.0, -103.25),
            "direction": (0.6, -0.8, 0.0),
            "cryoprobe": "IceRod",
        },
    ),
    "assign-sensor": (
        "--device=thermometer-1 --channel=1 --structure=GALLBLADDER",
        {"channel": 1, "structure": "GALLBLADDER"},
    ),
    "finish": ("--lesion=L3 --zone=CORE", {"lesion": "L3", "zone": "CORE"}),
    "acknowledge": (
        "--alert-id=coverage-unknown:L1",
        {"alert_id": "coverage-unknown:L1"},
    ),
    "scan-dose": (
        "--series-uid=1.2.3.4 --ctdi-vol-mgy=8.1 --dlp-mgy-cm=310",
        {"series_uid": "1.2.3.4", "ctdi_vol_mgy": 8.1, "dlp_mgy_cm": 310.0},
    ),
    "pause-alarms": ("--seconds=60 --reason=talking", {"seconds": 60, "reason": "talking"}),
    "resume-alarms": ("", {}),
    "sound-check": ("--heard=yes", {"heard": "yes"}),
    "resend-record": ("", {}),
    "add-seed": (
        "--center-mm=-5,0.5,1 --axis=0,0,2 --reason=missed",
        {"center_mm": (-5.0, 0.5, 1.0), "axis": (0.0, 0.0, 2.0), "scan": None},
    ),
    "delete-seed": ("--seed=7 --scan=2 --reason=clip", {"seed": 7, "scan": 2, "reason": "clip"}),
    "move-seed": (
        "--seed=7 --center-mm=-5,0.5,1 --reason=askew",
        {"seed": 7, "center_mm": (-5.0, 0.5, 1.0), "axis": None},
    ),
    "undo-seed-edit": ("--edit=3 --reason=mistake", {"edit": 3, "reason": "mistake"}),
    "strand": ("--seeds=4,5,6 --spacing-mm=10", {"seeds": "4,5,6", "spacing_mm": 10.0}),
    "confirm-registration": (
        "--lesion=L1 --scan=2 --reason=edges_agree",
        {"lesion": "L1", "scan": 2, "reason": "edges_agree"},
    ),
    "refuse-registration": ("--lesion=L1 --reason=liver_moved", {"lesion": "L1", "scan": None}),
    "register": (
        "--method=DEFORMABLE --reason=breathing",
        {"method": "DEFORMABLE", "scan": None, "reason": "breathing"},
    ),
    "adverse-event": ("--term=Pneumothorax --grade=0", {"term": "Pneumothorax", "grade": 0}),
    "needle-path": ("--lesion=L1 --length-mm=85", {"lesion": "L1", "length_mm": 85.0}),
    "explain-deviation": (
        "--deviation=window:x --reason=late_scan",
        {"deviation": "window:x", "reason": "late_scan"},
    ),
    "change-protocol": (
        "--protocol=demonstration --reason=amendment",
        {"protocol": "demonstration", "reason": "amendment"},
    ),
}

Sent = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What is sent to the node."""
    calls: Sent = []

    def command(_: ControlClient, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        calls.append((name, arguments))
        return {"procedure_id": "P1"}

    monkeypatch.setattr(ControlClient, "command", command)
    return calls


def as_the_node_reads_it(sent: Sent) -> Command:
    ((name, arguments),) = sent
    return COMMANDS[name].model_validate_json(json.dumps(arguments))


def test_every_command_is_tried() -> None:
    assert set(TYPED) == set(COMMANDS)


@pytest.mark.parametrize("name", TYPED)
def test_options_reach_the_node_as_what_they_mean(
    name: str, write_settings: Callable[..., Path], sent: Sent, capsys: pytest.CaptureFixture[str]
) -> None:
    typed, meant = TYPED[name]
    words = ["do", name, "--config", str(write_settings()), "--by=staff-7", *typed.split()]
    assert main(words) == 0
    command = as_the_node_reads_it(sent)
    assert command.by == "staff-7"
    assert {key: getattr(command, key) for key in meant} == meant
    assert capsys.readouterr().out == "done (procedure P1)\n"


def test_what_is_not_typed_is_not_sent(write_settings: Callable[..., Path], sent: Sent) -> None:
    assert main(["do", "close", "--config", str(write_settings()), "--by=staff-7"]) == 0
    assert sent == [("close", {"by": "staff-7"})]


@pytest.mark.parametrize(
    "typed",
    [
        "allocate --lesion=L1 --modality=HEAT --reason=x",
        "allocate --lesion=L1 --zone=RIM --modality=SEEDS --reason=x",
        "adverse-event --term=x --grade=6",
        "close --outcome=DONE",
        "finish",
        "explode",
    ],
)
def test_words_that_cannot_be_are_refused_before_the_node_is_asked(
    typed: str, sent: Sent, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["do", *typed.split(), "--by=staff-7"])
    assert ended.value.code == 2
    assert "usage: procedure-node do" in capsys.readouterr().err
    assert sent == []


def test_help_tells_what_a_field_may_be(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["do", "allocate", "--help"])
    told = capsys.readouterr().out
    assert "--modality {SEEDS,CRYO}" in told
    assert "--zone {WHOLE,CORE,PERIPHERY,HIGH_RISK_MARGIN}" in told
    assert "the lesion, as it is drawn: L1" in told


@pytest.fixture
async def node(core: Core, folder: Path) -> AsyncIterator[Core]:
    """A node behind the control socket of the settings."""

    async def nobody(accession: str) -> str:
        raise AssertionError(accession)

    controls = Controls(
        core,
        mode=GenerationMode.TEST,
        protocols=PROTOCOLS,
        seed_models=(),
        devices=("console-1",),
        cryoprobes=("IceRod",),
        find_study=nobody,
    )
    ready = asyncio.Event()
    listener = listen(folder / "control.sock")
    serving = asyncio.create_task(serve_on(controls.app(), listener, on_ready=ready.set))
    await ready.wait()
    yield core
    serving.cancel()
    await asyncio.wait({serving})


async def test_a_running_node_does_or_refuses(
    node: Core, write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    config = f"--config={write_settings()}"
    opening = ("do", "open", config, "--by=staff-7", *TYPED["open"][0].split())
    assert await asyncio.to_thread(main, opening) == 0
    assert node.state.procedure is not None
    name = node.state.procedure.procedure_id
    assert capsys.readouterr().out.endswith(f"\ndone (procedure {name})\n")

    assert await asyncio.to_thread(main, opening) == 1
    assert capsys.readouterr().err == (f"refused: procedure {name} is still open: close it first\n")

    wrong = ("do", "report-seeds", config, "--by=staff-7", *TYPED["report-seeds"][0].split())
    wrong = tuple("many" if word == "-2" else word for word in wrong)
    assert await asyncio.to_thread(main, wrong) == 1
    assert "refused: count: Input should be a valid integer" in capsys.readouterr().err


async def test_the_state_of_a_running_node_is_json(
    node: Core, write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(main, ["state", "--config", str(write_settings())]) == 0
    assert json.loads(capsys.readouterr().out) == node.state.model_dump(mode="json")


@pytest.mark.parametrize(
    ("words", "status"), [(["do", "close", "--by=staff-7"], 3), (["state"], 1)]
)
def test_without_a_node_it_is_one_line(
    words: list[str],
    status: int,
    write_settings: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*words, "--config", str(write_settings())]) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert "control.sock: no node answers there" in line
