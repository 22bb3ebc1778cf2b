"""The frame of the ADAM-4000 protocol against the published vectors."""

import pytest

from drivers.instruments.adam4000.frame import body_of, checksum, find_answer, question
from drivers.telemetry import FrameError

PUBLISHED = [
    # ADLINK, NuDAM ND-6017 manual, "Format of NuDAM Commands", example 2
    (b"$012", b"B7"),
    (b"!01400600", b"AC"),
    # Advantech, ADAM-4000 Series User's Manual, appendix F, examples 1 and 2
    (b"#05", b"88"),
    (b">+3.5671", b"9D"),
    (b"$07RH", b"25"),
    (b"!07+2.0500", b"D8"),
    # Advantech, ADAM-5000 Series User's Manual, appendix D, example 2
    (b"$07S1RH", b"A9"),
]


@pytest.mark.parametrize(("body", "check"), PUBLISHED)
def test_the_published_checksums(body: bytes, check: bytes) -> None:
    assert checksum(body) == check


def test_a_question_with_and_without_its_checksum() -> None:
    assert question("#05", with_checksum=True) == b"#0588\r"
    assert question("#05", with_checksum=False) == b"#05\r"


def test_an_answer_with_and_without_its_checksum() -> None:
    assert body_of(b">+3.56719D\r", with_checksum=True) == ">+3.5671"
    assert body_of(b"!45050600\r", with_checksum=False) == "!45050600"


@pytest.mark.parametrize(
    ("answer", "with_checksum", "reason"),
    [
        (b">+3.56719E\r", True, "checksum failed: b'9D' computed, b'9E' received"),
        (b">+3.5671\r", True, "checksum failed"),
        (b"\r", False, "an answer begins with"),
        (b"+3.5671\r", False, "an answer begins with"),
        (b"#01\r", False, "turn the adapter's echo off"),
        (b">+3.56\xb71\r", False, "not printable"),
        (b">" + b"+1.0000" * 12 + b"\r", False, "no end within 64 bytes"),
    ],
)
def test_what_is_no_answer_says_why(answer: bytes, with_checksum: bool, reason: str) -> None:
    with pytest.raises(FrameError, match=reason.replace("+", r"\+")):
        body_of(answer, with_checksum=with_checksum)


def test_an_answer_is_found_after_noise_on_its_line() -> None:
    assert find_answer(b"\x00\xff>no!") is None
    assert find_answer(b"ab>+1.4567\r>+2") == (2, 11)
    assert find_answer(b"noise\r") == (0, 6)
