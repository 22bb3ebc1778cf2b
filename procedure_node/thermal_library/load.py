"""Reading folders of tissue and cryoprobe files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel

from dosimetry_core.bioheat import (
    CryoprobeModel,
    EffectiveBoundary,
    Tissue,
    TissueSpread,
    sd_of_range,
)
from procedure_node.settings import ConfigurationError, load_toml
from procedure_node.thermal_library.model import CryoprobeFile, TissueFile

F = TypeVar("F", bound=BaseModel)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StatedTissue:
    """A tissue as a file states it.

    Attributes:
        tissue: at the values stated.
        spread: what the ranges of the sources make of them.
        notes: what a reader must know.
    """

    tissue: Tissue
    spread: TissueSpread
    notes: tuple[str, ...]


def load_tissues(
    directory: Path, *, body_temperature_c: float = 37.0
) -> Mapping[str, StatedTissue]:
    """Read every ``*.toml`` in a folder.

    Args:
        directory: the folder, for example ``config/tissues``.
        body_temperature_c: which all tissues have at first.

    Returns:
        Tissues by name, in order of name.

    Raises:
        ConfigurationError: the folder holds no file, a file cannot be read or is wrong, or its name
            is not that of the tissue. All mistakes are told at once.
    """

    def stated(file: TissueFile) -> StatedTissue:
        return StatedTissue(_tissue(file, body_temperature_c), _spread(file), file.notes)

    return _all(directory, TissueFile, lambda file: file.name, stated)


def load_cryoprobe_models(directory: Path) -> Mapping[str, CryoprobeModel]:
    """Read every ``*.toml`` in a folder, for example ``config/cryoprobes``.

    Returns:
        Kinds of probes by name, in order of name.

    Raises:
        ConfigurationError: as for ``load_tissues``.
    """
    return _all(directory, CryoprobeFile, lambda file: file.name, _probe)


def _all(
    directory: Path, model: type[F], name_of: Callable[[F], str], made: Callable[[F], T]
) -> Mapping[str, T]:
    paths = sorted(directory.glob("*.toml"))
    if not paths:
        raise ConfigurationError([f"{directory}: no files (*.toml) here"])
    found: dict[str, T] = {}
    mistakes: list[str] = []
    for path in paths:
        try:
            file = load_toml(path, model)
            if name_of(file) != path.stem:
                mistakes.append(
                    f"{path}: name: is {name_of(file)!r}, but the file is {path.stem!r}"
                )
            found[name_of(file)] = made(file)
        except ConfigurationError as error:
            mistakes += error.mistakes
        except ValueError as error:
            mistakes.append(f"{path}: {error}")
    if mistakes:
        raise ConfigurationError(mistakes)
    return MappingProxyType(dict(sorted(found.items())))


def _tissue(file: TissueFile, body_temperature_c: float) -> Tissue:
    return Tissue(
        name=file.name,
        conductivity_frozen_w_per_mk=file.conductivity_frozen_w_per_mk.value,
        conductivity_unfrozen_w_per_mk=file.conductivity_unfrozen_w_per_mk.value,
        heat_capacity_frozen_j_per_kgk=file.heat_capacity_frozen_j_per_kgk.value,
        heat_capacity_unfrozen_j_per_kgk=file.heat_capacity_unfrozen_j_per_kgk.value,
        density_kg_per_m3=file.density_kg_per_m3.value,
        latent_heat_j_per_kg=file.latent_heat_j_per_kg.value,
        freezing_begins_c=file.freezing_begins_c.value,
        freezing_ends_c=file.freezing_ends_c.value,
        perfusion_per_s=file.perfusion_per_s.value,
        blood_heat_capacity_j_per_m3k=file.blood_heat_capacity_j_per_m3k.value,
        metabolic_w_per_m3=file.metabolic_w_per_m3.value,
        body_temperature_c=body_temperature_c,
    )


def _spread(file: TissueFile) -> TissueSpread:
    return TissueSpread(
        conductivity_frozen=file.conductivity_frozen_w_per_mk.sd_of_logarithm,
        conductivity_unfrozen=file.conductivity_unfrozen_w_per_mk.sd_of_logarithm,
        latent_heat=file.latent_heat_j_per_kg.sd_of_logarithm,
        perfusion=file.perfusion_per_s.sd_of_logarithm,
        freezing_ends_c=sd_of_range(file.freezing_ends_c.low, file.freezing_ends_c.high),
    )


def _probe(file: CryoprobeFile) -> CryoprobeModel:
    boundary = EffectiveBoundary(
        radius_mm=file.radius_mm,
        freeze_c=file.freeze_c,
        freeze_sd_c=file.freeze_sd_c,
        active_thaw_c=file.active_thaw_c,
        cooling_time_s=file.cooling_time_s,
    )
    return CryoprobeModel(file.name, file.active_length_mm, file.behind_tip_mm, boundary)
