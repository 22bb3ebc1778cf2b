from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dosimetry_core.bioheat import Course, Ensemble, FreezeCase, HeldRegion, Knowledge
from dosimetry_core.bioheat.ensemble import AWAY


def test_members_lie_to_each_side_of_the_middle(
    two_probes: FreezeCase, both_freeze: Sequence[Course]
) -> None:
    """A colder wall freezes more, more blood or latent heat less; the middle lies between."""
    first = Ensemble.initial(two_probes, Knowledge.at_first(), spacing_mm=5.0)
    assert len(first.members) == 6
    wall_c = two_probes.probes[0].boundary.freeze_c + AWAY * 18.0
    assert first.members[5][0].model.probes[0].boundary.freeze_c == wall_c
    later = first.advanced(300.0, both_freeze)
    middle = later.middle.frozen_volume_cc()
    for which, more_is_less_ice in ((2, True), (3, True), (5, True), (0, False)):
        more, less = (one.frozen_volume_cc() for one in later.members[which])
        assert (more < middle < less) == more_is_less_ice
        assert (more > middle > less) == (not more_is_less_ice)
    assert later.middle.elapsed_s == 300.0
    assert not first.middle.enthalpy_j_per_m3.any()


def test_held_regions_go_with_the_coarse_grid(two_probes: FreezeCase) -> None:
    mask = np.zeros(two_probes.grid.shape_kji, np.bool_)
    mask[:, 8:14, 10:20] = True
    case = replace(two_probes, held=(HeldRegion(mask, 37.0),))
    coarse = case.model(np.zeros(6), 5.0)
    volume_mm3 = coarse.held_index.size * 5.0**3
    assert abs(volume_mm3 / (mask.sum() * 2.5**3) - 1) < 0.01
    kji = np.column_stack(np.unravel_index(coarse.held_index, coarse.grid.shape_kji))
    assert kji[:, 1].min() == 4
    assert kji[:, 2].max() == 9
