"""A freeze with two probes, small enough for many runs."""

from collections.abc import Sequence

import pytest

from dosimetry_core.bioheat import (
    Course,
    Cryoprobe,
    EffectiveBoundary,
    FreezeCase,
    Grid,
    ProbeSpell,
    Tissue,
    TissueSpread,
)
from dosimetry_core.values import CyclePhase

BOUNDARY = EffectiveBoundary(1.2, -100.0, 18.0, 30.0, 20.0)


@pytest.fixture
def two_probes() -> FreezeCase:
    """15 mm apart in perfused tissue, on 2.5 mm voxels."""
    return FreezeCase(
        Tissue("liver", 2.0, 0.4, 1830, 3600, 1050, 250e3, -1.0, -8.0, 0.0018, 3.6e6, 4200.0),
        TissueSpread(0.08, 0.15, 0.15, 0.6, 2.0),
        tuple(
            Cryoprobe(name, (x, 0.0, 13.0), (0.0, 0.0, 1.0), 22.0, 3.0, BOUNDARY)
            for name, x in (("1", -7.5), ("2", 7.5))
        ),
        Grid.cube((0.0, 0.0, 0.0), 70.0, 2.5),
    )


@pytest.fixture
def both_freeze() -> Sequence[Course]:
    """For 400 s, then they thaw by themselves."""
    course = (ProbeSpell(0.0, CyclePhase.FREEZE), ProbeSpell(400.0, CyclePhase.PASSIVE_THAW))
    return course, course
