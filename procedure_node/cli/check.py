"""``procedure-node check``: what is configured, and which peers answer."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from drivers.dicom import Archive, ArchiveError, Peer
from drivers.mqtt import MqttError, mqtt_probe
from drivers.redcap import RedcapClient, RedcapError
from procedure_node.cli.arguments import add_config
from procedure_node.daemon import mqtt_options
from procedure_node.people import load_people, load_roles
from procedure_node.protocol import load_protocol_named
from procedure_node.record import project_problems
from procedure_node.seed_library import SeedLibraryError, load_seed_models
from procedure_node.settings import (
    ConfigurationError,
    LoadedSettings,
    SecretMissingError,
    load_settings,
    read_secret,
    require_secret,
)
from procedure_node.thermal_library import load_thermal_library

Check = Callable[[LoadedSettings], Awaitable[str]]


class _FailedError(Exception):
    """A check failed. The message says what to do."""


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``check``."""
    parser = subparsers.add_parser(
        "check", help="tell every mistake in the settings, and which peers answer"
    )
    add_config(parser)
    parser.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    loaded = load_settings(arguments.config)
    settings = loaded.settings
    print(f"{loaded.path}: room {settings.node.room}, mode {settings.node.generation_mode}")
    results = asyncio.run(_all(loaded))
    width = max(len(name) for name, _, _ in results)
    for name, ok, text in results:
        print(f"  {'ok  ' if ok else 'FAIL'}  {name:<{width}}  {text}")
    failed = sum(1 for _, ok, _ in results if not ok)
    if failed:
        print(f"{failed} of {len(results)} checks failed", file=sys.stderr)
    return 1 if failed else 0


async def _all(loaded: LoadedSettings) -> list[tuple[str, bool, str]]:
    checks: dict[str, Check] = {
        "data directory": _data_directory,
        "protocols": _protocols,
        "seed models": _seed_models,
        "thermal library": _thermal_library,
        "archive": _archive,
        "broker": _broker,
        "edc": _edc,
    }
    if loaded.people_file is not None:
        checks["people"] = _people
    if loaded.settings.dicom.structures_directory is not None:
        checks["structures folder"] = _structures_folder
    outcomes = [(name, *await _outcome(check, loaded)) for name, check in checks.items()]
    for device in loaded.settings.serial:
        ok, text = _serial(device.path)
        outcomes.append((f"serial {device.name}", ok, text))
    return outcomes


async def _outcome(check: Check, loaded: LoadedSettings) -> tuple[bool, str]:
    try:
        return True, await check(loaded)
    except (
        ArchiveError,
        ConfigurationError,
        MqttError,
        RedcapError,
        SecretMissingError,
        SeedLibraryError,
        _FailedError,
    ) as error:
        return False, str(error)


async def _data_directory(loaded: LoadedSettings) -> str:
    directory = loaded.settings.node.data_directory
    if not directory.is_dir() or not os.access(directory, os.W_OK):
        raise _FailedError(f"{directory} is not a directory that this user may write to")
    return str(directory)


async def _protocols(loaded: LoadedSettings) -> str:
    paths = sorted(loaded.protocols_directory.glob("*.toml"))
    if not paths:
        raise _FailedError(f"{loaded.protocols_directory} has no protocol file")
    found = [load_protocol_named(loaded.protocols_directory, path.stem) for path in paths]
    return ", ".join(f"{protocol.name} version {protocol.version}" for protocol in found)


async def _seed_models(loaded: LoadedSettings) -> str:
    return f"{len(load_seed_models(loaded.seed_models_directory))} models"


async def _thermal_library(loaded: LoadedSettings) -> str:
    library = load_thermal_library(loaded.tissues_directory, loaded.cryoprobes_directory)
    if not library.tissues or not library.cryoprobes:
        return "no files: the cold inside the ice will not be modelled"
    return f"{', '.join(library.tissues)}; {', '.join(library.cryoprobes)}"


async def _archive(loaded: LoadedSettings) -> str:
    own = loaded.settings.dicom
    peer = Peer(own.archive.ae_title, own.archive.host, own.archive.port)
    async with Archive(peer, own.ae_title) as archive:
        await archive.echo()
    return f"{peer} answers C-ECHO"


async def _people(loaded: LoadedSettings) -> str:
    if loaded.people_file is None:
        return "nobody can log in at the page"
    people = load_people(loaded.people_file, load_roles(loaded.roles_file))
    return f"{len(people)} people may log in at the page"


async def _structures_folder(loaded: LoadedSettings) -> str:
    folder = loaded.settings.dicom.structures_directory
    if folder is None or not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        raise _FailedError(f"{folder} is not a folder that this user may read")
    return str(folder)


async def _broker(loaded: LoadedSettings) -> str:
    settings = loaded.settings
    options = mqtt_options(settings.broker, settings.node.room, read_secret("broker-password"))
    await mqtt_probe(options)
    return f"{options.address} takes connections"


async def _edc(loaded: LoadedSettings) -> str:
    settings = loaded.settings.edc
    token = require_secret("edc-token")
    async with RedcapClient(
        settings.url, token, allow_plain_http=settings.allow_plain_http
    ) as client:
        version = await client.version()
        problems = await project_problems(client)
    if problems:
        raise _FailedError(f"{settings.url} is REDCap {version}, but: {'; '.join(problems)}")
    return f"{settings.url} is REDCap {version}"


def _serial(path: Path) -> tuple[bool, str]:
    if not path.exists():
        return False, f"{path} is not there: is the cable in, and is the udev rule set?"
    if not os.access(path, os.R_OK | os.W_OK):
        return False, f"{path} may not be opened by this user: add it to the group dialout"
    return True, str(path)
