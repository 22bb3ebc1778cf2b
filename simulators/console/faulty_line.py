"""The line between the console and its port, with the faults that are going on."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from simulators.console.faults import FaultKind, FaultPlan

BYTE_INTERVAL_S = 0.001
"""Between the bytes of a split frame: about 9600 bit/s."""

LONGEST_NOISE_BYTES = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes and the time at which they leave, s since the simulator started."""

    due_s: float
    data: bytes


class FaultyLine:
    """Carries frames as the fault plan has it.

    Args:
        plan: what goes wrong when.
        chance: where chance comes from.
    """

    def __init__(self, plan: FaultPlan, chance: random.Random) -> None:
        self._plan = plan
        self._chance = chance

    def carry(self, frames: Iterable[bytes], now_s: float) -> list[Piece]:
        """What becomes of frames that are sent now, in the order of the wire."""
        delay = self._plan.find("delay", now_s)
        due_s = now_s + (delay.delay_s if delay else 0.0)
        pieces: list[Piece] = []
        for frame in frames:
            if self._hits("drop", now_s):
                continue
            data = self._spoilt(frame) if self._hits("corrupt", now_s) else frame
            if self._hits("noise", now_s):
                data = self._chance.randbytes(self._chance.randint(1, LONGEST_NOISE_BYTES)) + data
            if self._hits("duplicate", now_s):
                data += data
            if self._hits("split", now_s):
                pieces += [
                    Piece(due_s + BYTE_INTERVAL_S * n, data[n : n + 1]) for n in range(len(data))
                ]
            else:
                pieces.append(Piece(due_s, data))
        return pieces

    def _hits(self, kind: FaultKind, now_s: float) -> bool:
        fault = self._plan.find(kind, now_s)
        return fault is not None and self._chance.random() < fault.probability

    def _spoilt(self, frame: bytes) -> bytes:
        spoilt = bytearray(frame)
        spoilt[self._chance.randrange(len(frame))] ^= 1 << self._chance.randrange(8)
        return bytes(spoilt)
