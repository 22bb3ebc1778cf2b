"""numba's workqueue threading layer is refused at start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from procedure_node.cli.threading_layer import refuse_workqueue
from procedure_node.settings import ConfigurationError

COMMANDS = {
    "run": ["--config", "none.toml"],
    "check": ["--config", "none.toml"],
    "evaluate": ["--seed-model=X", "--prescription-gy=1", "--json=o.json"],
    "dose": ["--seed-model=X", "--seeds=s.csv", "--points=p.csv", "--out=o.csv"],
}


def started(
    folder: Path, *arguments: str, layer: str | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if "NUMBA_THREADING" not in key}
    if layer is not None:
        environment["NUMBA_THREADING_LAYER"] = layer
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from procedure_node.cli import main; sys.exit(main())",
            *arguments,
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_process_asked_for_workqueue_does_not_start(tmp_path: Path, command: str) -> None:
    done = started(tmp_path, command, *COMMANDS[command], layer="workqueue")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "NUMBA_THREADING_LAYER=workqueue in the environment: numba's workqueue threading layer is "
        "refused, since two threads in it at once end the process; unset it, or name omp or tbb\n"
    )


def test_a_file_of_numba_in_the_working_folder_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / ".numba_config.yaml").write_text("opt: 3\nthreading_layer: 'workqueue'\n")
    done = started(tmp_path, "dose", *COMMANDS["dose"])
    assert done.returncode == 2
    assert ".numba_config.yaml: threading_layer: workqueue: numba's" in done.stderr
    assert "remove that line" in done.stderr
    done = started(tmp_path, "dose", *COMMANDS["dose"], layer="omp")
    assert "workqueue" not in done.stderr


@pytest.mark.parametrize(
    "text", ["threading_layer: omp\n", "# threading_layer: workqueue\n", "opt: 3\n", ""]
)
def test_other_files_and_layers_pass(tmp_path: Path, text: str) -> None:
    (tmp_path / ".numba_config.yaml").write_text(text)
    refuse_workqueue({}, tmp_path)
    refuse_workqueue({"NUMBA_THREADING_LAYER": "tbb"}, tmp_path)


@pytest.mark.parametrize(
    "text", ["{opt: 3, threading_layer: workqueue}", "THREADING_LAYER: Workqueue"]
)
def test_however_the_file_is_written(tmp_path: Path, text: str) -> None:
    (tmp_path / ".numba_config.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match="workqueue"):
        refuse_workqueue({}, tmp_path)
    with pytest.raises(ConfigurationError, match="workqueue"):
        refuse_workqueue({"NUMBA_THREADING_LAYER": "WORKQUEUE"}, tmp_path / "none")
