"""The node's settings, their mistakes, and its secrets."""

from procedure_node.settings.errors import (
    ConfigurationError,
    load_toml,
    read_toml,
    validate_toml,
)
from procedure_node.settings.load import LoadedSettings, load_settings
from procedure_node.settings.model import (
    ArchiveSettings,
    BrokerSettings,
    DicomSettings,
    DisplaySettings,
    DisplayTlsSettings,
    EdcSettings,
    FreezeModelSettings,
    NodeSettings,
    Settings,
    TlsSettings,
)
from procedure_node.settings.secrets import SecretMissingError, read_secret, require_secret
from procedure_node.settings.serial import SerialSettings

__all__ = [
    "ArchiveSettings",
    "BrokerSettings",
    "ConfigurationError",
    "DicomSettings",
    "DisplaySettings",
    "DisplayTlsSettings",
    "EdcSettings",
    "FreezeModelSettings",
    "LoadedSettings",
    "NodeSettings",
    "SecretMissingError",
    "SerialSettings",
    "Settings",
    "TlsSettings",
    "load_settings",
    "load_toml",
    "read_secret",
    "read_toml",
    "require_secret",
    "validate_toml",
]
