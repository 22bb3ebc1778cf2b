"""The scan from before freezing, laid over a scan as well as its images allow."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dosimetry_core.ice import IceError, IceFinding, find_ice
from dosimetry_core.registration import RegistrationError, Verdict, register
from dosimetry_core.values import Vector, Volume
from procedure_node.events import BaselineUse

SHIFT_REGISTERED_MM = 1.0
"""A patient who has moved by more since the baseline is registered round the ice: tissue that
moves with breathing turns and bends beside shifting."""


class Search(NamedTuple):
    """Where to look for ice.

    Attributes:
        tips_mm: where it must hang together with, LPS.
        axes: along the shaft of each probe; empty where not all of them are known.
    """

    tips_mm: tuple[Vector, ...]
    axes: tuple[Vector, ...]


class Found(NamedTuple):
    """Ice, how the baseline was laid over for it, and what is to be said of that."""

    finding: IceFinding
    use: BaselineUse
    warnings: tuple[str, ...]


def ice_against(
    scan: Volume, baseline: Volume | None, search: Search, *, same_frame: bool
) -> Found:
    """Find ice with a baseline as far as that can be laid over the scan, else without.

    On the same frame of reference the patient may have moved: if a common shift does not tell how,
    the images do. On another frame only the images can. A registration that is not accepted is not
    used, and a warning says why.

    Raises:
        IceError: no ice can be told from what is there.
    """
    if baseline is None:
        return Found(_find(scan, None, search), "NONE", ())
    first = _as_it_lies(scan, baseline, search) if same_frame else None
    if first is not None and first.shift_mm <= SHIFT_REGISTERED_MM:
        return Found(first, "FRAME", ())
    moved, refusal = _registered(scan, baseline, search, first)
    if moved is not None:
        try:
            return Found(_find(scan, moved, search), "REGISTERED", ())
        except IceError as error:
            refusal = str(error)
    if first is not None and not math.isnan(first.shift_mm):
        told = f"the baseline was only shifted to fit; registering it was not accepted: {refusal}"
        return Found(first, "FRAME", (told,))
    told = f"the baseline could not be used: {refusal}"
    return Found(_find(scan, None, search), "NONE", (told,))


def _as_it_lies(scan: Volume, baseline: Volume, search: Search) -> IceFinding | None:
    """The ice by a common shift alone; None where the baseline does not cover the place."""
    try:
        return _find(scan, baseline, search)
    except IceError:
        return None


def _find(scan: Volume, baseline: Volume | None, search: Search) -> IceFinding:
    return find_ice(scan, baseline, probe_tips_mm=search.tips_mm, probe_axes=search.axes)


def _registered(
    scan: Volume, baseline: Volume, search: Search, first: IceFinding | None
) -> tuple[Volume | None, str]:
    """The baseline moved to where the scan shows it, or None and why not."""
    ice = first.mask if first is not None and first.volume_cc > 0 else None
    try:
        found = register(baseline, scan, _middle(search.tips_mm), scan_ice=ice)
    except RegistrationError as error:
        return None, str(error)
    if found.verdict is not Verdict.ACCEPTED:
        return None, "; ".join(found.reasons)
    return Volume(baseline.values, found.matrix @ baseline.affine), ""


def _middle(points_mm: Sequence[Vector]) -> Vector:
    x, y, z = (float(one) for one in np.mean(points_mm, axis=0))
    return x, y, z
