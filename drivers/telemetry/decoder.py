"""From a stream of bytes to frames; whatever is no frame comes out as rejected bytes."""

from dataclasses import dataclass

from drivers.telemetry.fields import MAX_FRAME_BYTES, FrameError
from drivers.telemetry.frames import Frame, parse_frame

_START = b"$"
_END = b"\n"


@dataclass(frozen=True, slots=True)
class Rejected:
    """Bytes that no frame could be made of, and why."""

    data: bytes
    reason: str


class Decoder:
    """An incremental decoder.

    ``$`` occurs nowhere but at the start of a frame, so each ``$`` starts anew whatever came before
    it: a whole frame is always read, however bad its neighbours are. No byte gets lost: frames,
    rejected bytes and ``pending``, laid end to end, are the bytes that were fed, and ``pending`` is
    never longer than ``MAX_FRAME_BYTES``.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> bytes:
        """Bytes of which it is not yet known what they are."""
        return bytes(self._buffer)

    def feed(self, data: bytes) -> list[Frame | Rejected]:
        """All that ``data`` completes, in the order of the wire."""
        found: list[Frame | Rejected] = []
        view = memoryview(data)
        for start in range(0, len(data), MAX_FRAME_BYTES):
            self._buffer += view[start : start + MAX_FRAME_BYTES]
            while (item := self._next()) is not None:
                found.append(item)
        return found

    def end(self) -> list[Rejected]:
        """The stream has ended: what is pending will not become a frame."""
        if not self._buffer:
            return []
        return [Rejected(self._take(len(self._buffer)), "cut short by the end of the stream")]

    def _next(self) -> Frame | Rejected | None:
        return self._in_frame() if self._buffer.startswith(_START) else self._outside()

    def _outside(self) -> Rejected | None:
        start = self._buffer.find(_START)
        if start < 0 and len(self._buffer) < MAX_FRAME_BYTES:
            return None
        return Rejected(self._take(start if start > 0 else len(self._buffer)), "outside any frame")

    def _in_frame(self) -> Frame | Rejected | None:
        end = self._buffer.find(_END, 1, MAX_FRAME_BYTES)
        restart = self._buffer.find(_START, 1, MAX_FRAME_BYTES if end < 0 else end)
        if restart > 0:
            return Rejected(self._take(restart), "cut short by the start of the next frame")
        if end < 0:
            if len(self._buffer) < MAX_FRAME_BYTES:
                return None
            return Rejected(self._take(MAX_FRAME_BYTES), f"no end within {MAX_FRAME_BYTES} bytes")
        raw = self._take(end + 1)
        try:
            return parse_frame(raw)
        except FrameError as error:
            return Rejected(raw, str(error))

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken
