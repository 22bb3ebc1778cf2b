"""Other people's TG-43 programs at the same task, from a checkout that is named.

Nothing of theirs is in this project. Each is handed the same seed model in the arrays that its own
reader would make of a file, the same seeds and the same points.
"""

import importlib.util
import math
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43 import ImplantedSources, SeedModel
from dosimetry_core.tg43.reference import anisotropy_function, radial_dose_function

FloatArray = NDArray[np.float64]
RateAt = Callable[[FloatArray], FloatArray]
"""Initial dose rate (p,), cGy/h, at points (p, 3) in mm."""
Peer = Callable[[ImplantedSources], RateAt]
"""Readies a program for some seeds: its tables are not what is measured."""


def peer(name: str, checkout: Path) -> Peer:
    """The program of that name.

    Args:
        name: ``pytg43`` (livingag/pyTG43 on GitHub) or ``robustbrachy``
            (DrAndrewKennedy/RobustBrachy).
        checkout: its work tree.

    Raises:
        ValueError: the name is another one, or its files are not in the checkout.
    """
    files = {
        "pytg43": (checkout / "pyTG43" / "__init__.py", _pytg43),
        "robustbrachy": (
            checkout / "src" / "robustbrachy" / "robustoptimisation" / "dose_per_dwell_cpu.py",
            _robustbrachy,
        ),
    }
    if name not in files:
        raise ValueError(f"peer {name!r} is not known; known are {', '.join(files)}")
    file, drive = files[name]
    if not file.is_file():
        raise ValueError(f"peer {name}: there is no {file}")
    return drive(_module(name, file))


def _module(name: str, file: Path) -> ModuleType:
    """A file as a module; what it imports for reading spreadsheets and printing is not needed."""
    for other in ("terminaltables", "xlrd"):
        if other not in sys.modules and importlib.util.find_spec(other) is None:
            sys.modules[other] = _Empty(other)
    spec = importlib.util.spec_from_file_location(f"peer_{name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _Empty(ModuleType):
    """Stands for a module that is imported but not used."""

    def __getattr__(self, name: str) -> Any:
        return None


def _pytg43(module: ModuleType) -> Peer:
    def ready(sources: ImplantedSources) -> RateAt:
        model = sources.model
        r_cm = np.concatenate([[0.0], model.f_r_cm, [11.0]])
        mirrored = 180.0 - model.f_theta_deg[-2::-1]
        # Its search wants values strictly inside of the table.
        theta = np.concatenate([[-1.0], model.f_theta_deg, mirrored, [181.0]])
        f = anisotropy_function(model, *np.meshgrid(r_cm, np.abs(theta), indexing="xy"))
        g_r_cm = np.unique(np.concatenate([model.g_r_cm, [0.0, 8.0, 11.0]]))
        source = module.Source.__new__(module.Source)
        source.L, source.Delta, source.Sk = model.active_length_cm, model.dose_rate_constant, 1.0
        source.Fi = module.bilinearinterp(r_cm.tolist(), theta.tolist(), f.tolist())
        source.gi = module.fastinterp(g_r_cm, radial_dose_function(model, g_r_cm))
        source.G0 = 2 * math.atan(source.L / 2) / source.L
        hour_s, gy = 3600.0, 100.0
        dwells: list[Any] = []
        for center, axis, strength in _seeds(sources):
            dwell = module.Dwell.__new__(module.Dwell)
            dwell.middle, dwell.t = center / 10, strength * hour_s
            half = source.L / 2 * axis
            dwell.ends = [dwell.middle + half, dwell.middle - half]
            dwells.append(dwell)
        plan = SimpleNamespace(dwells=dwells)

        def rate(points_mm: FloatArray) -> FloatArray:
            points_cm = (points_mm / 10).tolist()
            return np.array([module.DosePoint(one, source, plan).dose * gy for one in points_cm])

        return rate

    return ready


def _robustbrachy(module: ModuleType) -> Peer:
    def ready(sources: ImplantedSources) -> RateAt:
        model = sources.model
        # Its tables: each 0.1 degrees from 0.1 to 180, each 0.01 cm from 0.01 to 10, nearest value.
        r_cm, theta = np.arange(1, 1001) / 100, np.arange(1, 1801) / 10
        parameters = {
            "L": model.active_length_cm,
            "F_interp": anisotropy_function(model, *np.meshgrid(r_cm, theta, indexing="xy")),
            "g_interp": radial_dose_function(model, r_cm),
            "G0": _negative_reference(model),
            "air_kerma_rate": 1.0,
            "dose_rate_constant": model.dose_rate_constant,
        }
        centers, axes = sources.centers_mm, sources.axes
        assert axes is not None
        half_mm = 5 * model.active_length_cm * axes
        hour_s, gy = 3600.0, 100.0
        times_s = (sources.strengths_u * hour_s)[None, :]

        def rate(points_mm: FloatArray) -> FloatArray:
            per_seed = module.TG43calc_dose_per_dwell_per_vol_pt_cpu(
                points_mm,
                times_s,
                parameters,
                centers[None],
                (centers + half_mm)[None],
                (centers - half_mm)[None],
            )
            return per_seed.sum(axis=0) * gy

        return rate

    return ready


def _negative_reference(model: SeedModel) -> float:
    """G_L at the reference point with the sign that RobustBrachy's geometry function has."""
    return -2 * math.atan(model.active_length_cm / 2) / model.active_length_cm


def _seeds(sources: ImplantedSources) -> "zip[tuple[FloatArray, FloatArray, float]]":
    assert sources.axes is not None
    return zip(sources.centers_mm, sources.axes, sources.strengths_u, strict=True)
