"""An evaluation as a person reads it in a terminal."""

from collections.abc import Iterator

from dosimetry_core.dvh import StructureDoseResult
from dosimetry_core.subvolumes import SubVolumes
from dosimetry_core.values import FoundNeedle, NeedleLookalike
from procedure_node.evaluation.evaluate import Evaluation, StructureEvaluation

_COLUMNS = (
    ("structure", 20),
    ("volume cm3", 15),
    ("D90 Gy", 22),
    ("D100 Gy", 9),
    ("V100 %", 21),
    ("V150 %", 8),
    ("V200 %", 8),
    ("D2cc Gy", 9),
    ("D0.1cc Gy", 10),
    ("CI", 6),
    ("EI", 6),
    ("HI", 6),
)


PARTS_LISTED = 5
"""Parts of each kind that are listed for a structure; JSON has all."""


def as_text(evaluation: Evaluation) -> Iterator[str]:
    """Lines: seeds, a table of structures, cold and hot parts, and every warning."""
    mode = evaluation.case.mode.value
    yield (
        f"{len(evaluation.seeds)} seeds, {len(evaluation.structures)} structures, "
        f"{evaluation.prescription_gy:g} Gy, {evaluation.model.name} "
        f"({evaluation.model.quality} data), {mode}"
    )
    for n, needle in enumerate(evaluation.needles, start=1):
        yield _needle(n, needle)
    if evaluation.structures:
        yield ""
        yield "".join(f"{title:>{width}}" for title, width in _COLUMNS)
        for one in evaluation.structures:
            yield from _rows(one)
        yield ""
        yield _what_bands_mean(evaluation)
        yield ""
        for one in evaluation.structures:
            yield from _parts(one.structure.name, "cold, below", one.cold)
            yield from _parts(one.structure.name, "hot, above", one.hot)
    if evaluation.delivered is not None:
        yield (
            f"given by {evaluation.delivered.until_utc.isoformat(timespec='minutes')}: "
            f"{100.0 * evaluation.delivered.share:.1f} % of these doses, which are for all time"
        )
    for warning in evaluation.warnings:
        yield f"warning: {warning}"


def _needle(n: int, needle: FoundNeedle) -> str:
    kinds = [(needle.confidence, "needle")]
    kinds += [(other.probability, _KINDS[other.kind]) for other in needle.alternatives]
    kinds = [f"{word} {chance:.0%}" for chance, word in sorted(kinds, reverse=True) if chance > 0.0]
    x, y, z = needle.tip_mm
    tip = "tip" if needle.tip_is_sure else "one end, perhaps the tip,"
    return (
        f"straight metal {n}: {', '.join(kinds)}; {needle.length_mm:.0f} mm of it seen, {tip} at "
        f"({x:.1f}, {y:.1f}, {z:.1f}) mm"
    )


_KINDS = {
    NeedleLookalike.CRYOPROBE: "cryoprobe",
    NeedleLookalike.SEEDS: "row of seeds",
}


def _rows(one: StructureEvaluation) -> Iterator[str]:
    band = one.band
    d90 = "" if band.d90_gy is None else f" ({band.d90_gy.low:.0f} to {band.d90_gy.high:.0f})"
    v100 = (
        ""
        if band.v100_percent is None
        else f" ({band.v100_percent.low:.0f} to {band.v100_percent.high:.0f})"
    )
    volume = f"{one.volume.volume_cc:.2f} ± {one.volume.error_cc:.2f}"
    yield _row(one.structure.name, volume, one.dose, d90, v100)
    if one.before is not None:
        yield _row("  before editing", "", one.before, "", "")
    if one.in_dose_grid is not None:
        yield _row("  in the dose grid", "", one.in_dose_grid, "", "")


def _row(name: str, volume: str, dose: StructureDoseResult, d90: str, v100: str) -> str:
    cells = (
        name,
        volume,
        f"{dose.d90_gy:.1f}{d90}",
        _number(dose.d100_gy, 1),
        f"{_number(dose.v100_percent, 1)}{v100}",
        _number(dose.v150_percent, 1),
        _number(dose.v200_percent, 1),
        _number(dose.d2cc_gy, 1),
        _number(dose.d0_1cc_gy, 1),
        _number(dose.conformity_index, 2),
        _number(dose.external_index, 2),
        _number(dose.homogeneity_index, 2),
    )
    return "".join(f"{cell:>{width}}" for cell, (_, width) in zip(cells, _COLUMNS, strict=True))


def _number(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"


def _what_bands_mean(evaluation: Evaluation) -> str:
    errors = evaluation.errors
    return (
        "in brackets: 5th to 95th percentile, by errors (1 sigma) of "
        f"{errors.position_sd_mm:g} mm in each seed's place, "
        f"{errors.calibration_sd_percent:g} % in strength, "
        f"{errors.registration_sd_mm:g} mm in registration"
    )


def _parts(name: str, kind: str, found: SubVolumes) -> Iterator[str]:
    for part in found.regions[:PARTS_LISTED]:
        extreme = part.extremes[0]
        place = ", ".join(f"{value:.1f}" for value in extreme.place_mm)
        seeds = ", ".join(
            f"seed {near.index + 1} at {near.distance_mm:.1f} mm" for near in extreme.nearest_seeds
        )
        yield (
            f"{name}: {kind} {found.level_gy:g} Gy: {part.volume_cc:.2f} cm3 "
            f"({part.share_percent:.1f} %), {extreme.dose_gy:.1f} Gy at ({place}) mm, "
            f"{extreme.depth_mm:.1f} mm deep; {seeds or 'no seed'}"
        )
    others = len(found.regions) - PARTS_LISTED
    if others > 0:
        yield f"{name}: {others} more parts {kind} {found.level_gy:g} Gy"
