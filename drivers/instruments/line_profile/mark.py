"""How a simulated console marks each of its lines: no real one does."""

from dosimetry_core.values import GenerationMode
from drivers.telemetry import FrameError

_MARKS = {
    b"SIMULATED TEST ": GenerationMode.TEST,
    b"SIMULATED DEMO ": GenerationMode.DEMO,
}
MARK_BYTES = max(map(len, _MARKS))


def without_mark(text: bytes) -> tuple[GenerationMode | None, bytes]:
    """The mark of a line, None without one, and the line without it."""
    for mark, mode in _MARKS.items():
        if text.startswith(mark):
            return mode, text[len(mark) :]
    return None, text


def mode_of_line(mark: GenerationMode | None, node_mode: GenerationMode) -> GenerationMode:
    """How the readings of a line are marked.

    Raises:
        FrameError: a simulated console where patients are treated.
    """
    if mark is not None and node_mode is GenerationMode.REAL:
        raise FrameError("the console says that it is simulated, not REAL")
    return mark or node_mode
