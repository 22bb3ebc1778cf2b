"""Reading a folder of seed model files."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from dosimetry_core.tg43 import SeedModel, SeedModelError


class SeedLibraryError(ValueError):
    """Seed model files cannot be used.

    Attributes:
        problems: one line for each bad file: file, key and what is wrong.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load_seed_models(directory: Path) -> Mapping[str, SeedModel]:
    """Read every ``*.toml`` in a folder.

    Args:
        directory: the folder, for example ``config/seed_models``.

    Returns:
        Models by name, in order of name.

    Raises:
        SeedLibraryError: the folder holds no model, a file cannot be read or is wrong, or two
            files give the same name. All bad files are told at once.
    """
    files = sorted(directory.glob("*.toml"))
    if not files:
        raise SeedLibraryError((f"{directory}: no seed model files (*.toml) here",))
    models: dict[str, SeedModel] = {}
    origin: dict[str, Path] = {}
    problems: list[str] = []
    for file in files:
        try:
            model = SeedModel.from_mapping(tomllib.loads(file.read_text(encoding="utf-8")))
        except SeedModelError as error:
            problems.append(f"{file}: {error}")
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            problems.append(f"{file}: cannot be read: {error}")
        else:
            if model.name in models:
                problems.append(
                    f"{file}: name: {model.name!r} is already used by {origin[model.name]}"
                )
            models[model.name] = model
            origin[model.name] = file
    if problems:
        raise SeedLibraryError(tuple(problems))
    return MappingProxyType(dict(sorted(models.items())))
