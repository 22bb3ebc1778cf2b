"""Reading the settings file, with paths in it relative to the file."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from procedure_node.settings.errors import load_toml
from procedure_node.settings.model import Settings


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
    """Read and validate a settings file.

    Raises:
        ConfigurationError: the file cannot be read, or holds mistakes (all of them told).
    """
    settings = load_toml(path, Settings)
    return LoadedSettings(path, hashlib.sha256(path.read_bytes()).hexdigest(), settings)
