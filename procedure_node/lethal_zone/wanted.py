"""Which lesions' freezes are to be modelled in a state, and which cannot be."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from dosimetry_core.values import CyclePhase
from procedure_node.courses import CourseSpell
from procedure_node.events import LethalZoneModelled
from procedure_node.lethal_zone.placements import MAY_FREEZE, Stay, heard_until, stays
from procedure_node.lethal_zone.request import (
    FreezeRequest,
    NamedStructure,
    PlacedProbe,
    SeenIce,
    SeenTemperature,
)
from procedure_node.protocol import UNSET
from procedure_node.settings import FreezeModelSettings
from procedure_node.state import ProcedureState
from procedure_node.thermal_library import ThermalLibrary

DEFAULT_SILENT_AFTER_S = 5.0
"""A probe is unknown when not heard for so long, where the protocol sets no ``reading_s``."""

UNHEARD_FOR_S = 60.0
"""A probe that froze and is not heard for longer leaves the cold UNKNOWN until it is heard again:
the band would soon hold everything, and an unplugged console would freeze on for ever."""

READINGS_APART_S = 120.0
"""Readings of one thermometer that the model is corrected by lie so far apart, in the model's time:
in between they say little that is new, and each correction takes seconds."""

READINGS_OF_ONE = 5
"""How many of one thermometer are used, the latest."""


def wanted_freezes(
    state: ProcedureState,
    now: datetime,
    library: ThermalLibrary,
    settings: FreezeModelSettings,
    views: Path,
) -> tuple[FreezeRequest | LethalZoneModelled, ...]:
    """For each lesion that was frozen: what is to be computed, or why nothing can be.

    Pure. What cannot be modelled is UNKNOWN: a freeze of which one probe is left out would show
    too little cold, and nobody could tell.
    """
    reading_s = state.protocol.freshness.reading_s
    silent_after_s = DEFAULT_SILENT_AFTER_S if reading_s == UNSET else reading_s
    by_lesion: dict[str, list[Stay]] = {}
    for stay in stays(state, now, silent_after_s):
        by_lesion.setdefault(stay.placement.lesion, []).append(stay)
    until = heard_until(state, now, silent_after_s)
    found: list[FreezeRequest | LethalZoneModelled] = []
    for lesion, here in by_lesion.items():
        doubt = _doubt(state, library, here) or _unheard(here, now)
        if doubt:
            found.append(LethalZoneModelled(lesion=lesion, status="UNKNOWN", reason=doubt))
            continue
        others = [stay for other, there in by_lesion.items() if other != lesion for stay in there]
        found.append(
            _request(state, lesion, here, _Others.of(others, library), until, settings, views)
        )
    return tuple(found)


def _doubt(state: ProcedureState, library: ThermalLibrary, here: list[Stay]) -> str:
    if not library.cryoprobes or not library.tissues:
        return "the node has no files of tissues and cryoprobes"
    tissue = state.protocol.freeze_model.tissue
    if tissue not in library.tissues:
        return f"the protocol's tissue {tissue!r} is not in the thermal library"
    for stay in here:
        if stay.missing:
            return f"of probe {stay.name} this was not told: {stay.missing}; assign it anew with it"
        if stay.placement.cryoprobe not in library.cryoprobes:
            return f"the kind of probe {stay.name}, {stay.placement.cryoprobe!r}, is not known"
    return ""


def _unheard(here: list[Stay], now: datetime) -> str:
    for stay in here:
        last = stay.spells[-1]
        known = [s.phase for s in stay.spells if s.phase is not CyclePhase.UNKNOWN]
        silence_s = (now - last.since).total_seconds()
        froze = known[-1] is CyclePhase.FREEZE
        if last.phase is CyclePhase.UNKNOWN and froze and silence_s > UNHEARD_FOR_S:
            return f"probe {stay.name} froze and has not been heard since"
    return ""


class _Others(NamedTuple):
    """Probes that froze in other lesions, and the names of those whose place was not told."""

    placed: tuple[PlacedProbe, ...]
    unplaced: tuple[str, ...]

    @classmethod
    def of(cls, there: Sequence[Stay], library: ThermalLibrary) -> "_Others":
        known = [
            stay
            for stay in there
            if not stay.missing and stay.placement.cryoprobe in library.cryoprobes
        ]
        return cls(
            placed=tuple(_placed(stay) for stay in known),
            unplaced=tuple(stay.name for stay in there if stay not in known),
        )


def _placed(stay: Stay) -> PlacedProbe:
    placement = stay.placement
    assert placement.tip_mm is not None  # nothing is missing
    assert placement.direction is not None
    assert placement.cryoprobe is not None
    return PlacedProbe(
        name=stay.name,
        zone=placement.zone,
        cryoprobe=placement.cryoprobe,
        tip_mm=placement.tip_mm,
        direction=placement.direction,
        spells=stay.spells,
    )


def _request(
    state: ProcedureState,
    lesion: str,
    here: list[Stay],
    others: "_Others",
    until: datetime,
    settings: FreezeModelSettings,
    views: Path,
) -> FreezeRequest:
    freezes = _freezes([stay.spells for stay in here])
    started = freezes[0]
    rules = state.protocol.freeze_model
    drawn = state.structures
    organs = {organ.name for organ in state.protocol.organs}
    structures = drawn.structures if drawn else ()
    return FreezeRequest(
        procedure_id=state.procedure_id,
        lesion=lesion,
        started=started,
        until=max(started, until),
        time_scale=settings.time_scale,
        freeze=len(freezes),
        freezing=any(stay.spells[-1].phase in MAY_FREEZE for stay in here),
        tissue=rules.tissue,
        grid_mm=settings.grid_mm,
        probes=tuple(_placed(stay) for stay in here),
        others=others.placed,
        others_unplaced=others.unplaced,
        frame_of_reference_uid=drawn.frame_of_reference_uid if drawn else None,
        structures_path=drawn.path if drawn else None,
        structures=tuple(
            NamedStructure(name=s.name, is_target=s.role == "TARGET")
            for s in structures
            if (s.role == "TARGET" and s.lesion == lesion) or s.name in organs
        ),
        vessels=tuple(s.name for s in structures if s.name in rules.vessels),
        vessel_temperature_c=rules.vessel_temperature_c,
        ice=_seen_ice(state, started, until),
        temperatures=_seen_temperatures(state, started, until, settings.time_scale),
        pictures=str(views / state.procedure_id / f"cold-{lesion}.npz"),
    )


def _freezes(courses: list[tuple[CourseSpell, ...]]) -> list[datetime]:
    """When each freeze of a lesion began: probes that freeze at the same time make one freeze.

    A probe that is UNKNOWN goes on freezing if it froze before: a gap begins no other freeze.
    """
    turns = sorted(
        (spell.since, probe, spell.phase)
        for probe, course in enumerate(courses)
        for spell in course
        if spell.phase is not CyclePhase.UNKNOWN
    )
    cold: set[int] = set()
    begun: list[datetime] = []
    for at, probe, phase in turns:
        if phase is CyclePhase.FREEZE:
            if not cold:
                begun.append(at)
            cold.add(probe)
        else:
            cold.discard(probe)
    return begun


def _seen_ice(state: ProcedureState, started: datetime, until: datetime) -> tuple[SeenIce, ...]:
    """Scans since the first freeze whose ice was found.

    Those without a time of their own are not used: it is not known which ice they show.
    """
    return tuple(
        SeenIce(
            label=f"ice in scan {number}",
            series_uid=uid,
            at=scan.received.acquired_at,
            view_directory=scan.view_directory,
            surface_error_mm=scan.ice.surface_error_mm,
        )
        for number, (uid, scan) in enumerate(state.scans.items(), start=1)
        if scan.received is not None
        and scan.received.acquired_at is not None
        and started < scan.received.acquired_at <= until
        and scan.ice is not None
        and scan.view_directory is not None
    )


def _seen_temperatures(
    state: ProcedureState, started: datetime, until: datetime, time_scale: float
) -> tuple[SeenTemperature, ...]:
    """The first reading in each ``READINGS_APART_S`` since the first freeze, of known places.

    A curve that has lost its oldest points tells nothing of the time that they began in.
    """
    found: list[SeenTemperature] = []
    apart = timedelta(seconds=READINGS_APART_S / time_scale)
    for key, sensor in state.sensors.items():
        if sensor.place_mm is None:
            continue
        used: dict[int, SeenTemperature] = {}
        kept_since: datetime | None = None
        for point in sensor.curve.points():
            kept_since = kept_since or point.utc
            slot = (point.utc - started) // apart
            whole = started + slot * apart >= kept_since
            if slot < 1 or not whole or slot in used or point.utc > until:
                continue
            if point.temperature_c is not None:
                used[slot] = SeenTemperature(
                    label=f"thermometer {key}",
                    place_mm=sensor.place_mm,
                    at=point.utc,
                    temperature_c=point.temperature_c,
                )
        found += list(used.values())[-READINGS_OF_ONE:]
    return tuple(found)
