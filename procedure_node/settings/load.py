"""Reading the settings file, with paths in it relative to the file."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from procedure_node.settings.device_files import described_device
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

    @property
    def tissues_directory(self) -> Path:
        """Where thermal properties lie: ``tissues`` beside the settings file unless set."""
        return self._beside(self.settings.tissues_directory or Path("tissues"))

    @property
    def cryoprobes_directory(self) -> Path:
        """Where kinds of cryoprobes lie: ``cryoprobes`` beside the settings file unless set."""
        return self._beside(self.settings.cryoprobes_directory or Path("cryoprobes"))

    @property
    def people_file(self) -> Path | None:
        """Who may command the node from its page; None lets nobody."""
        people = self.settings.display.people_file
        return None if people is None else self._beside(people)

    @property
    def roles_file(self) -> Path:
        """What each role may do: ``roles.toml`` beside the settings file unless set."""
        return self._beside(self.settings.display.roles_file or Path("roles.toml"))

    def _beside(self, path: Path) -> Path:
        return (self.path.parent / path).resolve()


def load_settings(path: Path) -> LoadedSettings:
    """Read and validate a settings file, and the files that describe its serial devices.

    Returns:
        The settings, with the paths of those files made absolute; the hash is that of the settings
        file, and of those files after it where there are any.

    Raises:
        ConfigurationError: a file cannot be read, or holds mistakes (all of them told).
    """
    settings = load_toml(path, Settings)
    digest = hashlib.sha256(path.read_bytes())
    devices: list[SerialSettings] = []
    mistakes: list[str] = []
    for device in settings.serial:
        try:
            described = described_device(device, path.parent, settings.node.generation_mode)
        except ConfigurationError as error:
            mistakes += error.mistakes
            continue
        devices.append(described.settings)
        if described.file is not None:
            digest.update(described.file.read_bytes())
    if mistakes:
        raise ConfigurationError(mistakes)
    settings = settings.model_copy(update={"serial": tuple(devices)})
    return LoadedSettings(path, digest.hexdigest(), settings)
