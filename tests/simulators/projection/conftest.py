import numpy as np
import pytest

from dosimetry_core.values import Volume
from simulators.projection import FanBeam


@pytest.fixture
def coarse() -> FanBeam:
    """A scanner with a third of the channels and views: fast, and its images are good to 1 mm."""
    return FanBeam(channels=296, channel_rad=3.0 * 1.0239 / 949.0, views=328)


@pytest.fixture
def abdomen() -> Volume:
    """An ellipse of soft tissue with a spine: 30 slices of 5 mm, 2 mm pixels."""
    x, y = np.meshgrid(np.arange(-80, 80) * 2.0 + 1.0, np.arange(-60, 60) * 2.0 + 1.0)
    values = np.full((30, *x.shape), -1000, np.int16)
    values[:, (x / 130) ** 2 + (y / 95) ** 2 < 1.0] = 60
    values[:, (x / 15) ** 2 + ((y - 65) / 15) ** 2 < 1.0] = 500
    affine = np.diag([2.0, 2.0, 5.0, 1.0])
    affine[:3, 3] = (x[0, 0], y[0, 0], -72.5)
    return Volume(values, affine)
