"""Registration of a planning CT to a scan, against known motions of a real CT.

    python -m benchmarks.registration [CASES_PER_KIND]      0: times alone

``registration_pairs`` makes the pairs: rigid ones (up to 20 mm and 8 degrees), bent ones (up to
10 mm on top), and hard ones that no registration can get right. The error is the mean distance of
points within 15 mm of the lesion's middle from where they truly are. "Flagged" is what is not
ACCEPTED; "caught" is how many of the errors above 3 mm are. A row "with B-spline" holds the cases
above it with a deformation asked for, and "taken" says how often it was.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import machine_line
from benchmarks.registration_pairs import (
    LESIONS_MM,
    Case,
    Motion,
    load_planning,
    load_thin,
    make_pair,
)
from dosimetry_core.registration import RegistrationError, RegistrationQuality, Verdict, register
from dosimetry_core.values import Vector

CASES_PER_KIND = 10
GOAL_MM = 1.5
BAD_MM = 3.0
REPETITIONS = 5

_KINDS = (
    "rigid 5 mm slices",
    "rigid 2.5 mm slices",
    "rigid, ice 20 mm",
    "rigid, washed out",
    "rigid, noise 30 HU",
    "bent 3 mm",
    "bent 6 mm",
    "bent 10 mm",
    "cropped field",
    "lesion at the edge",
    "low contrast",
    "wrong region",
    "wrong start",
)


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one case."""

    kind: str
    error_mm: float
    start_error_mm: float
    taken: bool
    verdict: Verdict
    reasons: tuple[str, ...]
    cpu_s: float
    quality: RegistrationQuality | None


def cases(per_kind: int) -> Iterator[Case]:
    """The cases of the table, the same each time."""
    for number, kind in enumerate(_KINDS):
        for one in range(per_kind):
            seed = 1000 * number + one
            yield _case(kind, seed, np.random.default_rng(seed))


def _case(kind: str, seed: int, rng: np.random.Generator) -> Case:
    lesion = sorted(LESIONS_MM)[seed % len(LESIONS_MM)]
    bent_mm = {"bent 3 mm": 3.0, "bent 6 mm": 6.0, "bent 10 mm": 10.0}.get(kind, 0.0)
    direction = _direction(rng)
    motion = Motion(
        _scaled(_direction(rng), rng.uniform(0.0, 20.0)),
        _scaled(_direction(rng), rng.uniform(0.0, 8.0)),
        # Breathing: mostly along the body, somewhat to the front.
        _scaled(direction * (0.3, 0.6, 1.5), bent_mm),
        _scaled(_direction(rng), 40.0),
        float(rng.uniform(35.0, 60.0)),
    )
    return Case(
        kind,
        lesion,
        motion,
        slice_mm=5.0 if kind in {"rigid 5 mm slices", "wrong start"} else 2.5,
        noise_hu=30.0 if "noise" in kind or kind == "low contrast" else float(rng.uniform(8, 20)),
        seeds=int(rng.integers(0, 40)),
        shafts=int(rng.integers(0, 5)),
        ice_mm=20.0 if "ice" in kind else 0.0,
        contrast={"rigid, washed out": 0.3, "low contrast": 0.1}.get(kind, 1.0),
        kept_mm={"cropped field": (30.0, 30.0), "lesion at the edge": (5.0, 60.0)}.get(
            kind, (90.0, 90.0)
        ),
        elsewhere_mm=_elsewhere(rng) if kind == "wrong region" else (0.0, 0.0, 0.0),
        seed=seed,
    )


def _elsewhere(rng: np.random.Generator) -> Vector:
    side, height = rng.uniform(90.0, 120.0), rng.uniform(60.0, 110.0)
    return float(side), float(rng.uniform(-20.0, 20.0)), float(height * rng.choice([-1.0, 1.0]))


def _direction(rng: np.random.Generator) -> NDArray[np.float64]:
    axis = rng.normal(size=3)
    return axis / np.linalg.norm(axis)


def _scaled(axis: NDArray[np.float64], length: float) -> Vector:
    x, y, z = (float(one) for one in axis / np.linalg.norm(axis) * length)
    return x, y, z


def run(case: Case, *, deformable: bool = False) -> Row:
    """Register one case."""
    pair = make_pair(case)
    start = np.eye(4)
    if case.kind == "wrong start":
        start[:3, 3] = _scaled(_direction(np.random.default_rng(case.seed)), 60.0)
    began = time.process_time()
    try:
        result = register(
            pair.planning, pair.scan, pair.center_mm, start=start, deformable=deformable
        )
    except RegistrationError as error:
        return Row(case.kind, np.inf, np.inf, False, Verdict.FAILED, (str(error),), 0.0, None)
    cpu_s = time.process_time() - began
    error_mm = pair.error_mm(result.to_scan(pair.target_mm))
    if case.kind == "wrong region":  # there is no right place
        error_mm = np.inf
    start_mm = pair.error_mm(pair.target_mm @ start[:3, :3].T + start[:3, 3])
    return Row(
        case.kind,
        error_mm,
        start_mm,
        result.deformation is not None,
        result.verdict,
        result.reasons,
        cpu_s,
        result.quality,
    )


def main(per_kind: int) -> None:
    """Print the table, and how long registrations take."""
    print(machine_line())
    if per_kind:
        _print_table(per_kind)
    print(_times())


def _print_table(per_kind: int) -> None:
    print(f"{per_kind} cases of each kind; errors at the lesion, mm\n")
    print(
        f"{'kind':<22}{'median':>8}{'p95':>8}{'max':>8}{'<= 1.5':>8}{'> 3':>6}{'caught':>8}"
        f"{'flagged, <= 1.5':>17}{'CPU s':>7}{'taken':>7}"
    )
    rows: list[Row] = []
    for kind in _KINDS:
        mine = [run(case) for case in cases(per_kind) if case.kind == kind]
        rows += mine
        print(_line(kind, mine), flush=True)
        if kind.startswith("bent") or kind == "rigid 2.5 mm slices":
            bent = [run(case, deformable=True) for case in cases(per_kind) if case.kind == kind]
            print(_line("  with B-spline", bent), flush=True)
    rigid = [row for row in rows if row.kind.startswith("rigid")]
    print(_line("all rigid", rigid))
    print(_line("all", rows))


def _times() -> str:
    """Time for whole images, as they come from a scanner, and for a bent patient."""
    planning, scan = load_planning(), load_thin()
    bent = make_pair(next(case for case in cases(1) if case.kind == "bent 10 mm"))
    told: list[str] = []
    for name, fit in (
        ("whole CT, rigid", lambda: register(planning, scan, LESIONS_MM["L3"])),
        ("bent 10 mm, rigid", lambda: register(bent.planning, bent.scan, bent.center_mm)),
        (
            "bent 10 mm, with B-spline",
            lambda: register(bent.planning, bent.scan, bent.center_mm, deformable=True),
        ),
    ):
        fit()
        times = np.array([_timed(fit) for _ in range(REPETITIONS)])
        (clock_s, cpu_s), (clock_median_s, cpu_median_s) = times.min(axis=0), np.median(times, 0)
        told.append(
            f"{name}: least {clock_s:.2f} s on the clock and {cpu_s:.2f} s of CPU, median "
            f"{clock_median_s:.2f} and {cpu_median_s:.2f}"
        )
    return "\n".join(("", f"whole CT: {planning.values.shape} to {scan.values.shape}", *told))


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - cpu


def _line(kind: str, rows: list[Row]) -> str:
    errors = np.array([row.error_mm for row in rows])
    flagged = np.array([row.verdict is not Verdict.ACCEPTED for row in rows])
    bad, good = errors > BAD_MM, errors <= GOAL_MM
    return (
        f"{kind:<22}{np.median(errors):>8.2f}{np.sort(errors)[int(0.95 * (len(rows) - 1))]:>8.2f}"
        f"{errors.max():>8.2f}{100 * good.mean():>6.0f} %{bad.sum():>6}"
        f"{(bad & flagged).sum():>8}{(good & flagged).sum():>17}"
        f"{np.median([row.cpu_s for row in rows]):>7.2f}{sum(row.taken for row in rows):>7}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CASES_PER_KIND)
