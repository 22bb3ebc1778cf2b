"""The TG-43 data of one seed model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self, cast

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43.geometry import CAPSULE_HALF_LENGTH_CM
from dosimetry_core.tg43.mapping import Section, SeedModelError

FloatArray = NDArray[np.float64]

UNITS = {"length": "cm", "angle": "deg", "dose_rate_constant": "cGy/h/U", "half_life": "d"}
NORMALISATION_TOLERANCE = 0.005
"""How far from 1 noisy (Monte Carlo) tables may be at the reference point."""


@dataclass(frozen=True, slots=True, eq=False)
class TabulatedCurve:
    """A curve over radius: published with the model, or derived from it.

    Attributes:
        r_cm: shape (n,), strictly increasing.
        value: shape (n,).
        source: where the values come from.
    """

    r_cm: FloatArray
    value: FloatArray
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class SeedModel:
    """TG-43U1 line-source data of one seed model (Rivard et al., Med Phys 31 (2004) 633).

    Angles run from the seed's long axis; the anisotropy function is symmetric about 90 degrees.

    Attributes:
        name: what the model is called in files and commands.
        quality: ``consensus`` for AAPM consensus data, ``research`` for anything less.
        source: where the tables come from.
        notes: what a user of the tables should know.
        active_length_cm: effective line length L, cm.
        half_life_d: half-life, days.
        dose_rate_constant: Lambda, cGy/h/U.
        dose_rate_constant_reference: where Lambda comes from.
        monte_carlo_dose_rate_constant: Lambda of the CLRP v2 data base, for comparison; or None.
        validity_r_cm: radii from and to which the model has data, cm.
        validity_theta_deg: angles from and to which the model has data, degrees.
        g_r_cm: radii of the radial dose function, shape (m,), cm.
        g: line-source radial dose function g_L, shape (m,).
        f_r_cm: radii of the anisotropy function, shape (a,), cm.
        f_theta_deg: angles of the anisotropy function, shape (b,), degrees.
        f: anisotropy function F, shape (a, b).
        anisotropy_factor: published phi_an(r), or None.
        point_radial_dose_function: published g_P(r), or None.
    """

    name: str
    quality: Literal["consensus", "research"]
    source: str
    notes: tuple[str, ...]
    active_length_cm: float
    half_life_d: float
    dose_rate_constant: float
    dose_rate_constant_reference: str
    monte_carlo_dose_rate_constant: float | None
    validity_r_cm: tuple[float, float]
    validity_theta_deg: tuple[float, float]
    g_r_cm: FloatArray
    g: FloatArray
    f_r_cm: FloatArray
    f_theta_deg: FloatArray
    f: FloatArray
    anisotropy_factor: TabulatedCurve | None = None
    point_radial_dose_function: TabulatedCurve | None = None

    @property
    def mean_life_h(self) -> float:
        """Mean life, half-life / ln 2, hours."""
        return self.half_life_d * 24.0 / float(np.log(2.0))

    @classmethod
    def from_mapping(cls, data: Mapping[str, object]) -> Self:
        """Read a model from the sections of a seed model file.

        Args:
            data: the file as nested mappings; ``docs/dose.md`` lists its keys.

        Raises:
            SeedModelError: a key is missing, unknown, of the wrong type or out of range; the
                message names the key.
        """
        top = Section(data)
        name = top.text("name")
        quality = top.text("quality")
        if quality not in {"consensus", "research"}:
            raise SeedModelError("quality", f"must be consensus or research, is {quality!r}")
        units = top.section("units")
        for key, unit in UNITS.items():
            if units.text(key) != unit:
                raise SeedModelError(f"units.{key}", f"must be {unit!r}")
        units.finish()

        seed = top.section("seed")
        constant = top.section("dose_rate_constant")
        radial = top.section("radial_dose_function")
        g_r_cm = radial.axis("r_cm", above=0.0)
        anisotropy = top.section("anisotropy_function")
        f_r_cm = anisotropy.axis("r_cm", above=0.0)
        f_theta_deg = anisotropy.axis("theta_deg", at_least=0.0, at_most=90.0)
        if f_theta_deg[-1] != 90.0:
            raise SeedModelError("anisotropy_function.theta_deg", "must end at 90 degrees")
        validity = top.section("validity")
        model = cls(
            name=name,
            quality=cast(Literal["consensus", "research"], quality),
            source=top.text("source"),
            notes=top.texts("notes"),
            active_length_cm=seed.positive("active_length_cm"),
            half_life_d=seed.positive("half_life_d"),
            dose_rate_constant=constant.positive("value"),
            dose_rate_constant_reference=constant.text("reference"),
            monte_carlo_dose_rate_constant=constant.optional_positive("monte_carlo_clrp_v2"),
            validity_r_cm=validity.span("r_cm"),
            validity_theta_deg=validity.span("theta_deg"),
            g_r_cm=g_r_cm,
            g=radial.table("g", (g_r_cm.size,)),
            f_r_cm=f_r_cm,
            f_theta_deg=f_theta_deg,
            f=anisotropy.table("values_by_r", (f_r_cm.size, f_theta_deg.size)),
            anisotropy_factor=_curve(top.optional_section("anisotropy_factor"), "phi_an"),
            point_radial_dose_function=_curve(
                top.optional_section("radial_dose_function_point"), "g"
            ),
        )
        for section in (seed, constant, radial, anisotropy, validity, top):
            section.finish()
        if model.active_length_cm >= 2 * CAPSULE_HALF_LENGTH_CM:
            raise SeedModelError(
                "seed.active_length_cm",
                f"must be below the capsule's {2 * CAPSULE_HALF_LENGTH_CM:g} cm, "
                f"is {model.active_length_cm:g}",
            )
        model._check_normalisation()
        return model

    def _check_normalisation(self) -> None:
        """Refuse tables that are not 1 at the reference point (1 cm, 90 degrees)."""
        if not self.g_r_cm[0] <= 1.0 <= self.g_r_cm[-1]:
            raise SeedModelError("radial_dose_function.r_cm", "must include 1 cm")
        g_reference = float(np.interp(1.0, self.g_r_cm, self.g))
        if abs(g_reference - 1.0) > NORMALISATION_TOLERANCE:
            raise SeedModelError(
                "radial_dose_function.g", f"must be 1 at 1 cm, is {g_reference:.4g}"
            )
        f_reference = float(np.interp(1.0, self.f_r_cm, self.f[:, -1]))
        if abs(f_reference - 1.0) > NORMALISATION_TOLERANCE:
            raise SeedModelError(
                "anisotropy_function.values_by_r",
                f"must be 1 at 1 cm and 90 degrees, is {f_reference:.4g}",
            )


def _curve(section: Section | None, value_key: str) -> TabulatedCurve | None:
    if section is None:
        return None
    r_cm = section.axis("r_cm", above=0.0)
    curve = TabulatedCurve(r_cm, section.table(value_key, (r_cm.size,)), section.text("source"))
    section.finish()
    return curve
