"""Bands against closed forms, against all cells, and against truths that were drawn."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry_core.dvh import StructureDoseResult, structure_dose
from dosimetry_core.structures import sample_structure
from dosimetry_core.tg43 import ImplantedSources, total_dose_gy
from dosimetry_core.uncertainty import Band, DoseBand, DoseErrors, dose_bands
from dosimetry_core.uncertainty.drawing import draw_implant
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
Ball = Callable[[str, tuple[float, float, float], float], ContouredStructure]

NOTHING = DoseErrors(
    registration_sd_mm=0.0,
    position_sd_mm=0.0,
    axis_sd_deg=0.0,
    calibration_sd_percent=0.0,
    seed_strength_sd_percent=0.0,
)
PRESCRIPTION_GY = 110.0


def results_of(
    structures: list[ContouredStructure], implant: list[ImplantedSources]
) -> list[StructureDoseResult]:
    """Dose results; a structure is a target if its name says so."""
    return [
        structure_dose(
            structure,
            implant,
            prescription_gy=PRESCRIPTION_GY if "TARGET" in structure.name else None,
        )
        for structure in structures
    ]


def roughly(
    results: list[StructureDoseResult],
    structures: list[ContouredStructure],
    implant: list[ImplantedSources],
) -> list[StructureDoseResult]:
    """The same results with the figures of another implant, quickly, from 20,000 cells each."""
    found: list[StructureDoseResult] = []
    for result, structure in zip(results, structures, strict=True):
        cells = sample_structure(structure, point_count=20_000)
        dose = total_dose_gy(implant, cells.points_mm, engine="table")
        order = np.argsort(-dose)
        reached = np.cumsum(cells.weights_mm3[order])
        d90, d2cc, d0_1cc = dose[order][np.searchsorted(reached, [0.9 * reached[-1], 2e3, 100.0])]
        v100 = 100 * cells.weights_mm3[dose >= PRESCRIPTION_GY].sum() / reached[-1]
        if result.prescription_gy is None:
            found.append(replace(result, d2cc_gy=float(d2cc), d0_1cc_gy=float(d0_1cc)))
        else:
            found.append(replace(result, d90_gy=float(d90), v100_percent=float(v100)))
    return found


def bands_of(
    structures: list[ContouredStructure],
    implant: list[ImplantedSources],
    errors: DoseErrors,
    samples: int = 1000,
    seed: int = 0,
) -> tuple[DoseBand, ...]:
    results = results_of(structures, implant)
    return dose_bands(structures, implant, results, errors, samples=samples, seed=seed, threads=2)


def d90(band: DoseBand) -> Band:
    assert band.d90_gy is not None
    return band.d90_gy


def present(band: Band | None) -> Band:
    assert band is not None
    return band


@pytest.fixture(scope="module")
def target(make_ball: Ball) -> ContouredStructure:
    return make_ball("TARGET", (0.0, 0.0, 0.0), 20.0)


@pytest.fixture(scope="module")
def organ(make_ball: Ball) -> ContouredStructure:
    return make_ball("ORGAN", (45.0, 0.0, 0.0), 22.0)


def test_without_errors_the_band_is_the_figure(
    target: ContouredStructure, organ: ContouredStructure, many_seeds: ImplantedSources
) -> None:
    of_target, of_organ = bands_of([target, organ], [many_seeds], NOTHING, samples=100)
    result = structure_dose(target, [many_seeds], prescription_gy=PRESCRIPTION_GY)
    assert (of_target.name, of_organ.name) == ("TARGET", "ORGAN")
    assert d90(of_target).nominal == result.d90_gy
    assert present(of_target.v100_percent).nominal == result.v100_percent
    assert (of_target.d2cc_gy, of_target.d0_1cc_gy) == (None, None)
    assert (of_organ.d90_gy, of_organ.v100_percent) == (None, None)
    for band in (
        *(of_target.d90_gy, of_target.v100_percent, of_organ.d2cc_gy, of_organ.d0_1cc_gy),
    ):
        assert present(band).values == pytest.approx(np.full(100, present(band).nominal), rel=1e-5)


def test_an_error_of_calibration_scales_every_dose(
    target: ContouredStructure, organ: ContouredStructure, many_seeds: ImplantedSources
) -> None:
    """One log-normal factor for all; V100 is the DVH at the prescription over that factor."""
    errors = replace(NOTHING, calibration_sd_percent=3.0)
    of_target, of_organ = bands_of([target, organ], [many_seeds], errors)
    factor = d90(of_target).values / d90(of_target).nominal
    for band in (of_organ.d2cc_gy, of_organ.d0_1cc_gy):
        assert present(band).values / present(band).nominal == pytest.approx(factor, rel=2e-5)
    # 1000 draws tell a deviation to 2.2 %; three of those. Percentiles: error 0.07 sd.
    assert np.log(factor).std() == pytest.approx(0.03, rel=0.07)
    assert d90(of_target).low == pytest.approx(
        d90(of_target).nominal * np.exp(-1.645 * 0.03), rel=3 * 0.07 * 0.03
    )
    v100 = present(of_target.v100_percent)
    for share in (0.05, 0.5, 0.95):
        at = structure_dose(
            target,
            [many_seeds],
            prescription_gy=PRESCRIPTION_GY / float(np.quantile(factor, share)),
        )
        # Some 600 of the 1200 points lie near the level.
        assert np.quantile(v100.values, share) == pytest.approx(at.v100_percent, abs=0.4)


def test_errors_of_single_strengths_average_out(
    make_ball: Ball, many_seeds: ImplantedSources
) -> None:
    """To a small far structure all n seeds give the same: 2 % / sqrt(n)."""
    errors = replace(NOTHING, seed_strength_sd_percent=2.0)
    band = d90(bands_of([make_ball("TARGET", (0.0, 0.0, 280.0), 3.0)], [many_seeds], errors)[0])
    count = many_seeds.strengths_u.size
    assert band.sd / band.nominal == pytest.approx(0.02 / np.sqrt(count), rel=0.07)


@pytest.mark.parametrize(("position_mm", "registration_mm"), [(1.0, 0.0), (0.0, 1.0), (0.8, 0.6)])
def test_a_seed_that_moves_changes_the_dose_by_its_gradient(
    make_ball: Ball, one_seed: ImplantedSources, position_mm: float, registration_mm: float
) -> None:
    """To first order sd = |grad D| x sd of the place, along the line to a small far structure."""
    place = np.array([60.0, 0.0, 0.0])
    errors = replace(NOTHING, position_sd_mm=position_mm, registration_sd_mm=registration_mm)
    band = d90(bands_of([make_ball("TARGET", (60.0, 0.0, 0.0), 2.0)], [one_seed], errors)[0])
    steps = np.array([[-0.5, 0.0, 0.0], [0.5, 0.0, 0.0]])
    near, far = total_dose_gy([one_seed], place + steps, engine="exact")
    expected = np.log(near / far)
    assert expected > 2 / 60
    assert np.log(band.values).std() == pytest.approx(expected, rel=0.07)


def test_an_axis_that_tilts_changes_the_dose_by_its_anisotropy(
    make_ball: Ball, one_seed: ImplantedSources
) -> None:
    """At 35 degrees, between two nodes of F: sd = |d ln D / d theta| x sd of the angle."""

    def place(theta_deg: float) -> FloatArray:
        theta = np.radians(theta_deg)
        return 50.0 * np.array([[np.sin(theta), 0.0, np.cos(theta)]])

    center = place(35.0)[0]
    structure = make_ball("TARGET", (float(center[0]), float(center[1]), float(center[2])), 1.0)
    band = d90(bands_of([structure], [one_seed], replace(NOTHING, axis_sd_deg=1.0))[0])
    low, high = (total_dose_gy([one_seed], place(angle), engine="exact")[0] for angle in (34, 36))
    expected = abs(np.log(high / low)) / 2.0
    assert expected > 0.002
    assert np.log(band.values).std() == pytest.approx(expected, rel=0.08)


def test_inside_a_large_lattice_a_common_shift_hardly_matters(
    make_ball: Ball, one_seed: ImplantedSources
) -> None:
    """It matters for a structure at the lattice's edge."""
    axis = np.arange(-40.0, 41.0, 10.0)
    lattice = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    count = len(lattice)
    axes = np.tile([0.0, 0.0, 1.0], (count, 1))
    seeds = ImplantedSources(one_seed.model, lattice, axes, np.full(count, 0.4))
    structures = [
        make_ball("TARGET 1", (0.0, 0.0, 0.0), 12.0),
        make_ball("TARGET 2", (40.0, 0.0, 0.0), 12.0),
    ]
    inner, edge = dose_bands(
        structures,
        [seeds],
        roughly(results_of(structures, [one_seed]), structures, [seeds]),
        replace(NOTHING, registration_sd_mm=1.0),
        samples=100,
        threads=2,
    )
    assert d90(inner).sd / d90(inner).nominal < 0.01
    assert d90(edge).sd / d90(edge).nominal > 0.03


def test_scatter_of_1_mm_moves_d90_by_about_1_percent_and_lowers_it(
    target: ContouredStructure, many_seeds: ImplantedSources
) -> None:
    """As is known of permanent implants of some 40 seeds; the order is tested, not a digit."""
    band = d90(bands_of([target], [many_seeds], replace(NOTHING, position_sd_mm=1.0))[0])
    assert 0.005 < band.sd / band.nominal < 0.02
    assert -0.04 < band.scatter_shift / band.nominal < -0.005
    assert np.median(band.values) == pytest.approx(band.nominal, rel=1e-9)


def test_few_points_say_what_all_cells_say(
    target: ContouredStructure, organ: ContouredStructure, many_seeds: ImplantedSources
) -> None:
    """The same 100 drawn implants, with 30,000 cells each, in order of size."""
    errors = DoseErrors(registration_sd_mm=1.5)
    of_target, of_organ = bands_of([target, organ], [many_seeds], errors, samples=100, seed=4)
    streams = np.random.SeedSequence(4).spawn(100)
    implants = [draw_implant([many_seeds], errors, np.random.default_rng(one)) for one in streams]

    def figures(structure: ContouredStructure, volumes_mm3: list[float]) -> FloatArray:
        """Doses to the hottest volumes (and percent at the prescription), drawn over nominal."""
        cells = sample_structure(structure, point_count=30_000)
        percent = cells.weights_mm3 / cells.weights_mm3.sum() * 100.0
        rows: list[list[float]] = []
        for implant in ([many_seeds], *implants):
            dose = total_dose_gy(implant, cells.points_mm, engine="table")
            order = np.argsort(-dose)
            hot = np.searchsorted(np.cumsum(cells.weights_mm3[order]), volumes_mm3)
            rows.append([*dose[order][hot], percent[dose >= PRESCRIPTION_GY].sum()])
        return np.array(rows)

    whole_mm3 = sample_structure(target, point_count=30_000).weights_mm3.sum()
    all_cells = figures(target, [0.9 * whole_mm3])
    hottest = figures(organ, [2000.0, 100.0])
    v100 = present(of_target.v100_percent)
    middle = float(np.median(all_cells[1:, 1]))
    drawn_v100 = np.clip(np.sort(all_cells[1:, 1]) - middle + v100.nominal, 0.0, 100.0)
    assert np.abs(v100.values - drawn_v100).mean() < 0.15 * drawn_v100.std()
    assert v100.scatter_shift == pytest.approx(middle - all_cells[0, 1], abs=0.4 * v100.sd)
    for band, doses in (
        (d90(of_target), all_cells[:, 0]),
        (present(of_organ.d2cc_gy), hottest[:, 0]),
        (present(of_organ.d0_1cc_gy), hottest[:, 1]),
    ):
        middle = float(np.median(doses[1:]))
        expected = np.sort(doses[1:]) / middle * band.nominal
        assert np.abs(band.values - expected).mean() < 0.15 * expected.std()
        assert band.sd == pytest.approx(expected.std(), rel=0.08)
        assert band.scatter_shift / band.nominal == pytest.approx(
            middle / doses[0] - 1.0, abs=0.3 * band.sd / band.nominal
        )


def test_truths_lie_in_the_bands_of_what_was_seen_of_them(
    target: ContouredStructure, organ: ContouredStructure, many_seeds: ImplantedSources
) -> None:
    """90 % of 30 truths: 27, with a deviation of 1.6; three of those are allowed for.

    The truth is drawn around a plan by 4 mm, as needles are placed, then seen with the errors.
    """
    rng = np.random.default_rng(12)
    planting = replace(NOTHING, position_sd_mm=4.0)
    errors = DoseErrors(registration_sd_mm=1.0)
    structures = [target, organ]
    results = results_of(structures, [many_seeds])
    inside = dict.fromkeys(("d90_gy", "v100_percent", "d2cc_gy", "d0_1cc_gy"), 0)
    for number in range(30):
        truth = list(draw_implant([many_seeds], planting, rng))
        seen = list(draw_implant(truth, errors, rng))
        bands = dose_bands(
            structures,
            seen,
            roughly(results, structures, seen),
            errors,
            samples=200,
            seed=number,
            threads=2,
        )
        true_target, true_organ = roughly(results, structures, truth)
        for name, band, true in (
            ("d90_gy", bands[0].d90_gy, true_target.d90_gy),
            ("v100_percent", bands[0].v100_percent, true_target.v100_percent),
            ("d2cc_gy", bands[1].d2cc_gy, true_organ.d2cc_gy),
            ("d0_1cc_gy", bands[1].d0_1cc_gy, true_organ.d0_1cc_gy),
        ):
            assert true is not None
            inside[name] += present(band).low <= true <= present(band).high
    assert all(count >= 22 for count in inside.values()), inside


def test_the_same_seed_gives_the_same_bands_on_any_number_of_threads(
    target: ContouredStructure, many_seeds: ImplantedSources
) -> None:
    results = results_of([target], [many_seeds])
    errors = DoseErrors(registration_sd_mm=1.0)

    def values(seed: int, threads: int) -> FloatArray:
        return d90(
            dose_bands(
                [target], [many_seeds], results, errors, samples=110, seed=seed, threads=threads
            )[0]
        ).values

    assert np.array_equal(values(1, 1), values(1, 3))
    assert not np.array_equal(values(1, 1), values(2, 1))


def test_seeds_of_unknown_axis_widen_the_band(make_ball: Ball, one_seed: ImplantedSources) -> None:
    """A lone seed's dose is what its anisotropy makes of any direction; its mean stays."""
    point = ImplantedSources(one_seed.model, one_seed.centers_mm, None, one_seed.strengths_u)
    structure = make_ball("TARGET", (30.0, 0.0, 0.0), 2.0)
    band = d90(bands_of([structure], [point], NOTHING)[0])
    angles = np.arccos((np.arange(500) + 0.5) / 500)
    places = 30.0 * np.column_stack([np.sin(angles), np.zeros(500), np.cos(angles)])
    expected = total_dose_gy([one_seed], places, engine="exact")
    assert band.sd / band.nominal == pytest.approx(expected.std() / expected.mean(), rel=0.1)
    mean = (band.values.mean() + band.scatter_shift) / band.nominal
    assert mean == pytest.approx(1.0, rel=0.02)


def test_without_seeds_there_is_nothing_uncertain(
    target: ContouredStructure, organ: ContouredStructure, many_seeds: ImplantedSources
) -> None:
    none = ImplantedSources(many_seeds.model, np.empty((0, 3)), np.empty((0, 3)), np.empty(0))
    for implant in ([], [none]):
        bands = bands_of([target, organ], implant, DoseErrors(registration_sd_mm=1.0))
        assert (d90(bands[0]).low, d90(bands[0]).high) == (0.0, 0.0)
        assert present(bands[1].d2cc_gy).sd == 0.0


def test_without_structures_there_are_no_bands(many_seeds: ImplantedSources) -> None:
    assert dose_bands([], [many_seeds], [], DoseErrors(registration_sd_mm=1.0)) == ()


def test_a_tiny_organ_has_no_band_of_a_volume_that_it_does_not_have(
    make_ball: Ball, many_seeds: ImplantedSources
) -> None:
    errors = DoseErrors(registration_sd_mm=1.0)
    small, tiny = bands_of(
        [make_ball("NERVE", (30.0, 0.0, 0.0), 4.0), make_ball("POINT", (30.0, 0.0, 0.0), 2.0)],
        [many_seeds],
        errors,
        samples=100,
    )
    assert small.d2cc_gy is None
    assert present(small.d0_1cc_gy).sd > 0.0
    assert (tiny.d2cc_gy, tiny.d0_1cc_gy) == (None, None)
    alone = bands_of([make_ball("POINT", (30.0, 0.0, 0.0), 2.0)], [many_seeds], errors)[0]
    assert (alone.d2cc_gy, alone.d0_1cc_gy) == (None, None)


def test_refusals(target: ContouredStructure, many_seeds: ImplantedSources) -> None:
    results = results_of([target], [many_seeds])
    errors = DoseErrors(registration_sd_mm=1.0)
    with pytest.raises(ValueError, match="do not fit structures"):
        dose_bands([target], [many_seeds], [], errors)
    with pytest.raises(ValueError, match="at least 100 samples, got 99"):
        dose_bands([target], [many_seeds], results, errors, samples=99)
    with pytest.raises(ValueError, match="threads must be above zero, is 0"):
        dose_bands([target], [many_seeds], results, errors, threads=0)
