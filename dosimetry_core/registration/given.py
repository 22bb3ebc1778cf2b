"""Whether a place that somebody else gave a lesion agrees with what the images show."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.matrices import moved
from dosimetry_core.registration.result import RegistrationResult, Verdict
from dosimetry_core.registration.verdict import (
    FAILED_MM,
    LEAST_FOUND,
    LEAST_FOUND_SHARE,
    LEAST_LESION_SEEN,
    LEAST_OVERLAP,
    LEAST_SIMILARITY,
)

LESION_MM = 15.0
"""Round the lesion's middle: how far apart two places are is told within it."""

_LIKENESS_GAINED = 0.02


def disagreement_mm(result: RegistrationResult, given: NDArray[np.float64]) -> float:
    """Greatest distance, 15 mm round the lesion's middle, of where a matrix and a result put it.

    Args:
        result: of a registration.
        given: shape (4, 4), rigid, planning CT to scan, LPS mm.
    """
    center = np.array(result.center_mm)
    points = np.vstack(
        [center[None], center + LESION_MM * np.eye(3), center - LESION_MM * np.eye(3)]
    )
    return float(np.linalg.norm(moved(given, points) - result.to_scan(points), axis=1).max())


def judge_given(
    result: RegistrationResult, given: NDArray[np.float64], *, agreement_mm: float
) -> tuple[Verdict | None, tuple[str, ...]]:
    """Judge a matrix that frames of reference or a Spatial Registration give, by a registration.

    A registration that is accepted decides. One that saw enough and is not accepted leaves a doubt.
    One that saw too little says nothing, unless the images become much more alike elsewhere.

    Args:
        result: of a registration that began at the given matrix.
        given: shape (4, 4), rigid, planning CT to scan, LPS mm.
        agreement_mm: how far apart the two may put the lesion.

    Returns:
        ACCEPTED or DOUBTFUL, with reasons; None where the images do not tell, with the reasons.
    """
    apart_mm = disagreement_mm(result, given)
    aside = f"the images put the lesion {apart_mm:.1f} mm elsewhere, more than {agreement_mm:g} mm"
    if result.verdict is Verdict.ACCEPTED:
        return (Verdict.DOUBTFUL, (aside,)) if apart_mm > agreement_mm else (Verdict.ACCEPTED, ())
    if saw_enough(result):
        return Verdict.DOUBTFUL, result.reasons
    quality = result.quality
    gained = quality.similarity_after - quality.similarity_before
    far = apart_mm > max(FAILED_MM, agreement_mm)
    if far and quality.similarity_after >= LEAST_SIMILARITY and gained >= _LIKENESS_GAINED:
        return Verdict.DOUBTFUL, (aside, *result.reasons)
    return None, result.reasons


def saw_enough(result: RegistrationResult) -> bool:
    """Whether tissue and landmarks near the lesion suffice to judge, whatever they tell."""
    quality, residual = result.quality, result.quality.residual
    return (
        residual.found >= LEAST_FOUND
        and residual.found >= LEAST_FOUND_SHARE * residual.tried
        and quality.overlap >= LEAST_OVERLAP
        and quality.lesion_seen >= LEAST_LESION_SEEN
    )
