"""Both folders together, as the service has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dosimetry_core.bioheat import CryoprobeModel
from procedure_node.settings import ConfigurationError
from procedure_node.thermal_library.load import StatedTissue, load_cryoprobe_models, load_tissues


@dataclass(frozen=True, slots=True)
class ThermalLibrary:
    """What freezing is modelled with.

    Attributes:
        tissues: by name.
        cryoprobes: kinds of probes by name.
    """

    tissues: Mapping[str, StatedTissue] = field(default_factory=dict[str, StatedTissue])
    cryoprobes: Mapping[str, CryoprobeModel] = field(default_factory=dict[str, CryoprobeModel])


def load_thermal_library(tissues: Path, cryoprobes: Path) -> ThermalLibrary:
    """Read both folders; one that is not there holds nothing, so that no freeze is modelled.

    Raises:
        ConfigurationError: a folder is there but empty, or a file is wrong (all mistakes told).
    """
    mistakes: list[str] = []
    library = ThermalLibrary()
    try:
        if tissues.is_dir():
            library = replace(library, tissues=load_tissues(tissues))
    except ConfigurationError as error:
        mistakes += error.mistakes
    try:
        if cryoprobes.is_dir():
            library = replace(library, cryoprobes=load_cryoprobe_models(cryoprobes))
    except ConfigurationError as error:
        mistakes += error.mistakes
    if mistakes:
        raise ConfigurationError(mistakes)
    return library
