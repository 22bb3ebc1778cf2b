import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from dosimetry_core.tg43 import SeedModel, SeedModelError

Data = dict[str, Any]

GOOD: Data = {
    "name": "Example",
    "quality": "research",
    "source": "made for a test",
    "notes": [],
    "units": {
        "length": "cm",
        "angle": "deg",
        "dose_rate_constant": "cGy/h/U",
        "half_life": "d",
    },
    "validity": {"r_cm": [0.5, 2], "theta_deg": [0, 90]},
    "seed": {"active_length_cm": 0.3, "half_life_d": 59.4},
    "dose_rate_constant": {"value": 0.9, "reference": "made for a test"},
    "radial_dose_function": {"r_cm": [0.5, 1.0, 2.0], "g": [1.1, 1.0, 0.8]},
    "anisotropy_function": {
        "r_cm": [0.5, 2.0],
        "theta_deg": [0.0, 45.0, 90.0],
        "values_by_r": [[0.4, 0.9, 1.0], [0.5, 0.95, 1.0]],
    },
}


def put(path: str, value: object) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        *sections, key = path.split(".")
        for section in sections:
            data = data[section]
        data[key] = value

    return change


def drop(path: str) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        *sections, key = path.split(".")
        for section in sections:
            data = data[section]
        del data[key]

    return change


def test_a_good_model_is_read() -> None:
    model = SeedModel.from_mapping(GOOD)
    assert model.name == "Example"
    assert model.f.shape == (2, 3)
    assert model.validity_r_cm == (0.5, 2.0)
    assert model.monte_carlo_dose_rate_constant is None
    assert model.mean_life_h == pytest.approx(59.4 * 24 / np.log(2))
    assert not model.g.flags.writeable


@pytest.mark.parametrize(
    ("change", "key", "problem"),
    [
        (drop("source"), "source", "missing"),
        (put("source", "  "), "source", "not empty"),
        (drop("units"), "units", "missing"),
        (put("units.length", "mm"), "units.length", "'cm'"),
        (put("units.mass", "kg"), "units.mass", "not known"),
        (put("quality", "good"), "quality", "consensus or research"),
        (put("notes", "text"), "notes", "list of texts"),
        (put("notes", [1]), "notes", "list of texts"),
        (put("seed", 3), "seed", "section"),
        (put("seed.half_life_d", 0), "seed.half_life_d", "above zero"),
        (put("seed.half_life_d", True), "seed.half_life_d", "number"),
        (put("seed.active_length_cm", 0.5), "seed.active_length_cm", "capsule"),
        (put("dose_rate_constant.value", float("nan")), "dose_rate_constant.value", "above zero"),
        (put("radial_dose_function.r_cm", [0.5, 0.5, 2]), "radial_dose_function.r_cm", "increase"),
        (put("radial_dose_function.r_cm", [0.0, 1, 2]), "radial_dose_function.r_cm", "range"),
        (put("radial_dose_function.r_cm", [0.5]), "radial_dose_function.r_cm", "two values"),
        (put("radial_dose_function.r_cm", [1.5, 2, 3]), "radial_dose_function.r_cm", "1 cm"),
        (put("radial_dose_function.g", [1.1, 1.0]), "radial_dose_function.g", "its axis has 3"),
        (put("radial_dose_function.g", [1.1, 0, 1]), "radial_dose_function.g", "above zero"),
        (put("radial_dose_function.g", [1.1, 0.9, 1]), "radial_dose_function.g", "1 at 1 cm"),
        (put("radial_dose_function.g", "x"), "radial_dose_function.g", "list of numbers"),
        (put("radial_dose_function.g", [1, "x", 1]), "radial_dose_function.g", "numbers only"),
        (put("radial_dose_function.g", [1, 1, float("inf")]), "radial_dose_function.g", "finite"),
        (
            put("anisotropy_function.theta_deg", [0.0, 45.0, 80.0]),
            "anisotropy_function.theta_deg",
            "end at 90",
        ),
        (
            put("anisotropy_function.theta_deg", [0.0, 90.0, 180.0]),
            "anisotropy_function.theta_deg",
            "range",
        ),
        (
            put("anisotropy_function.values_by_r", [[0.4, 0.9, 1.0]]),
            "anisotropy_function.values_by_r",
            "its axis has 2",
        ),
        (
            put("anisotropy_function.values_by_r", [[0.4, 0.9], [0.5, 1.0]]),
            "anisotropy_function.values_by_r",
            "3 values",
        ),
        (
            put("anisotropy_function.values_by_r", [[0.4, 0.9, 1.0], [0.0, 0.95, 1.0]]),
            "anisotropy_function.values_by_r",
            "above zero",
        ),
        (
            put("anisotropy_function.theta_deg", [0.0, 95.0, 90.0]),
            "anisotropy_function.theta_deg",
            "increase strictly, but 95 is followed by 90",
        ),
        (
            put("anisotropy_function.r_cm", [2.0, 0.5]),
            "anisotropy_function.r_cm",
            "increase strictly",
        ),
        (drop("units.angle"), "units.angle", "missing"),
        (
            put("anisotropy_function.values_by_r", 1),
            "anisotropy_function.values_by_r",
            "list of rows",
        ),
        (
            put("anisotropy_function.values_by_r", [[0.4, 0.9, 0.9], [0.5, 0.95, 0.9]]),
            "anisotropy_function.values_by_r",
            "1 at 1 cm and 90",
        ),
        (put("validity.r_cm", [0.5, 1.0, 2.0]), "validity.r_cm", "two values"),
        (put("colour", "red"), "colour", "not known"),
        (
            put("anisotropy_factor", {"r_cm": [1, 2], "phi_an": [0.9]}),
            "anisotropy_factor.phi_an",
            "its axis has 2",
        ),
    ],
)
def test_a_bad_model_is_refused_with_its_key(
    change: Callable[[Data], None], key: str, problem: str
) -> None:
    data = copy.deepcopy(GOOD)
    change(data)
    with pytest.raises(SeedModelError, match=problem) as caught:
        SeedModel.from_mapping(data)
    assert caught.value.key == key
    assert str(caught.value).startswith(f"{key}: ")


def test_the_library_is_what_was_published(models: Mapping[str, SeedModel]) -> None:
    constants = {name: model.dose_rate_constant for name, model in models.items()}
    # Safigholi et al., Med Phys 47 (2020) 4656, Table II
    assert constants["Amersham6711"] == 0.965
    assert constants["Amersham9011"] == 0.933
    assert constants["TheragenicsAgX100"] == 0.952
    assert constants["BT-125-1"] == 0.904
    assert {name for name, model in models.items() if model.quality == "research"} == {"BT-125-1"}
    assert {model.half_life_d for model in models.values()} == {59.4}
    assert all(model.validity_r_cm[0] >= model.g_r_cm[0] for model in models.values())
    assert all(model.validity_r_cm[1] <= model.g_r_cm[-1] for model in models.values())
