"""Whether what is modelled of the cold may be used now."""

from datetime import datetime, timedelta

from procedure_node.events import LethalZoneModelled

OUT_OF_DATE = timedelta(seconds=90)
"""Reports come every 15 s while anything is cold: after six that did not, nobody should rely on the
last one."""


def modelled_doubt(zone: LethalZoneModelled | None, now: datetime) -> str:
    """Why the modelled cold of a lesion is not known at ``now``; empty where it is."""
    if zone is None:
        return "no freeze was modelled yet"
    if zone.status != "MODELLED" or zone.modelled_until is None:
        return zone.reason or "the cold is not modelled"
    if not zone.is_over and now - zone.modelled_until > OUT_OF_DATE:
        return "the model of the cold has not come on for over a minute"
    return ""
