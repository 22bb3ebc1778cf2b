"""A short span of time, for which the walls keep their temperature, done by the kernel."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.bioheat.kernel import Curve, Fields, Sinks, advance_steps
from dosimetry_core.bioheat.model import BioheatModel, BioheatState
from dosimetry_core.bioheat.probe import (
    Course,
    EffectiveBoundary,
    HeatSink,
    spell_at,
    wall_temperature_c,
)
from dosimetry_core.values import CyclePhase

FloatArray = NDArray[np.float64]

_OF_LONGEST_STEP = 0.98


class Workspace:
    """Fields of their own that a state is carried on in."""

    def __init__(self, state: BioheatState) -> None:
        model = state.model
        enthalpy = state.enthalpy_j_per_m3.reshape(-1).copy()
        theta = model.curve.theta_of_w_per_m(enthalpy)
        lowest = state.lowest_enthalpy_j_per_m3.reshape(-1).copy()
        self._state = state
        self._fields = Fields(enthalpy, theta, theta.copy(), lowest)
        self._drawn = np.zeros(len(model.probes))
        self._given = np.zeros(3)

    def go_on(self, start_s: float, span_s: float, courses: Sequence[Course]) -> None:
        """Do a span; the walls have the temperatures of its middle."""
        model = self._state.model
        steps = max(1, math.ceil(span_s / (_OF_LONGEST_STEP * model.longest_step_s)))
        step_s = span_s / steps
        k, j, i = (np.float32(step_s / (pitch * 1e-3) ** 2) for pitch in model.grid.spacing_mm)
        advance_steps(
            self._fields,
            model.grid.shape_kji,
            model.grid.faces == "held",
            (k, j, i),
            _curve(model, step_s),
            _sinks(model, step_s, start_s + 0.5 * span_s, courses),
            steps,
            self._drawn,
            self._given,
        )

    def state(self, at_s: float) -> BioheatState:
        """What has come of it."""
        model = self._state.model
        voxel_m3 = model.grid.voxel_volume_m3
        return BioheatState(
            model,
            at_s,
            self._fields.enthalpy.reshape(model.grid.shape_kji),
            self._fields.lowest.reshape(model.grid.shape_kji),
            self._state.drawn_j + self._drawn * voxel_m3,
            self._state.given_j + self._given * voxel_m3,
        )


def _curve(model: BioheatModel, step_s: float) -> Curve:
    curve, tissue = model.curve, model.tissue
    freezing = curve.freezing_m2_per_s
    unfrozen = curve.unfrozen_m2_per_s - freezing
    blood = (
        tissue.perfusion_per_s
        * tissue.blood_heat_capacity_j_per_m3k
        / tissue.conductivity_unfrozen_w_per_mk
    )
    return Curve(
        begins=np.float32(curve.begins_j_per_m3),
        ends=np.float32(curve.ends_j_per_m3),
        offset=np.float32(unfrozen * curve.begins_j_per_m3),
        slope=np.float32(freezing),
        frozen=np.float32(curve.frozen_m2_per_s - freezing),
        unfrozen=np.float32(unfrozen),
        blood=np.float32(step_s * blood),
        metabolic=np.float32(step_s * tissue.metabolic_w_per_m3),
        most=curve.largest_m2_per_s,
    )


def _sinks(model: BioheatModel, step_s: float, at_s: float, courses: Sequence[Course]) -> Sinks:
    index: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    probes, conductances, walls, constants = ([np.empty(0)] for _ in range(4))
    for number, (probe, taken, course) in enumerate(
        zip(model.probes, model.couplings, courses, strict=True)
    ):
        conductance, wall, constant = 0.0, 0.0, 0.0
        if isinstance(probe.boundary, EffectiveBoundary):
            wall_c = wall_temperature_c(
                probe.boundary, course, at_s, model.tissue.body_temperature_c
            )
            if wall_c is None:
                continue
            conductance = step_s * taken.conductance_per_m2
            wall = model.curve.theta_w_per_m(wall_c)
        else:
            power_w = _power_w(probe.boundary, course, at_s)
            if power_w == 0.0:
                continue
            constant = step_s * power_w / taken.volume_m3
        index.append(taken.index)
        probes.append(np.full(taken.index.size, number))
        conductances.append(conductance * taken.share)
        walls.append(np.full(taken.index.size, wall))
        constants.append(constant * taken.share)
    return Sinks(
        np.concatenate(index),
        np.concatenate(probes).astype(np.int64),
        np.concatenate(conductances),
        np.concatenate(walls),
        np.concatenate(constants),
        model.held_index,
        model.held_enthalpy_j_per_m3,
        model.held_theta_w_per_m,
    )


def _power_w(sink: HeatSink, course: Course, at_s: float) -> float:
    spell = spell_at(course, at_s)
    freezing = spell is not None and spell.phase is CyclePhase.FREEZE
    return spell.power * sink.power_w if freezing and spell is not None else 0.0
