"""Where the files that come with the program lie."""

import sysconfig
from pathlib import Path


def default_config_dir() -> Path:
    """The ``config`` folder beside the source tree, or the one that was installed."""
    beside_source = Path(__file__).resolve().parents[2] / "config"
    if beside_source.is_dir():
        return beside_source
    return Path(sysconfig.get_path("data")) / "share" / "procedure-node" / "config"
