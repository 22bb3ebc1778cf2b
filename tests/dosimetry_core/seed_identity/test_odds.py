import numpy as np
import pytest
from scipy.integrate import quad

from dosimetry_core.seed_identity import SCAN_TO_SCAN
from dosimetry_core.seed_identity.odds import _axis_density


def test_axis_density_is_one_on_average():
    """Relative to any direction of a hemisphere, whose cosines are spread evenly."""
    mean, _ = quad(lambda cosine: float(_axis_density(np.array(cosine), SCAN_TO_SCAN)), 0.0, 1.0)
    assert mean == pytest.approx(1.0, abs=1e-6)


def test_axis_has_no_sign():
    cosine = np.array([-0.9, 0.9])
    one, other = _axis_density(cosine, SCAN_TO_SCAN)
    assert one == other
