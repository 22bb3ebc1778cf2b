"""Reading protocol files."""

import hashlib
from pathlib import Path

from procedure_node.protocol.model import TrialProtocol
from procedure_node.protocol.whole import contradictions
from procedure_node.settings import ConfigurationError, load_toml


def load_protocol(path: Path) -> TrialProtocol:
    """Read and validate one protocol file.

    Raises:
        ConfigurationError: the file cannot be read, or holds mistakes (all of them told).
    """
    protocol = load_toml(path, TrialProtocol)
    mistakes = [f"{path}: {mistake}" for mistake in contradictions(protocol)]
    if mistakes:
        raise ConfigurationError(mistakes)
    return protocol


def load_protocol_named(directory: Path, name: str) -> TrialProtocol:
    """The protocol ``name`` of a directory of protocol files.

    Raises:
        ConfigurationError: there is no such file, its own name differs, or it holds mistakes.
    """
    path = directory / f"{name}.toml"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in directory.glob("*.toml"))) or "none"
        raise ConfigurationError([f"{path}: there is no such protocol; known are: {known}"])
    protocol = load_protocol(path)
    if protocol.name != name:
        raise ConfigurationError([f"{path}: name: is {protocol.name!r}, but the file is {name!r}"])
    return protocol


def protocol_sha256(protocol: TrialProtocol) -> str:
    """The hash that names a protocol's content in the record, whatever its file's layout."""
    return hashlib.sha256(protocol.model_dump_json().encode()).hexdigest()
