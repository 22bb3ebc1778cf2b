import numpy as np
import pytest

from simulators.projection import Body, FanBeam, Material, ball, rod
from simulators.projection._attenuate import chord, transmit
from simulators.projection.bodies import as_rows
from simulators.projection.materials import DENSITY_G_CM3, beam
from simulators.projection.scanner import _sub_rays


def _sampled(body: Body, start: np.ndarray, heading: np.ndarray) -> float:
    """Chord by walking along the ray in steps of 20 um."""
    at = start + np.arange(20.0, 40.0, 0.02)[:, None] * heading
    off = at - np.array(body.center_mm)
    if body.length_mm == 0.0:
        return 0.02 * float((np.linalg.norm(off, axis=1) < body.radius_mm).sum())
    along = off @ np.array(body.axis)
    beside = np.linalg.norm(off - along[:, None] * np.array(body.axis), axis=1)
    inside = (np.abs(along) < body.length_mm / 2.0) & (beside < body.radius_mm)
    return 0.02 * float(inside.sum())


def test_chords_are_those_found_by_walking_along_the_ray() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(150):
        axis = rng.normal(size=3)
        axis /= np.linalg.norm(axis)
        length = float(rng.choice([0.0, 4.5, 9.0]))
        body = Body((0.0, 0.0, 0.0), tuple(axis), length, 2.0, Material.STEEL, 8.0)
        turn = rng.uniform(0.0, 2.0 * np.pi)
        heading = np.array([np.cos(turn), np.sin(turn), 0.0])
        start = rng.uniform(-3.0, 3.0, 3) - 30.0 * heading

        found = chord(as_rows((body,), (0.0, 0.0))[0], *start, heading[0], heading[1])

        assert found == pytest.approx(_sampled(body, start, heading), abs=0.045)
        hits += found > 0.0
    assert hits > 50


@pytest.mark.parametrize(
    ("axis", "start", "expected"),
    [
        ((0.0, 1.0, 0.0), (0.3, -50.0, 0.0), 4.5),  # along the axis
        ((0.0, 1.0, 0.0), (0.5, -50.0, 0.0), 0.0),  # along the axis, beside it
        ((0.0, 0.0, 1.0), (0.0, -50.0, 2.2), 0.8),  # across, just under the end
        ((0.0, 0.0, 1.0), (0.0, -50.0, 2.3), 0.0),  # over the end
    ],
)
def test_rays_along_and_across_a_capsule(
    axis: tuple[float, float, float], start: tuple[float, float, float], expected: float
) -> None:
    body = Body((0.0, 0.0, 0.0), axis, 4.5, 0.4, Material.TITANIUM, 4.5)

    found = chord(as_rows((body,), (0.0, 0.0))[0], *start, 0.0, 1.0)

    assert found == pytest.approx(expected, abs=1e-9)


def _transmitted(geometry: FanBeam, bodies: tuple[Body, ...], water_mm: float) -> np.ndarray:
    spectrum = beam(120)
    lengths = np.zeros((geometry.views, geometry.channels, 2), np.uint16)
    lengths[..., 0] = round(water_mm / 0.01)
    out = np.empty(lengths.shape[:2], np.float32)
    transmit(
        lengths,
        np.array([1e-5, 1.92e-5]),
        as_rows(bodies, (0.0, 0.0)),
        0.0,
        1.25,
        geometry.source_to_axis_mm,
        geometry.source_to_detector_mm,
        geometry.angles,
        geometry.fans,
        _sub_rays(24, geometry),
        spectrum.weights,
        spectrum.attenuation_mm2_g,
        out,
    )
    return out


def test_water_and_a_plate_of_steel_leave_what_the_spectrum_says(coarse: FanBeam) -> None:
    spectrum = beam(120)
    plate = Body((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 40.0, 60.0, Material.STEEL, 8.0)
    view, channel = 7, round(coarse.middle_channel)

    left = _transmitted(coarse, (plate,), 100.0)

    depth = 0.1 * spectrum.attenuation_mm2_g[:, Material.WATER]
    bare = spectrum.weights @ np.exp(-depth)
    assert left[view, 0] == pytest.approx(bare, rel=1e-4)
    steel = 8e-3 * 120.0 * spectrum.attenuation_mm2_g[:, Material.STEEL]
    assert left[view, channel] == pytest.approx(spectrum.weights @ np.exp(-depth - steel), rel=2e-2)


def test_a_thin_rod_takes_its_share_of_the_channels_and_no_more(coarse: FanBeam) -> None:
    """Over a view, the intensity lost is the shadow's width times what is absorbed in it."""
    geometry = FanBeam(active_share=1.0, views=8)
    spectrum = beam(120)
    wire = Body((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 20.0, 0.25, Material.SILVER, 10.49)

    lost_mm = (1.0 - _transmitted(geometry, (wire,), 0.0)).sum(axis=1) * geometry.channel_pitch_mm

    off = (np.arange(2000) + 0.5) / 2000.0 * 0.25
    depth = 10.49e-3 * 2.0 * np.sqrt(0.25**2 - off**2)[:, None]
    passed = np.exp(-depth * spectrum.attenuation_mm2_g[:, Material.SILVER]) @ spectrum.weights
    # the rod lies over sub-rays a twentieth of a channel apart, in 8 positions
    assert lost_mm.mean() == pytest.approx(2.0 * np.mean(1.0 - passed) * 0.25, rel=0.1)
    assert coarse.views % 2 == 0


def test_a_tube_takes_the_place_of_tissue_and_its_bore_is_empty() -> None:
    tube = rod((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), 10.0, 2.0, Material.STEEL, lumen_mm=1.0)
    rows = as_rows(tube, (0.0, 0.0))

    middle = {
        Material(int(row[9])): row[10] * chord(row, 0.0, -9.0, 0.0, 0.0, 1.0) for row in rows[:2]
    }
    bore = rows[2][10] * chord(rows[2], 0.0, -9.0, 0.0, 0.0, 1.0)

    assert middle[Material.WATER] == pytest.approx(-1.06e-3 * 2.0)
    assert middle[Material.STEEL] + bore == pytest.approx(8e-3 * 1.0)


def test_a_ball_holds_a_share_of_its_solid() -> None:
    stone = ball((0.0, 0.0, 0.0), 1.5, Material.CALCIUM_PHOSPHATE, 0.3)

    assert stone.density_g_cm3 == 0.3 * DENSITY_G_CM3[Material.CALCIUM_PHOSPHATE]


@pytest.mark.parametrize(
    "wrong",
    [
        {"length_mm": -1.0},
        {"radius_mm": 0.0},
        {"axis": (1.0, 1.0, 0.0)},
    ],
)
def test_a_body_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    values: dict[str, object] = {"axis": (0.0, 0.0, 1.0), "length_mm": 1.0, "radius_mm": 1.0}

    with pytest.raises(ValueError, match="body"):
        Body(
            center_mm=(0.0, 0.0, 0.0),
            material=Material.GOLD,
            density_g_cm3=19.3,
            **(values | wrong),  # pyright: ignore[reportArgumentType]
        )
