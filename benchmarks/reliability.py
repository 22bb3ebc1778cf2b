"""How often what was said with a confidence is so: figures and a plot."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BINS = 10
_SIZE, _LEFT, _TOP = 320, 60, 40


@dataclass(frozen=True)
class Reliability:
    """Confidences (n,) and whether each was right (n,)."""

    said: NDArray[np.float64]
    real: NDArray[np.bool_]

    def bins(self) -> list[tuple[float, int, float, float, float]]:
        """For tenths of confidence that hold any: from, count, mean said, share real, its error."""
        made: list[tuple[float, int, float, float, float]] = []
        at = np.minimum((self.said * _BINS).astype(int), _BINS - 1)
        for n in range(_BINS):
            here = at == n
            count = int(here.sum())
            if count:
                real = float(self.real[here].mean())
                smooth = (self.real[here].sum() + 1.0) / (count + 2.0)
                error = float(np.sqrt(smooth * (1.0 - smooth) / count))
                made.append((n / _BINS, count, float(self.said[here].mean()), real, error))
        return made

    def expected_error(self) -> float:
        """Mean gap between what is said and what is so, over all finds."""
        return sum(n * abs(said - real) for _, n, said, real, _ in self.bins()) / max(
            1, len(self.said)
        )

    def lines(self) -> list[str]:
        """The bins as text."""
        told = [
            f"confidence {low:.1f}-{low + 0.1:.1f}: {count:4d} finds, mean said {said:.3f}, "
            f"real {real:.3f} +- {error:.3f}"
            for low, count, said, real, error in self.bins()
        ]
        return [*told, f"mean gap {self.expected_error():.3f}"]


def reliability_svg(reliability: Reliability) -> str:
    """A plot of the share that is real against the confidence, with standard errors."""
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_SIZE + 100}" height="{_SIZE + 100}" '
            f'font-family="sans-serif" font-size="12">'
        ),
        f'<rect width="{_SIZE + 100}" height="{_SIZE + 100}" fill="white"/>',
        (
            f'<rect x="{_LEFT}" y="{_TOP}" width="{_SIZE}" height="{_SIZE}" fill="none" '
            f'stroke="black"/>'
        ),
        (
            f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="grey" '
            f'stroke-dasharray="4 4"/>'
        ),
        f'<text x="{_x(0.5)}" y="{_y(0) + 40}" text-anchor="middle">confidence said</text>',
        (
            f'<text x="18" y="{_y(0.5)}" text-anchor="middle" '
            f'transform="rotate(-90 18 {_y(0.5)})">share that is a seed</text>'
        ),
        (
            f'<text x="{_x(0.5)}" y="24" text-anchor="middle">{len(reliability.said)} finds in '
            f"scans not learnt from</text>"
        ),
    ]
    for tenth in range(0, 11, 2):
        share = tenth / 10.0
        parts += [
            f'<text x="{_x(share)}" y="{_y(0) + 18}" text-anchor="middle">{share:.1f}</text>',
            f'<text x="{_LEFT - 8}" y="{_y(share) + 4}" text-anchor="end">{share:.1f}</text>',
        ]
    for _, count, said, real, error in reliability.bins():
        low, high = max(0.0, real - error), min(1.0, real + error)
        parts += [
            (
                f'<line x1="{_x(said)}" y1="{_y(low)}" x2="{_x(said)}" y2="{_y(high)}" '
                f'stroke="#1f5fa8" stroke-width="2"/>'
            ),
            f'<circle cx="{_x(said)}" cy="{_y(real)}" r="4" fill="#1f5fa8"/>',
            (
                f'<text x="{_x(said) - 7}" y="{_y(real) - 6}" text-anchor="end" fill="#555">{count}'
                f"</text>"
            ),
        ]
    return "\n".join([*parts, "</svg>", ""])


def _x(share: float) -> float:
    return round(_LEFT + share * _SIZE, 1)


def _y(share: float) -> float:
    return round(_TOP + (1.0 - share) * _SIZE, 1)
