"""From bytes to lines, however they arrive."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.instruments import JOINED, Line, LineSplitter
from drivers.telemetry import Rejected


def fed(
    splitter: LineSplitter, data: bytes, cuts: list[int] | None = None
) -> list[Line | Rejected]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts or ())})
    found: list[Line | Rejected] = []
    for start, end in pairwise(edges):
        found += splitter.feed(data[start:end])
        assert len(splitter.pending) < 40
    return found


def laid_end_to_end(found: list[Line | Rejected]) -> bytes:
    return b"".join(item.data if isinstance(item, Rejected) else item.raw for item in found)


def test_what_comes_before_the_first_end_is_no_line() -> None:
    found = fed(LineSplitter(b"\r\n", 40), b"20.4\r\n-120.4\r\n")
    assert found == [Rejected(b"20.4\r\n", JOINED), Line(b"-120.4", b"\r\n")]


def test_a_line_that_is_too_long_is_refused_to_its_end() -> None:
    found = fed(LineSplitter(b"\n", 40), b"\n" + b"x" * 90 + b"T 36.5\nT 37.5\n")
    assert {item.reason for item in found if isinstance(item, Rejected)} == {
        JOINED,
        "no end within 40 bytes",
    }
    assert [item.text for item in found if isinstance(item, Line)] == [b"T 37.5"]


def test_after_a_wire_was_opened_again_the_first_end_is_waited_for() -> None:
    splitter = LineSplitter(b"\n", 40)
    fed(splitter, b"\nT 36")
    splitter.begin()
    assert fed(splitter, b".5\n") == [Rejected(b".5\n", JOINED)]


@given(st.lists(st.binary(max_size=60), max_size=8), st.lists(st.integers(0, 500), max_size=8))
def test_no_byte_is_lost_however_the_bytes_are_cut(pieces: list[bytes], cuts: list[int]) -> None:
    data = b"\r\n".join(pieces)
    splitter = LineSplitter(b"\r\n", 40)
    found = fed(splitter, data, cuts)
    assert laid_end_to_end([*found, *splitter.end()]) == data


@given(st.lists(st.integers(0, 500), max_size=20))
def test_the_lines_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    data = b"\r\n" + b"".join(b"T %d\r\n" % n for n in range(20))
    lines = [item.text for item in fed(LineSplitter(b"\r\n", 40), data, cuts)[1:]]
    assert lines == [b"T %d" % n for n in range(20)]


def test_ten_megabytes_of_noise_are_held_in_bounded_memory_and_then_a_line_is_read() -> None:
    noise = random.Random(1).randbytes(10_000_000)
    splitter = LineSplitter(b"\r\n", 100)
    count = 0
    for start in range(0, len(noise), 4096):
        for item in splitter.feed(noise[start : start + 4096]):
            count += len(item.data if isinstance(item, Rejected) else item.raw)
        assert len(splitter.pending) < 100
    assert count + len(splitter.pending) == len(noise)
    assert splitter.feed(b"\r\nT 36.5\r\n")[-1] == Line(b"T 36.5", b"\r\n")
