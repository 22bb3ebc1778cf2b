"""The model of one lesion's freezes, kept and advanced while they go on."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from dosimetry_core.bioheat import Grid, Knowledge
from dosimetry_core.values import ContouredStructure
from drivers.dicom import StructureSetRefused
from procedure_node.events import LethalZoneModelled, ModelCorrection
from procedure_node.lethal_zone.case import freeze_case
from procedure_node.lethal_zone.correcting import corrected
from procedure_node.lethal_zone.courses import Courses, courses_of
from procedure_node.lethal_zone.fields import Fields, fields_of
from procedure_node.lethal_zone.figures import (
    ICE_C,
    LETHAL_C,
    PlacedStructure,
    place_structures,
    structure_figures,
    volumes_within,
)
from procedure_node.lethal_zone.neighbours import neighbour_words
from procedure_node.lethal_zone.pictures import write_pictures
from procedure_node.lethal_zone.request import FreezeRequest
from procedure_node.lethal_zone.seen import observations
from procedure_node.lethal_zone.simulation import Simulation, details_from
from procedure_node.lethal_zone.words import gap_words
from procedure_node.thermal_library import ThermalLibrary

CURRENT_S = 20.0
"""Figures that lag behind the clock by more are not told: the model is catching up."""

KEEPS_UP = 2.0
"""A model must gain so much on the clock, or it is computed more coarsely: the machine may be asked
for other things too."""

WARM_C = 0.0
"""Once nothing is colder and nothing freezes, a freeze is over."""

NEAR_FACE_MM = 15.0
"""Cold nearer to the faces of the grid, which stay warm, is modelled too small."""
NEAR_FACE_C = 20.0

Clock = Callable[[], float]
Contours = Callable[[str], Mapping[str, ContouredStructure]]


@dataclass(slots=True)
class _Run:
    """A simulation, what it rests on, and the structures on its grid.

    ``doubts`` are of the case; ``unused`` says what of ``seen`` it could not be corrected by.
    """

    simulation: Simulation
    structures: tuple[PlacedStructure, ...]
    seen: tuple[object, ...]
    correction: ModelCorrection | None
    doubts: tuple[str, ...]
    unused: tuple[str, ...] = ()


@dataclass(slots=True)
class LiveFreeze:
    """One lesion's freezes so far. It belongs to one process and is not safe between threads.

    Attributes:
        library: tissues and kinds of probes.
        contours: reads the structures of a file.
        clock: seconds, for what it takes.
    """

    library: ThermalLibrary
    contours: Contours
    clock: Clock = time.monotonic
    _detail: int = 0
    _freeze: int = 0
    _setting: tuple[object, ...] = ()
    _run: _Run | None = None
    _next: _Run | None = None
    _late: tuple[str, ...] = field(default=())

    def model(self, request: FreezeRequest, allowed_s: float) -> LethalZoneModelled:
        """Go on to the request's moment, for at most about ``allowed_s``, and say how cold it is.

        Deterministic but for the detail that the machine has time for. What was computed before is
        used where the request says the same of the past; otherwise all is computed again. Each
        freeze is tried in full detail first.
        """
        if request.freeze != self._freeze:
            self._freeze = request.freeze
            if self._detail:
                self._detail, self._late = 0, ()
                self._run = self._next = None
        setting = _setting(request)
        if setting != self._setting:
            self._run = self._next = None
            self._setting = setting
        courses = courses_of(request.probes, request.started, request.time_scale)
        until_s = (request.until - request.started).total_seconds() * request.time_scale
        for run in (self._run, self._next):
            if run is not None and not run.simulation.may_go_on(courses):
                self._run = self._next = None
        if self._detail >= len(details_from(request.grid_mm)):
            return self._unknown(request, "this machine is too slow to model it")
        run = self._run or self._started(request, Knowledge.at_first(len(request.probes)))
        self._run = run
        deadline_s = self.clock() + allowed_s
        if self._is_too_slow(run, request, until_s, courses, deadline_s):
            self._coarsen(request)
            return self.model(request, allowed_s)
        run = self._corrected_run(run, request, courses, until_s, deadline_s)
        behind_s = (until_s - run.simulation.elapsed_s) / request.time_scale
        if behind_s > CURRENT_S:
            return LethalZoneModelled(
                lesion=request.lesion,
                status="CATCHING_UP",
                reason="what was frozen before is being computed",
                freeze=request.freeze,
                freezing=request.freezing,
            )
        if courses.gaps and run.simulation.band("now") is None:
            return self._unknown(request, "readings are missing, and there is no time for a band")
        return self._told(request, run, courses)

    def _started(self, request: FreezeRequest, knowledge: Knowledge) -> _Run:
        detail = details_from(request.grid_mm)[self._detail]
        contours: Mapping[str, ContouredStructure] = {}
        unread: tuple[str, ...] = ()
        try:
            if request.structures_path is not None:
                contours = self.contours(request.structures_path)
        except (OSError, StructureSetRefused):
            unread = ("the structure set can no longer be read: nothing is told of structures",)
        case, doubts = freeze_case(request, self.library, contours, detail.best_mm)
        structures, missing = place_structures(request.structures, contours, case.grid)
        simulation = Simulation(case, knowledge, detail.varied_mm)
        return _Run(simulation, structures, (), None, (*unread, *doubts, *missing))

    def _is_too_slow(
        self,
        run: _Run,
        request: FreezeRequest,
        until_s: float,
        courses: Courses,
        deadline_s: float,
    ) -> bool:
        """Advance; whether it gains too little on the clock."""
        began_s, from_s = self.clock(), run.simulation.elapsed_s
        if run.simulation.advance(until_s, courses, lambda: self.clock() < deadline_s):
            return False
        took_s = self.clock() - began_s
        gained_s = (run.simulation.elapsed_s - from_s) / request.time_scale
        return gained_s < KEEPS_UP * took_s

    def _coarsen(self, request: FreezeRequest) -> None:
        """Begin again with less detail, and say so from now on."""
        self._detail += 1
        self._run = self._next = None
        details = details_from(request.grid_mm)
        if self._detail < len(details):
            words = details[self._detail].words
            self._late = (f"this machine is slow: the cold is computed on {words}",)

    def _corrected_run(
        self,
        run: _Run,
        request: FreezeRequest,
        courses: Courses,
        until_s: float,
        deadline_s: float,
    ) -> _Run:
        """Take in what was newly seen: a corrected model takes over when it has caught up."""
        seen = (*request.ice, *request.temperatures)
        newest = self._next or run
        if seen != newest.seen and run.simulation.elapsed_s >= until_s:
            self._next = self._corrected(run, request, courses, seen)
        if self._next is not None:
            self._next.simulation.advance(until_s, courses, lambda: self.clock() < deadline_s)
            if self._next.simulation.elapsed_s >= run.simulation.elapsed_s:
                self._run, self._next = self._next, None
        return self._run or run

    def _corrected(
        self, run: _Run, request: FreezeRequest, courses: Courses, seen: tuple[object, ...]
    ) -> _Run:
        case = run.simulation.case
        usable, unused = observations(request, self.library, case.grid)
        detail = details_from(request.grid_mm)[self._detail]
        spacing_mm = detail.varied_mm or detail.best_mm
        result = corrected(case, courses, usable, spacing_mm)
        return _Run(
            Simulation(case, result.knowledge, detail.varied_mm),
            run.structures,
            seen,
            result.told,
            run.doubts,
            (*unused, *result.doubts),
        )

    def _unknown(self, request: FreezeRequest, reason: str) -> LethalZoneModelled:
        return LethalZoneModelled(
            lesion=request.lesion,
            status="UNKNOWN",
            reason=reason,
            freeze=request.freeze,
            freezing=request.freezing,
        )

    def _told(self, request: FreezeRequest, run: _Run, courses: Courses) -> LethalZoneModelled:
        simulation = run.simulation
        best = simulation.best
        now = fields_of(best.temperature_c(), simulation.band("now"))
        lowest = fields_of(best.minimum_temperature_c(), simulation.band("minimum"))
        grid = best.model.grid
        pictures, lost = _stored(Path(request.pictures), grid, now, lowest)
        edge = max(1, round(NEAR_FACE_MM / grid.spacing_mm[0]))
        outside = now[0].values.copy()
        outside[edge:-edge, edge:-edge, edge:-edge] = NEAR_FACE_C
        near_face = (
            ("cold comes near the edge of what is computed: it is modelled too small there",)
            if float(outside.min()) < NEAR_FACE_C
            else ()
        )
        elapsed = timedelta(seconds=simulation.elapsed_s / request.time_scale)
        return LethalZoneModelled(
            lesion=request.lesion,
            status="MODELLED",
            freeze=request.freeze,
            freezing=request.freezing,
            is_over=not request.freezing and float(now[-1].values.min()) > WARM_C,
            modelled_until=request.started + elapsed,
            tissue=request.tissue,
            cryoprobes=tuple(dict.fromkeys(probe.cryoprobe for probe in request.probes)),
            grid_mm=grid.spacing_mm[0],
            probes=tuple(probe.name for probe in request.probes),
            now_cc=volumes_within(now, (ICE_C,)),
            lowest_cc=volumes_within(lowest, (ICE_C, *LETHAL_C)),
            structures=structure_figures(run.structures, now, lowest),
            correction=run.correction,
            warnings=(
                *gap_words(courses.gaps, request.time_scale),
                *neighbour_words(request, self.library),
                *self._late,
                *near_face,
                *run.unused,
                *run.doubts,
                *lost,
            ),
            pictures=pictures,
            frame_of_reference_uid=request.frame_of_reference_uid,
        )


def _setting(request: FreezeRequest) -> tuple[object, ...]:
    """What a model cannot go on from when it changes."""
    return (
        request.procedure_id,
        request.started,
        request.time_scale,
        request.tissue,
        request.grid_mm,
        tuple(
            (p.name, p.cryoprobe, p.tip_mm, p.direction, p.spells[0].since) for p in request.probes
        ),
        request.structures_path,
        request.structures,
        request.vessels,
    )


def _stored(
    path: Path, grid: Grid, now: Fields, lowest: Fields
) -> tuple[str | None, tuple[str, ...]]:
    try:
        write_pictures(path, grid, now, lowest)
    except OSError as error:
        return None, (f"the isotherms cannot be drawn: {error.strerror}",)
    return str(path), ()
