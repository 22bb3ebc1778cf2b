import numpy as np
import pytest

from dosimetry_core.values import Volume

SPACING_MM = (5.0, 0.8, 0.8)
TISSUE_HU = 110


@pytest.fixture
def liver() -> Volume:
    """Even tissue on a grid of an abdominal CT's voxels; x and y from -40 mm, z from -100 mm."""
    affine = np.diag([SPACING_MM[2], SPACING_MM[1], SPACING_MM[0], 1.0])
    affine[:3, 3] = (-40.0, -40.0, -100.0)
    return Volume(np.full((21, 101, 101), TISSUE_HU, dtype=np.int16), affine)
