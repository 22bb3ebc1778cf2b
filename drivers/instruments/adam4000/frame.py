"""The frame of the ADAM-4000 protocol: lead character, data, checksum, carriage return.

Advantech, ADAM-4000 Series User's Manual, chapter 5 and appendix F.
"""

from drivers.telemetry import FrameError

END = b"\r"
LEADS = b">!?"
"""What an answer begins with: data, a command that was carried out, one that is not valid."""

LONGEST_ANSWER_BYTES = 64
"""``>``, eight values of seven characters, checksum and end are 60."""


def checksum(body: bytes) -> bytes:
    """Sum of all bytes before it, modulo 256, as two upper-case hexadecimal digits (F.1)."""
    return b"%02X" % (sum(body) & 0xFF)


def question(body: str, *, with_checksum: bool) -> bytes:
    """The bytes of a command."""
    raw = body.encode("ascii")
    return raw + (checksum(raw) if with_checksum else b"") + END


def find_answer(pending: bytes) -> tuple[int, int] | None:
    """Begin and end of the first line: from its last lead character, or all of it without one."""
    end = pending.find(END)
    if end < 0:
        return None
    start = max(pending.rfind(bytes([lead]), 0, end) for lead in LEADS)
    return max(start, 0), end + 1


def body_of(answer: bytes, *, with_checksum: bool) -> str:
    """What an answer says, without checksum and end.

    Raises:
        FrameError: it is no answer; says why.
    """
    body = answer.removesuffix(END)
    if len(answer) > LONGEST_ANSWER_BYTES or body == answer:
        raise FrameError(f"no end within {LONGEST_ANSWER_BYTES} bytes")
    if with_checksum:
        body, check = body[:-2], body[-2:]
        if check != checksum(body):
            raise FrameError(f"checksum failed: {checksum(body)!r} computed, {check!r} received")
    if not body or body[0] not in LEADS:
        if body[:1] in (b"#", b"$"):
            raise FrameError("the line repeats what was asked: turn the adapter's echo off")
        raise FrameError("an answer begins with >, ! or ?")
    if not all(0x20 <= byte < 0x7F for byte in body):
        raise FrameError("a byte is not printable ASCII")
    return body.decode("ascii")
