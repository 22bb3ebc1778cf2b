"""What surrounds the fields of every frame: start, header, check and end."""

from dataclasses import dataclass

from dosimetry_core.values import GenerationMode
from drivers.telemetry import fields
from drivers.telemetry.crc import crc16
from drivers.telemetry.fields import FrameError

KIND = 4
"""Index of the word that says what kind of frame it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What every frame carries.

    Attributes:
        generation_mode: where the data comes from.
        sequence: 0 to 999999, one more for each frame of any kind, then 0 again.
        device_time_ms: milliseconds on the device's clock, origin unspecified.
    """

    generation_mode: GenerationMode
    sequence: int
    device_time_ms: int

    @property
    def device_time_s(self) -> float:
        """Seconds on the device's clock."""
        return self.device_time_ms / 1000

    def check_header(self) -> None:
        """Refuse a header that the wire cannot carry with a FrameError."""
        fields.check_range(self.sequence, "sequence", 0, fields.SEQUENCE_MODULUS - 1)
        fields.check_range(self.device_time_ms, "device time", 0, fields.MAX_DEVICE_TIME_MS)

    def wire(self, kind: str, *rest: object) -> bytes:
        """The bytes of a frame of ``kind`` with the fields ``rest`` after the header."""
        seconds, milliseconds = divmod(self.device_time_ms, 1000)
        head = (
            fields.PROTOCOL_WORD,
            self.generation_mode.value,
            f"{self.sequence:06d}",
            f"{seconds}.{milliseconds:03d}",
            kind,
        )
        body = ",".join([*head, *(str(field) for field in rest)]).encode("ascii")
        return b"$%b*%04X\r\n" % (body, crc16(body))


def frame_words(raw: bytes) -> list[str]:
    """The comma-separated words of a frame whose envelope, check and version are good."""
    if not (len(raw) <= fields.MAX_FRAME_BYTES and raw.startswith(b"$") and raw.endswith(b"\r\n")):
        raise FrameError("a frame starts with $ and ends with CR LF within 192 bytes")
    body, star, check = raw[1:-2].rpartition(b"*")
    if not star or len(check) != 4:
        raise FrameError("no check: *HHHH is missing before CR LF")
    if check != b"%04X" % crc16(body):
        raise FrameError(f"check failed: {crc16(body):04X} computed, {check!r} received")
    if not body.isascii():
        raise FrameError("a byte is not ASCII")
    words = body.decode("ascii").split(",")
    if words[0] != fields.PROTOCOL_WORD:
        raise FrameError(f"protocol {words[0]!r} is not {fields.PROTOCOL_WORD}")
    if len(words) < KIND + 1:
        raise FrameError(f"{len(words)} fields, at least {KIND + 1} are needed")
    return words


def split_frame(raw: bytes, kind: str, count: int) -> tuple[Header, list[str]]:
    """The header and the ``count`` fields after it of a frame of one kind."""
    words = frame_words(raw)
    if words[KIND] != kind:
        raise FrameError(f"frame type {words[KIND]!r} is not {kind}")
    rest = words[KIND + 1 :]
    if len(rest) != count:
        raise FrameError(f"a {kind} frame has {count} fields after its type, this has {len(rest)}")
    head = Header(
        generation_mode=fields.generation_mode(words[1]),
        sequence=fields.sequence(words[2]),
        device_time_ms=fields.device_time_ms(words[3]),
    )
    return head, rest
