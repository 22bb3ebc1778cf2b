"""What a drawn structure is by its name."""

import re

from dosimetry_core.values import ZoneKind
from procedure_node.events import StructureSummary
from procedure_node.protocol import TrialProtocol


def summarise(name: str, volume: float, protocol: TrialProtocol) -> StructureSummary:
    """A structure's part: a target by its name's pattern, an organ by name, or other."""
    match = re.match(protocol.structures.target, name)
    if match is not None:
        lesion = match["lesion"]
        zone = match.groupdict().get("zone") or ZoneKind.WHOLE.value
        if lesion and "/" not in lesion and zone in set(ZoneKind):
            return StructureSummary(
                name=name,
                role="TARGET",
                lesion=lesion,
                zone=ZoneKind(zone),
                volume_cc=volume,
            )
    if name in {organ.name for organ in protocol.organs}:
        return StructureSummary(name=name, role="ORGAN", volume_cc=volume)
    return StructureSummary(name=name, role="OTHER", volume_cc=volume)
