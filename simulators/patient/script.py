"""What is in the patient at each scan of the demonstration."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dosimetry_core.values import Vector, ZoneKind
from simulators.patient.baseline import DATA
from simulators.phantom import IceEllipsoid, SeedPose, Shaft


@dataclass(frozen=True, slots=True)
class ScriptedSeed:
    """One implanted seed.

    Attributes:
        pose: where it lies.
        strength_u: air-kerma strength at implantation, U.
        lesion: the lesion that it was meant for.
        zone: the zone that it was meant for.
        needle: the needle that it came through.
    """

    pose: SeedPose
    strength_u: float
    lesion: str
    zone: ZoneKind
    needle: str


@dataclass(frozen=True, slots=True)
class ScriptedProbe:
    """One cryoprobe.

    Attributes:
        number: its channel on the console.
        shaft: where it lies.
        lesion: the lesion that it freezes.
        zone: the zone that it freezes.
    """

    number: int
    shaft: Shaft
    lesion: str
    zone: ZoneKind


@dataclass(frozen=True, slots=True)
class ScriptedIce:
    """The ice around one probe at one scan.

    Attributes:
        probe: number of the probe that made it.
        ellipsoid: its extent.
    """

    probe: int
    ellipsoid: IceEllipsoid


@dataclass(frozen=True, slots=True)
class ScanScript:
    """One scan of the procedure and all that is in the patient when it is taken.

    Attributes:
        number: 0 for the baseline.
        label: what the scan is for, as a series description.
        seeds: all that have been implanted by then.
        probes: those in place.
        ice: what is frozen.
    """

    number: int
    label: str
    seeds: tuple[ScriptedSeed, ...]
    probes: tuple[ScriptedProbe, ...]
    ice: tuple[ScriptedIce, ...]


def seed_model() -> str:
    """Name of the seed model that the plan was made with."""
    return str(_plan()["seed_model"])


def scans() -> tuple[ScanScript, ...]:
    """The scans of the demonstration in the order in which they are taken."""
    plan = _plan()
    needles = {one["name"]: _seeds_of(one, plan["strength_u"]) for one in plan["needles"]}
    probes = {one["number"]: _probe(one) for one in plan["probes"]}
    return tuple(
        ScanScript(
            number,
            one["label"],
            tuple(seed for name in one["needles"] for seed in needles[name]),
            tuple(probes[n] for n in one["probes"]),
            tuple(_ice(probes[int(n)], size_mm) for n, size_mm in one["ice_mm"].items()),
        )
        for number, one in enumerate(plan["scans"])
    )


def _plan() -> dict[str, Any]:
    return tomllib.loads((DATA / "plan.toml").read_text(encoding="utf-8"))


def _vector(values: Sequence[float]) -> Vector:
    x, y, z = values
    return float(x), float(y), float(z)


def _seeds_of(needle: Mapping[str, Any], strength_u: float) -> tuple[ScriptedSeed, ...]:
    return tuple(
        ScriptedSeed(
            SeedPose(_vector(center), _vector(needle["direction"])),
            strength_u,
            needle["lesion"],
            ZoneKind(needle["zone"]),
            needle["name"],
        )
        for center in needle["seed_centers_mm"]
    )


def _probe(probe: Mapping[str, Any]) -> ScriptedProbe:
    shaft = Shaft(
        _vector(probe["tip_mm"]),
        _vector(probe["direction"]),
        probe["length_mm"],
        probe["diameter_mm"],
    )
    return ScriptedProbe(probe["number"], shaft, probe["lesion"], ZoneKind(probe["zone"]))


def _ice(probe: ScriptedProbe, size_mm: Mapping[str, float]) -> ScriptedIce:
    """Ice grows around the middle of a probe's freezing part, ``behind_tip`` from its tip."""
    x, y, z = (
        tip - size_mm["behind_tip"] * direction
        for tip, direction in zip(probe.shaft.tip_mm, probe.shaft.direction, strict=True)
    )
    ellipsoid = IceEllipsoid((x, y, z), probe.shaft.direction, size_mm["along"], size_mm["across"])
    return ScriptedIce(probe.number, ellipsoid)
