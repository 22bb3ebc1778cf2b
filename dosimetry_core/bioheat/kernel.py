"""Compiled explicit steps of the enthalpy method.

Each step adds to the enthalpy of a voxel what flows in down the gradient of the conductivity
integral and what blood and metabolism give; the new conductivity integral follows from the new
enthalpy. The inner loops run over rows and have no branches, so that the compiler makes vector
instructions of them. The kernel releases the GIL and uses one thread.

The compiled code is cached by this file's date: what is compiled stands in this file.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

_MATH = {"nnan", "ninf", "nsz", "contract", "reassoc"}
"""No value is infinite or not a number, and sums may be taken in any order."""


class Fields(NamedTuple):
    """Flattened fields on the grid.

    Attributes:
        enthalpy: J/m3 from body temperature.
        theta, spare: conductivity integral, W/m, and room for the next one.
        lowest: least enthalpy so far.
    """

    enthalpy: Float32Array
    theta: Float32Array
    spare: Float32Array
    lowest: Float32Array


class Curve(NamedTuple):
    """The piecewise linear conductivity integral over enthalpy, and what warm tissue is given.

    Attributes:
        begins, ends: enthalpies where freezing begins and ends.
        offset: conductivity integral of the line through the freezing range, at enthalpy 0.
        slope: of that line; ``frozen`` and ``unfrozen`` are what the slopes beyond it differ by.
        blood: given to unfrozen tissue in one step for each W/m below body temperature, J/m3.
        metabolic: made by unfrozen tissue in one step, J/m3.
        most: the largest slope of all.
    """

    begins: np.float32
    ends: np.float32
    offset: np.float32
    slope: np.float32
    frozen: np.float32
    unfrozen: np.float32
    blood: np.float32
    metabolic: np.float32
    most: float


class Sinks(NamedTuple):
    """Where heat is taken and given, all for one step.

    Attributes:
        taken: voxels of probes; a voxel may occur for several probes.
        probe: number of the probe of each.
        conductance: J/m3 taken for each W/m above the wall.
        wall: conductivity integral at the wall, W/m.
        constant: J/m3 taken in any case.
        held: voxels whose enthalpy stays as it is.
        held_enthalpy, held_theta: their values.
    """

    taken: IndexArray
    probe: IndexArray
    conductance: FloatArray
    wall: FloatArray
    constant: FloatArray
    held: IndexArray
    held_enthalpy: Float32Array
    held_theta: Float32Array


@njit(nogil=True, cache=True, fastmath=_MATH)
def _row(
    fields: Fields,
    middle: int,
    sides: tuple[int, int, int, int],
    count: int,
    ends: tuple[int, int],
    weights: tuple[np.float32, np.float32, np.float32],
    curve: Curve,
    inflow: Float32Array,
) -> float:
    """One row of one step; returns what blood and metabolism gave, J/m3 summed over voxels.

    Args:
        fields: all of them.
        middle: where the row begins.
        sides: where the rows before and after along j and along k begin.
        count: voxels in the row.
        ends: first voxel that changes, and the one after the last.
        weights: time step over squared pitch along (k, j, i), s/m2.
        curve: of the tissue.
        inflow: room for a row.
    """
    theta = fields.theta[middle : middle + count]
    before_j = fields.theta[sides[0] : sides[0] + count]
    after_j = fields.theta[sides[1] : sides[1] + count]
    before_k = fields.theta[sides[2] : sides[2] + count]
    after_k = fields.theta[sides[3] : sides[3] + count]
    enthalpy = fields.enthalpy[middle : middle + count]
    updated = fields.spare[middle : middle + count]
    weight_k, weight_j, weight_i = weights
    all_around = np.float32(2.0) * (weight_k + weight_j)
    zero = np.float32(0.0)
    for i in range(count):
        inflow[i] = (
            weight_j * (before_j[i] + after_j[i])
            + weight_k * (before_k[i] + after_k[i])
            - all_around * theta[i]
        )
    if count > 1:
        left, right = theta[: count - 2], theta[2:]
        inner, centre = inflow[1 : count - 1], theta[1 : count - 1]
        for i in range(count - 2):
            inner[i] += weight_i * ((left[i] - centre[i]) + (right[i] - centre[i]))
        inflow[0] += weight_i * (theta[1] - theta[0])
        inflow[count - 1] += weight_i * (theta[count - 2] - theta[count - 1])
    first, last = ends
    inflow, theta = inflow[first:last], theta[first:last]
    enthalpy, updated = enthalpy[first:last], updated[first:last]
    given = zero
    for i in range(last - first):
        value = enthalpy[i]
        gift = curve.metabolic - curve.blood * theta[i]
        gift = gift if value > curve.begins else zero
        given += gift
        value += inflow[i] + gift
        enthalpy[i] = value
        below = value - curve.ends
        above = value - curve.begins
        below = below if below < zero else zero
        above = above if above > zero else zero
        updated[i] = (
            curve.offset + curve.slope * value + curve.frozen * below + curve.unfrozen * above
        )
    return float(given)


@njit(nogil=True, cache=True)
def _theta(curve: Curve, enthalpy: float) -> np.float32:
    """Conductivity integral of an enthalpy."""
    return np.float32(
        curve.offset
        + curve.slope * enthalpy
        + curve.frozen * min(enthalpy - curve.ends, 0.0)
        + curve.unfrozen * max(enthalpy - curve.begins, 0.0)
    )


@njit(nogil=True, cache=True)
def _take(fields: Fields, sinks: Sinks, curve: Curve, drawn: FloatArray) -> None:
    """Let the probes take heat after the step's conduction, stable for any conductance."""
    for n in range(sinks.taken.size):
        at = sinks.taken[n]
        conductance = sinks.conductance[n]
        heat = sinks.constant[n]
        if conductance > 0.0:
            excess = fields.spare[at] - sinks.wall[n]
            heat += conductance * excess / (1.0 + conductance * curve.most)
        before = fields.enthalpy[at]
        fields.enthalpy[at] = np.float32(before - heat)
        drawn[sinks.probe[n]] += float(before) - float(fields.enthalpy[at])
        fields.spare[at] = _theta(curve, float(fields.enthalpy[at]))


@njit(nogil=True, cache=True)
def _hold(fields: Fields, sinks: Sinks) -> float:
    """Put the held voxels back; returns the heat that this took, J/m3 summed over voxels."""
    given = 0.0
    for n in range(sinks.held.size):
        at = sinks.held[n]
        given += float(sinks.held_enthalpy[n]) - float(fields.enthalpy[at])
        fields.enthalpy[at] = sinks.held_enthalpy[n]
        fields.spare[at] = sinks.held_theta[n]
    return given


@njit(nogil=True, cache=True, fastmath=_MATH)
def _through_faces(
    theta: Float32Array,
    shape: tuple[int, int, int],
    weights: tuple[np.float32, np.float32, np.float32],
) -> float:
    """Heat that flows in from outermost voxels that are held, J/m3 summed over voxels."""
    nk, nj, ni = shape
    first_k, last_k = (1, nk - 1) if nk > 1 else (0, 1)
    first_j, last_j = (1, nj - 1) if nj > 1 else (0, 1)
    first_i, last_i = (1, ni - 1) if ni > 1 else (0, 1)
    total_k, total_j, total_i = 0.0, 0.0, 0.0
    for k in range(first_k, last_k):
        for j in range(first_j, last_j):
            row = (k * nj + j) * ni
            start, end = row + first_i, row + last_i
            if nk > 1 and k == 1:
                total_k += _above(theta, start - nj * ni, start, end)
            if nk > 1 and k == nk - 2:
                total_k += _above(theta, start + nj * ni, start, end)
            if nj > 1 and j == 1:
                total_j += _above(theta, start - ni, start, end)
            if nj > 1 and j == nj - 2:
                total_j += _above(theta, start + ni, start, end)
            if ni > 1:
                total_i += theta[row] - theta[start] + theta[row + ni - 1] - theta[end - 1]
    return float(weights[0] * total_k + weights[1] * total_j + weights[2] * total_i)


@njit(nogil=True, cache=True, fastmath=_MATH)
def _above(theta: Float32Array, face: int, start: int, end: int) -> float:
    """By how much a row of a face lies above the row beside it, summed."""
    outer, inner = theta[face : face + end - start], theta[start:end]
    total = np.float32(0.0)
    for i in range(end - start):
        total += outer[i] - inner[i]
    return float(total)


@njit(nogil=True, cache=True)
def advance_steps(
    fields: Fields,
    shape: tuple[int, int, int],
    held_faces: bool,
    weights: tuple[np.float32, np.float32, np.float32],
    curve: Curve,
    sinks: Sinks,
    steps: int,
    drawn: FloatArray,
    given: FloatArray,
) -> None:
    """Do some equal time steps, and note the least enthalpies at their end.

    Args:
        fields: changed in place; ``theta`` is up to date before and after.
        shape: of the grid, (k, j, i).
        held_faces: the outermost voxels keep their values (those of axes with one voxel do not).
        weights: time step over squared pitch along (k, j, i), s/m2.
        curve: of the tissue, for this time step.
        sinks: for this time step.
        steps: how many.
        drawn: shape (probes,); what each took is added, J/m3 summed over voxels.
        given: shape (3,); what came from blood and metabolism, from held voxels and through the
            faces is added, in the same unit.
    """
    nk, nj, ni = shape
    inflow = np.empty(ni, np.float32)
    first_k, last_k = (1, nk - 1) if held_faces and nk > 1 else (0, nk)
    first_j, last_j = (1, nj - 1) if held_faces and nj > 1 else (0, nj)
    ends = (1, ni - 1) if held_faces and ni > 1 else (0, ni)
    theta, spare = fields.theta, fields.spare
    for _ in range(steps):
        now = Fields(fields.enthalpy, theta, spare, fields.lowest)
        if held_faces:
            given[2] += _through_faces(theta, shape, weights)
        for k in range(first_k, last_k):
            for j in range(first_j, last_j):
                sides = (
                    (k * nj + max(j - 1, 0)) * ni,
                    (k * nj + min(j + 1, nj - 1)) * ni,
                    (max(k - 1, 0) * nj + j) * ni,
                    (min(k + 1, nk - 1) * nj + j) * ni,
                )
                given[0] += _row(now, (k * nj + j) * ni, sides, ni, ends, weights, curve, inflow)
        _take(now, sinks, curve, drawn)
        given[1] += _hold(now, sinks)
        theta, spare = spare, theta
    if steps % 2:
        fields.theta[:] = theta
    for n in range(fields.lowest.size):
        fields.lowest[n] = min(fields.lowest[n], fields.enthalpy[n])
