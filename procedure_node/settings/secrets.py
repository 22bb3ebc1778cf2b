"""Secrets: from systemd credentials or the environment, never from a file of settings."""

import os
from collections.abc import Mapping
from pathlib import Path


class SecretMissingError(Exception):
    """A secret that is needed is not there. The message says where it was looked for."""


def read_secret(name: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """A secret by name, such as ``edc-token``; None if it is nowhere.

    A systemd credential (``$CREDENTIALS_DIRECTORY/<name>``) comes before the environment variable
    ``PROCEDURE_NODE_<NAME>``.
    """
    directory = environment.get("CREDENTIALS_DIRECTORY")
    if directory:
        try:
            return (Path(directory) / name).read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            pass
    return environment.get(_variable(name)) or None


def require_secret(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """A secret that must be there.

    Raises:
        SecretMissingError: it is neither a credential nor in the environment.
    """
    secret = read_secret(name, environment)
    if secret is None:
        raise SecretMissingError(
            f"the secret {name!r} is missing: give it as the systemd credential {name} "
            f"(LoadCredential={name}:/path) or as the environment variable {_variable(name)}"
        )
    return secret


def _variable(name: str) -> str:
    return "PROCEDURE_NODE_" + name.upper().replace("-", "_")
