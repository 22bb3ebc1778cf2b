import random

from simulators.console import Fault, FaultPlan
from simulators.console.faulty_line import BYTE_INTERVAL_S, FaultyLine, Piece

FRAMES = [b"$one\r\n", b"$two\r\n"]


def carried(*faults: Fault, now_s: float = 10.0) -> list[Piece]:
    return FaultyLine(FaultPlan(faults), random.Random(1)).carry(FRAMES, now_s)


def test_a_good_line_carries_frames_at_once():
    assert carried() == [Piece(10.0, FRAMES[0]), Piece(10.0, FRAMES[1])]


def test_a_fault_that_is_over_does_nothing():
    assert carried(Fault(kind="drop", at_s=1.0, for_s=2.0)) == carried()


def test_dropped_frames_are_gone():
    assert carried(Fault(kind="drop")) == []


def test_a_corrupt_frame_differs_in_one_bit():
    for piece, frame in zip(carried(Fault(kind="corrupt")), FRAMES, strict=True):
        flips = [a ^ b for a, b in zip(piece.data, frame, strict=True)]
        assert sum(flip.bit_count() for flip in flips) == 1


def test_a_repeated_frame_comes_twice():
    assert [piece.data for piece in carried(Fault(kind="duplicate"))] == [f * 2 for f in FRAMES]


def test_noise_comes_before_a_whole_frame():
    for piece, frame in zip(carried(Fault(kind="noise")), FRAMES, strict=True):
        assert piece.data.endswith(frame)
        assert len(piece.data) > len(frame)


def test_a_split_frame_comes_byte_by_byte():
    pieces = carried(Fault(kind="split"))
    assert b"".join(piece.data for piece in pieces) == b"".join(FRAMES)
    assert {len(piece.data) for piece in pieces} == {1}
    assert pieces[1].due_s == 10.0 + BYTE_INTERVAL_S


def test_held_back_frames_leave_later():
    assert {piece.due_s for piece in carried(Fault(kind="delay", delay_s=3.0))} == {13.0}


def test_probability_says_how_often():
    line = FaultyLine(FaultPlan((Fault(kind="drop", probability=0.25),)), random.Random(1))
    assert 650 < len(line.carry([b"x"] * 1000, 0.0)) < 850
