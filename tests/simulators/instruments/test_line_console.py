"""A simulated console says what its profile describes, and that it is simulated."""

from pathlib import Path

import pytest

from dosimetry_core.values import GenerationMode
from simulators.instruments import LineConsoleSimulator

PROFILES = Path(__file__).parents[3] / "config" / "profiles"


def console(profile: str) -> LineConsoleSimulator:
    path = PROFILES / f"{profile}.toml"
    return LineConsoleSimulator(Path("unused"), path, probes=1, mode=GenerationMode.TEST)


def test_the_example_console_as_bytes() -> None:
    """The checks were computed apart: the exclusive-or of what is between $ and *."""
    simulated = console("example-console")
    simulated.sensors[1].state = "OPEN"
    assert simulated.round().splitlines(keepends=True) == [
        b"SIMULATED TEST $PRB 1 OFF 0% 36.5 3480.9psi t=0.0*20\r\n",
        b"SIMULATED TEST $THM 1 36.5*7E\r\n",
        b"SIMULATED TEST $THM 2 ----*63\r\n",
        b"SIMULATED TEST $STATUS READY*7F\r\n",
    ]


def test_the_example_thermometer_as_bytes() -> None:
    simulated = console("example-thermometer")
    simulated.clock_s = 86_399.0
    assert simulated.round() == b"SIMULATED TEST 23:59:59, 97.7 F, 97.7 F\n"


def test_it_never_says_real() -> None:
    with pytest.raises(ValueError, match="cannot say REAL"):
        LineConsoleSimulator(
            Path("unused"), PROFILES / "example-console.toml", mode=GenerationMode.REAL
        )
