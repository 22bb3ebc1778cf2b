"""From a stream of bytes to whole lines; whatever is no whole line comes out as rejected bytes."""

from dataclasses import dataclass

from drivers.telemetry import Rejected

JOINED = "the line was joined in its middle"


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end, and its end."""

    text: bytes
    end: bytes

    @property
    def raw(self) -> bytes:
        """As it came."""
        return self.text + self.end


class LineSplitter:
    """An incremental splitter with bounded memory.

    What comes before the first end of a line is rejected: it may be the rest of a line whose begin
    was not heard, and the rest of a number is another number. So is all of a line that is too long.
    Lines, rejected bytes and ``pending``, laid end to end, are the bytes that were fed.

    Args:
        terminator: what ends a line.
        longest: bytes of the longest line, end included.
    """

    def __init__(self, terminator: bytes, longest: int) -> None:
        self._terminator = terminator
        self._longest = longest
        self._buffer = bytearray()
        self._skipping = JOINED

    @property
    def pending(self) -> bytes:
        """Bytes of which it is not yet known what they are."""
        return bytes(self._buffer)

    def begin(self) -> None:
        """A wire was opened, perhaps while the device was saying a line."""
        self._buffer.clear()
        self._skipping = JOINED

    def feed(self, data: bytes) -> list[Line | Rejected]:
        """All that ``data`` completes, in the order of the wire."""
        found: list[Line | Rejected] = []
        view = memoryview(data)
        for start in range(0, len(data), self._longest):
            self._buffer.extend(view[start : start + self._longest])
            while (item := self._next()) is not None:
                found.append(item)
        return found

    def end(self) -> list[Rejected]:
        """The stream has ended: what is pending will not become a line."""
        if not self._buffer:
            return []
        return [Rejected(self._take(len(self._buffer)), "cut short by the end of the stream")]

    def _next(self) -> Line | Rejected | None:
        end = self._buffer.find(self._terminator, 0, self._longest)
        if end >= 0:
            text, terminator = self._take(end), self._take(len(self._terminator))
            if self._skipping:
                reason, self._skipping = self._skipping, ""
                return Rejected(text + terminator, reason)
            return Line(text, terminator)
        if len(self._buffer) < self._longest:
            return None
        self._skipping = self._skipping or f"no end within {self._longest} bytes"
        kept = len(self._terminator) - 1
        return Rejected(self._take(self._longest - kept), self._skipping)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken
