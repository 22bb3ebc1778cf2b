"""Reading the settings file, with paths in it relative to the file."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from dosimetry_core.values import GenerationMode
from drivers.instruments import LineProfile
from procedure_node.settings.errors import ConfigurationError, load_toml
from procedure_node.settings.model import Settings
from procedure_node.settings.serial import SerialSettings


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings with the file they come from."""

    path: Path
    sha256: str
    settings: Settings

    @property
    def protocols_directory(self) -> Path:
        """Where trial protocols lie: ``protocols`` beside the settings file unless set."""
        return self._beside(self.settings.protocols_directory or Path("protocols"))

    @property
    def seed_models_directory(self) -> Path:
        """Where seed models lie: ``seed_models`` beside the settings file unless set."""
        return self._beside(self.settings.seed_models_directory or Path("seed_models"))

    def _beside(self, path: Path) -> Path:
        return (self.path.parent / path).resolve()


def load_settings(path: Path) -> LoadedSettings:
    """Read and validate a settings file, and the line profiles that it names.

    Returns:
        The settings, with the paths of line profiles made absolute; the hash is that of the
        settings file, and of the profiles after it where there are any.

    Raises:
        ConfigurationError: a file cannot be read, or holds mistakes (all of them told).
    """
    settings = load_toml(path, Settings)
    digest = hashlib.sha256(path.read_bytes())
    devices: list[SerialSettings] = []
    mistakes: list[str] = []
    for number, device in enumerate(settings.serial, start=1):
        described = device.line_profile
        if described is None:
            devices.append(device)
            continue
        file = (path.parent / described.file).resolve()
        try:
            profile = load_toml(file, LineProfile)
        except ConfigurationError as error:
            mistakes += error.mistakes
            continue
        if profile.example and settings.node.generation_mode is GenerationMode.REAL:
            mistakes.append(
                f"{path}: serial[{number}].line_profile.file: {described.file} is an example and "
                "describes no product: a node that is REAL needs the profile of its own console"
            )
        digest.update(file.read_bytes())
        resolved = described.model_copy(update={"file": file})
        devices.append(device.model_copy(update={"line_profile": resolved}))
    if mistakes:
        raise ConfigurationError(mistakes)
    settings = settings.model_copy(update={"serial": tuple(devices)})
    return LoadedSettings(path, digest.hexdigest(), settings)
