from collections.abc import Iterator

import pytest

from drivers.dicom import Peer
from tests.drivers.dicom import counterparts


@pytest.fixture(scope="session")
def node_port() -> int:
    """The port that every archive knows the node's receiver by."""
    return counterparts.free_port()


@pytest.fixture(scope="session", params=["orthanc", "dcmqrscp", "simulator"])
def archive_peer(
    request: pytest.FixtureRequest, node_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Peer]:
    """Three archives, one after the other: each test runs against each."""
    folder = tmp_path_factory.mktemp(request.param)
    with getattr(counterparts, request.param)(folder, node_port) as peer:
        yield peer
