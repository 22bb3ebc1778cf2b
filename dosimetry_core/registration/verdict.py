"""Whether a registration may be used, and why not, in words.

The limits follow the practice of AAPM TG-132 (Brock et al., Med Phys 44 (2017) e43, its table of
tolerances): target registration error and inverse consistency within the largest voxel dimension,
about 2 to 3 mm. The limits here are at its lower end or below; those of what it gives no number for
were set by the cases of docs/registration.md.
"""

import math

from dosimetry_core.registration.result import (
    LandmarkResidual,
    RegistrationQuality,
    Verdict,
)

ACCEPTED_MM = 2.0
"""Residual at the lesion, median residual and inverse consistency up to which all is well."""
SCATTERED_MM = 2.5
"""90th percentile of the residuals above which the patient is bent, not moved."""
FAILED_MM = 5.0
"""Any of these figures from which on the result is of no use."""
LOCAL_MM = 3.0
"""How much the tissue round the lesion may move otherwise than all of the region."""
LEAST_FOUND = 6
"""Landmarks, to say anything."""
LEAST_FOUND_SHARE = 0.5
HOPELESS_FOUND_SHARE = 0.2
"""Of the landmarks that could be looked for."""
LEAST_SIMILARITY = 0.8
HOPELESS_SIMILARITY = 0.4
"""Correlation of HU near the lesion; two scans of a patient who moved reach 0.9 and more."""
LEAST_OVERLAP = 0.6
HOPELESS_OVERLAP = 0.25
"""Share of the tissue near the lesion that the scan shows."""
LEAST_LESION_SEEN = 0.99
FARTHEST_MM = 40.0
MOST_TURN_DEG = 12.0
"""Beyond what a patient moves on the table: the start is wrong, or the result."""


def verdict_of(
    quality: RegistrationQuality, bent: LandmarkResidual | None = None
) -> tuple[Verdict, tuple[str, ...]]:
    """Judge a registration; the reasons are empty where it is accepted.

    Args:
        quality: of the rigid result.
        bent: the residual with a deformation, where one is taken.
    """
    failed: list[str] = []
    doubts: list[str] = []
    _judge_field(quality, failed, doubts)
    _judge_similarity(quality, failed, doubts)
    _judge_residual(quality.residual if bent is None else bent, failed, doubts)
    if bent is None and quality.local_mm > LOCAL_MM:
        doubts.append(
            f"the lesion moved by {quality.local_mm:.1f} mm otherwise than its surroundings, more "
            f"than {LOCAL_MM:g} mm: the tissue is bent"
        )
    _judge_inverse(quality, failed, doubts)
    if quality.shift_mm > FARTHEST_MM or quality.turn_deg > MOST_TURN_DEG:
        doubts.append(
            f"the lesion moved by {quality.shift_mm:.0f} mm and turned by {quality.turn_deg:.0f} "
            f"degrees: more than {FARTHEST_MM:.0f} mm or {MOST_TURN_DEG:.0f} degrees is unusual"
        )
    if failed:
        return Verdict.FAILED, (*failed, *doubts)
    return (Verdict.DOUBTFUL, tuple(doubts)) if doubts else (Verdict.ACCEPTED, ())


def _judge_residual(residual: LandmarkResidual, failed: list[str], doubts: list[str]) -> None:
    """Add what is wrong at held-out landmarks to the reasons."""
    share = residual.found / max(1, residual.tried)
    if residual.tried < LEAST_FOUND or residual.found < LEAST_FOUND:
        few = doubts if share >= LEAST_FOUND_SHARE else failed
        few.append(
            f"only {residual.found} landmarks could be checked ({residual.tried} looked for), "
            f"{LEAST_FOUND} are needed"
        )
    elif share < LEAST_FOUND_SHARE:
        lost = failed if share < HOPELESS_FOUND_SHARE else doubts
        lost.append(f"only {residual.found} of {residual.tried} landmarks were found again")
    at_lesion = residual.at_lesion_mm
    if math.isnan(at_lesion):
        doubts.append("what is left at the lesion cannot be said: too few landmarks")
        return
    _judge_length(at_lesion, "landmarks leave {} at the lesion", ACCEPTED_MM, failed, doubts)
    _judge_length(residual.median_mm, "landmarks are {} off", ACCEPTED_MM, failed, doubts)
    if residual.p90_mm > SCATTERED_MM:
        doubts.append(
            f"a tenth of the landmarks is {residual.p90_mm:.1f} mm off or more: the tissue "
            "is bent, or something in it moved"
        )
    if at_lesion <= ACCEPTED_MM < at_lesion + residual.at_lesion_error_mm:
        doubts.append(
            f"what landmarks leave at the lesion, {at_lesion:.1f} mm, is known to "
            f"{residual.at_lesion_error_mm:.1f} mm only"
        )


def _judge_length(
    value_mm: float, text: str, limit_mm: float, failed: list[str], doubts: list[str]
) -> None:
    if value_mm > limit_mm:
        reasons = failed if value_mm > FAILED_MM else doubts
        reasons.append(text.format(f"{value_mm:.1f} mm") + f", more than {limit_mm:g} mm")


def _judge_field(quality: RegistrationQuality, failed: list[str], doubts: list[str]) -> None:
    if quality.overlap < LEAST_OVERLAP:
        reasons = failed if quality.overlap < HOPELESS_OVERLAP else doubts
        reasons.append(f"the scan shows only {100 * quality.overlap:.0f} % of the tissue there")
    if quality.lesion_seen < LEAST_LESION_SEEN:
        reasons = failed if quality.lesion_seen < 0.5 else doubts
        reasons.append(f"the scan covers {100 * quality.lesion_seen:.0f} % of the lesion's place")


def _judge_similarity(quality: RegistrationQuality, failed: list[str], doubts: list[str]) -> None:
    after, before = quality.similarity_after, quality.similarity_before
    if math.isnan(after) or after < LEAST_SIMILARITY:
        hopeless = math.isnan(after) or after < HOPELESS_SIMILARITY
        (failed if hopeless else doubts).append(f"the two are not alike (correlation {after:.2f})")
    elif after < before - 0.02:
        doubts.append(f"the start was more alike ({before:.2f}) than the result ({after:.2f})")


def _judge_inverse(quality: RegistrationQuality, failed: list[str], doubts: list[str]) -> None:
    _judge_length(
        quality.inverse_max_mm, "registering back ends {} off", ACCEPTED_MM, failed, doubts
    )
