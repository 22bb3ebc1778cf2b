"""Whatever the line does: no crash, no reading that was not sent, no byte lost, soon in step."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dosimetry_core.values import GenerationMode
from drivers.telemetry import MAX_FRAME_BYTES, Decoder, Frame, Rejected, ThermometerFrame

NOISE = st.binary(max_size=300)


def temperature(number: int) -> ThermometerFrame:
    return ThermometerFrame(
        generation_mode=GenerationMode.TEST,
        sequence=number,
        device_time_ms=number * 1_000,
        channel=1,
        temperature_c=float(number),
    )


def fed(stream: bytes, cuts: list[int], decoder: Decoder) -> list[Frame | Rejected]:
    """What the stream gives when it comes in pieces."""
    edges = [0, *sorted({cut % (len(stream) + 1) for cut in cuts}), len(stream)]
    found: list[Frame | Rejected] = []
    for start, end in pairwise(edges):
        found += decoder.feed(stream[start:end])
        assert len(decoder.pending) < MAX_FRAME_BYTES
    return found


def good(found: list[Frame | Rejected]) -> list[Frame]:
    return [item for item in found if not isinstance(item, Rejected)]


def laid_end_to_end(found: list[Frame | Rejected]) -> bytes:
    return b"".join(i.data if isinstance(i, Rejected) else i.to_bytes() for i in found)


@given(data=st.data(), cuts=st.lists(st.integers(0, 5_000)))
def test_frames_come_out_however_the_stream_is_cut(data: st.DataObject, cuts: list[int], frames):
    sent = data.draw(st.lists(frames, max_size=8))
    stream = b"".join(frame.to_bytes() for frame in sent)
    assert fed(stream, cuts, Decoder()) == sent


@given(data=st.data(), cuts=st.lists(st.integers(0, 5_000)))
def test_noise_between_frames_costs_no_frame_and_no_byte_is_lost(
    data: st.DataObject, cuts: list[int], frames
):
    sent: list[Frame] = data.draw(st.lists(frames, max_size=6))
    stream = b"".join(data.draw(NOISE) + frame.to_bytes() for frame in sent) + data.draw(NOISE)
    decoder = Decoder()
    found = fed(stream, cuts, decoder)
    found += decoder.end()
    assert good(found) == sent
    assert laid_end_to_end(found) == stream
    assert decoder.pending == b""


@given(data=st.data(), where=st.integers(0), bits=st.integers(1, 255))
def test_a_spoilt_byte_costs_its_frame_and_no_other(
    data: st.DataObject, where: int, bits: int, frames
):
    before, spoilt, after = data.draw(st.tuples(frames, frames, frames))
    raw = bytearray(spoilt.to_bytes())
    raw[where % len(raw)] ^= bits
    found = Decoder().feed(before.to_bytes() + bytes(raw) + after.to_bytes())
    assert good(found) == [before, after]
    assert laid_end_to_end(found) == before.to_bytes() + bytes(raw) + after.to_bytes()


@given(data=st.data(), start=st.integers(0), length=st.integers(1, 200))
def test_lost_bytes_cost_the_frames_they_are_lost_from(
    data: st.DataObject, start: int, length: int, frames
):
    first, second, after = data.draw(st.tuples(frames, frames, frames))
    stream = first.to_bytes() + second.to_bytes()
    start %= len(stream)
    hit = stream[:start] + stream[start + length :]
    found = good(Decoder().feed(hit + after.to_bytes()))
    assert found[-1] == after
    untouched = [
        frame
        for frame, left, right in (
            (first, 0, len(first.to_bytes())),
            (second, len(first.to_bytes()), len(stream)),
        )
        if start + length <= left or start >= right
    ]
    assert all(frame in found[:-1] for frame in untouched)
    assert all(frame in (first, second) for frame in found[:-1])


@given(garbage=st.binary(max_size=5_000), cuts=st.lists(st.integers(0, 5_000)))
def test_garbage_gives_no_reading(garbage: bytes, cuts: list[int]):
    decoder = Decoder()
    found = fed(garbage, cuts, decoder) + decoder.end()
    assert good(found) == []
    assert laid_end_to_end(found) == garbage


def test_a_megabyte_of_noise_is_held_in_bounded_memory_and_then_a_frame_is_read():
    noise = random.Random(1).randbytes(1_000_000)
    decoder = Decoder()
    pieces = [noise[start : start + 4096] for start in range(0, len(noise), 4096)]
    for piece in pieces:
        assert good(decoder.feed(piece)) == []
        assert len(decoder.pending) < MAX_FRAME_BYTES
    assert good(decoder.feed(temperature(1).to_bytes())) == [temperature(1)]


def test_a_frame_is_read_with_its_last_byte_and_not_before():
    decoder = Decoder()
    raw = temperature(1).to_bytes()
    assert [decoder.feed(raw[n : n + 1]) for n in range(len(raw) - 1)] == [[]] * (len(raw) - 1)
    assert decoder.feed(raw[-1:]) == [temperature(1)]


def test_each_rejection_says_why():
    whole = temperature(1).to_bytes()
    spoilt = whole.replace(b"1.0,OK", b"2.0,OK")
    endless = b"$" + b"x" * (MAX_FRAME_BYTES - 1)
    decoder = Decoder()
    found = decoder.feed(b"tail\r\n" + whole[:20] + spoilt + endless + whole + b"$PNT1")
    reasons = [item.reason if isinstance(item, Rejected) else "" for item in found + decoder.end()]
    assert reasons[0] == "outside any frame"
    assert reasons[1] == "cut short by the start of the next frame"
    assert reasons[2].startswith("check failed: ")
    assert reasons[3] == "no end within 192 bytes"
    assert reasons[4] == ""
    assert reasons[5] == "cut short by the end of the stream"
