"""The models of the current procedure's freezes, one for each lesion, kept between requests."""

import time
from dataclasses import dataclass, field

from procedure_node.events import LethalZoneModelled
from procedure_node.imaging.reading import contours_in
from procedure_node.lethal_zone.live import Clock, Contours, LiveFreeze
from procedure_node.lethal_zone.request import FreezeRequest
from procedure_node.thermal_library import ThermalLibrary


@dataclass(slots=True)
class KeptFreezes:
    """Models that go on where they were; those of another procedure are let go.

    Attributes:
        library: tissues and kinds of probes.
        contours: reads the structures of a file.
        clock: seconds, for what computing takes.
    """

    library: ThermalLibrary
    contours: Contours = contours_in
    clock: Clock = time.monotonic
    _live: dict[tuple[str, str], LiveFreeze] = field(
        default_factory=dict[tuple[str, str], LiveFreeze]
    )

    def model(self, request: FreezeRequest, allowed_s: float) -> LethalZoneModelled:
        """How cold it is, or that it is still catching up; see ``LiveFreeze.model``."""
        key = (request.procedure_id, request.lesion)
        for other in [known for known in self._live if known[0] != request.procedure_id]:
            del self._live[other]
        live = self._live.get(key)
        if live is None:
            live = self._live[key] = LiveFreeze(self.library, self.contours, self.clock)
        return live.model(request, allowed_s)
