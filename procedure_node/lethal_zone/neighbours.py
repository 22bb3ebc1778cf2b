"""Which probes of other lesions froze near enough to matter, though the model leaves them out."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.bioheat import Cryoprobe
from procedure_node.lethal_zone.case import cryoprobes_of
from procedure_node.lethal_zone.placements import MAY_FREEZE
from procedure_node.lethal_zone.request import FreezeRequest, PlacedProbe
from procedure_node.thermal_library import ThermalLibrary

REACH_MM = 40.0
"""Ice of two probes that are nearer grows together, or nearly: each makes 15 mm of it in ten
minutes, and tissue is cooled some 10 mm beyond."""

_POINTS = 21


def neighbour_words(request: FreezeRequest, library: ThermalLibrary) -> tuple[str, ...]:
    """What is left out of other lesions' cold, one line for each probe that froze meanwhile."""
    own = cryoprobes_of(request.probes, library)
    others = cryoprobes_of(request.others, library)
    return (
        *_within_reach(request, own, others),
        *(
            f"probe {name} of another lesion froze, and where it lies was not told: whether its "
            "cold reaches here is not known"
            for name in request.others_unplaced
        ),
    )


def _within_reach(
    request: FreezeRequest, own: list[Cryoprobe], others: list[Cryoprobe]
) -> Iterator[str]:
    for probe, placed in zip(request.others, others, strict=True):
        apart_mm = min(_apart_mm(one, placed) for one in own)
        if apart_mm <= REACH_MM and _froze_meanwhile(request, probe):
            yield (
                f"probe {probe.name} of another lesion froze, or may have, {apart_mm:.0f} mm away "
                "meanwhile: its cold is left out, and it may be colder here than told"
            )


def _froze_meanwhile(request: FreezeRequest, probe: PlacedProbe) -> bool:
    """Whether it froze, or may have, since this lesion's first freeze began."""
    ends = (*(spell.since for spell in probe.spells[1:]), request.until)
    return any(
        spell.phase in MAY_FREEZE and end > request.started
        for spell, end in zip(probe.spells, ends, strict=True)
    )


def _apart_mm(one: Cryoprobe, other: Cryoprobe) -> float:
    """Between the active lengths, to half a millimetre or so."""
    gaps = _along(one)[:, None, :] - _along(other)[None, :, :]
    return float(np.linalg.norm(gaps, axis=2).min())


def _along(probe: Cryoprobe) -> NDArray[np.float64]:
    way = np.linspace(-0.5, 0.5, _POINTS, dtype=np.float64) * probe.active_length_mm
    return np.asarray(probe.middle_mm) + way[:, None] * np.asarray(probe.unit_towards_tip)
