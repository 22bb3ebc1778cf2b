"""What a temperature channel must be able to hold for what it measures, and for whom it is real."""

from typing import Literal

from dosimetry_core.values import GenerationMode
from drivers.telemetry import FrameError

Measures = Literal["ORGAN", "TISSUE", "PROBE_TIP"]
"""ORGAN: an organ at risk. TISSUE: what is frozen. PROBE_TIP: where a probe freezes."""

NEEDED_C: dict[Measures, tuple[float, float]] = {
    "ORGAN": (-40.0, 60.0),
    "TISSUE": (-60.0, 60.0),
    "PROBE_TIP": (-196.0, 60.0),
}
"""An organ is lost long before -40 C; tissue near a probe is frozen to -60 C and warmed with helium
to +45 C; a tip that is cooled with liquid nitrogen goes to -196 C."""

SIMULATED = "SIM"
"""A simulated instrument's name begins so, and goes on with its generation mode."""


def check_holds(measures: Measures, low_c: float, high_c: float, what: str) -> None:
    """Refuse a range that cannot hold what is to be measured.

    Args:
        measures: what the channel is for.
        low_c: lower end of the channel's range, C.
        high_c: its upper end, C.
        what: channel and range, for the message.

    Raises:
        ValueError: the range is too narrow; says by what.
    """
    needed_low_c, needed_high_c = NEEDED_C[measures]
    if low_c > needed_low_c or high_c < needed_high_c:
        raise ValueError(
            f"{what} reads {low_c:g} to {high_c:g} C, and {measures} needs "
            f"{needed_low_c:g} to {needed_high_c:g} C: choose another range or instrument"
        )


def mode_of(name: str, node_mode: GenerationMode) -> GenerationMode:
    """How the readings of an instrument that calls itself ``name`` are marked.

    Instruments know no mark. A simulated one says ``SIM`` and its mode as its name; any other gives
    what the node is set to.

    Raises:
        FrameError: a simulated instrument where patients are treated.
    """
    if not name.startswith(SIMULATED):
        return node_mode
    try:
        mode = GenerationMode(name.removeprefix(SIMULATED))
    except ValueError:
        mode = GenerationMode.TEST
    if node_mode is GenerationMode.REAL or mode is GenerationMode.REAL:
        raise FrameError(f"the instrument calls itself {name!r}: it is simulated, not REAL")
    return mode
