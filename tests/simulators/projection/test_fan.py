import numpy as np
import pytest
from skimage.transform import iradon, radon

from simulators.projection import FanBeam, Kernel
from simulators.projection._fan import project
from simulators.projection._parallel import to_parallel
from simulators.projection.scanner import reconstruct

_PIXEL_MM = 2.0
_SIZE = 128
_OFFSETS = (np.arange(_SIZE) - _SIZE // 2) * _PIXEL_MM


def _blobs() -> np.ndarray:
    """A lopsided image that a circle holds, smooth enough for any interpolation, per mm."""
    x, y = np.meshgrid(_OFFSETS, _OFFSETS)
    image = np.zeros_like(x)
    for x_mm, y_mm, wide_mm, height in ((-40, 10, 14, 1.0), (30, -45, 9, 2.0), (10, 55, 20, 0.5)):
        image += height * np.exp(-((x - x_mm) ** 2 + (y - y_mm) ** 2) / 2.0 / wide_mm**2)
    return np.where(np.hypot(x, y) < 124.0, image, 0.0)


def _sinogram(image: np.ndarray, geometry: FanBeam) -> np.ndarray:
    out = np.empty((geometry.views, geometry.channels, 2), np.float32)
    project(
        np.stack([image, 2.0 * image], axis=-1).astype(np.float32),
        _PIXEL_MM,
        float(_OFFSETS[0]),
        float(_OFFSETS[0]),
        geometry.source_to_axis_mm,
        geometry.angles,
        geometry.fans,
        out,
    )
    assert out[..., 1] == pytest.approx(2.0 * out[..., 0], abs=1e-4)
    return out[..., 0]


def _disc(x_mm: float, y_mm: float, radius_mm: float, geometry: FanBeam) -> np.ndarray:
    """Chords of a disc, in closed form."""
    angle, fan = geometry.angles[:, None], geometry.fans
    # distance of the ray from the axis, less that of the disc's middle
    off = geometry.source_to_axis_mm * np.sin(fan) + (
        x_mm * np.cos(angle + fan) + y_mm * np.sin(angle + fan)
    )
    return 2.0 * np.sqrt(np.maximum(radius_mm**2 - off**2, 0.0))


def _parallel(fan_data: np.ndarray, geometry: FanBeam) -> np.ndarray:
    out = np.zeros((geometry.views // 2, 401), np.float32)
    to_parallel(
        fan_data.astype(np.float32),
        geometry.middle_channel,
        geometry.channel_rad,
        geometry.source_to_axis_mm,
        out,
    )
    return out


def test_projections_are_the_chords_of_a_disc(coarse: FanBeam) -> None:
    x, y = np.meshgrid(_OFFSETS, _OFFSETS)
    distance = np.hypot(x - 30.0, y + 20.0)
    image = np.clip((50.0 - distance) / _PIXEL_MM + 0.5, 0.0, 1.0)

    error = _sinogram(image, coarse) - _disc(30.0, -20.0, 50.0, coarse)

    assert np.abs(error).mean() < 0.1  # mm of chords up to 100 mm: the pixels of the edge remain
    assert (
        np.abs(error).max() < 10.0
    )  # the chord of a ray 0.25 mm inside the edge, an eighth of a pixel


def test_projections_sorted_into_parallel_rays_are_those_of_scikit_image(coarse: FanBeam) -> None:
    image = _blobs()
    views = np.arange(0, coarse.views // 2, 20)

    ours = _parallel(_sinogram(image, coarse), coarse)[views]

    degrees = -180.0 * views / (coarse.views // 2)
    theirs = radon(image, theta=degrees, circle=True).T * _PIXEL_MM
    rays_mm = (np.arange(401) - 200) * coarse.channel_pitch_mm / 2.0
    at = np.stack([np.interp(-rays_mm, _OFFSETS, row) for row in theirs])
    inside = np.abs(rays_mm) < 110.0
    # both interpolate between pixels of 2 mm: a hundredth of the highest value
    assert np.abs(ours - at)[:, inside].max() < 0.01 * theirs.max()


def test_an_image_comes_back_as_from_scikit_image(coarse: FanBeam) -> None:
    image = _blobs()
    offsets = _OFFSETS.astype(np.float32)

    ours = reconstruct(_sinogram(image, coarse), coarse, Kernel.RAMP, offsets, offsets)

    degrees = np.arange(0.0, 180.0, 1.0)
    theirs = iradon(radon(image, theta=degrees), theta=degrees, filter_name="ramp")
    inside = np.hypot(*np.meshgrid(_OFFSETS, _OFFSETS)) < 100.0
    assert np.sqrt(np.mean((ours - theirs)[inside] ** 2)) < 0.01 * image.max()
    assert np.sqrt(np.mean((ours - image)[inside] ** 2)) < 0.005 * image.max()


@pytest.mark.parametrize("kernel", list(Kernel))
def test_a_disc_comes_back_with_its_height(coarse: FanBeam, kernel: Kernel) -> None:
    offsets = (np.arange(120) * 2.0 - 119.0).astype(np.float32)

    image = reconstruct(_disc(40.0, -30.0, 30.0, coarse), coarse, kernel, offsets, offsets)

    x, y = np.meshgrid(offsets, offsets)
    distance = np.hypot(x - 40.0, y + 30.0)
    assert image[distance < 20.0].mean() == pytest.approx(1.0, abs=0.003)
    assert image[distance > 45.0].mean() == pytest.approx(0.0, abs=0.003)


def test_a_quarter_shift_makes_opposite_views_interlace() -> None:
    geometry = FanBeam()

    straight = 2.0 * geometry.fans / geometry.channel_rad
    opposite = -straight

    merged = np.sort(np.concatenate([straight, opposite]))
    assert np.diff(merged) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    "wrong", [{"views": 983}, {"channels": 1}, {"channel_rad": 0.0}, {"channels": 2000}]
)
def test_a_scanner_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="fan beam"):
        FanBeam(**wrong)  # pyright: ignore[reportArgumentType]
