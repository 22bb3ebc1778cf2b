"""A settings file whose peers are where a test wants them."""

import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CONFIG = Path(__file__).parents[3] / "config"

SETTINGS = """
protocols_directory = "{config}/protocols"
seed_models_directory = "{config}/seed_models"
tissues_directory = "{config}/tissues"
cryoprobes_directory = "{config}/cryoprobes"
[node]
room = "CT1"
generation_mode = "TEST"
data_directory = "{folder}"
[dicom]
ae_title = "PROCNODE"
[dicom.archive]
ae_title = "CTSIM"
host = "127.0.0.1"
port = {archive}
[broker]
host = "127.0.0.1"
port = {broker}
protocol = "3.1.1"
[edc]
url = "http://127.0.0.1:{edc}/api/"
allow_plain_http = true
{more}
"""

WriteSettings = Callable[..., Path]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: a Unix socket's name is at most 107 bytes long."""
    with tempfile.TemporaryDirectory(prefix="pn-") as path:
        yield Path(path)


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture
def write_settings(folder: Path) -> WriteSettings:
    """Write a settings file; peers that are not named do not answer."""

    def write(*, more: str = "", **ports: int) -> Path:
        peers = {name: ports.get(name) or closed_port() for name in ("archive", "broker", "edc")}
        path = folder / "node.toml"
        path.write_text(SETTINGS.format(config=CONFIG, folder=folder, more=more, **peers))
        return path

    return write
