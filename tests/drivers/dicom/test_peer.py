import pytest

from drivers.dicom import Peer


def test_peer_is_read_from_text():
    assert Peer.parse("NODE=127.0.0.1:11112") == Peer("NODE", "127.0.0.1", 11112)
    assert str(Peer("NODE", "pacs.local", 104)) == "NODE at pacs.local:104"


@pytest.mark.parametrize(
    "text", ["NODE", "NODE=host", "NODE=host:", "NODE=host:dicom", "=host:104", "NODE=:104"]
)
def test_what_is_no_peer_is_refused(text):
    with pytest.raises(ValueError, match=r"AE|host"):
        Peer.parse(text)


@pytest.mark.parametrize("ae_title", ["", " ", "A" * 17, "A\\B", "A\nB", "BÜRO"])
def test_titles_that_are_none(ae_title):
    with pytest.raises(ValueError, match="not an AE title"):
        Peer(ae_title, "host", 104)


@pytest.mark.parametrize("port", [0, 65536])
def test_ports_that_are_none(port):
    with pytest.raises(ValueError, match="not from 1 to 65535"):
        Peer("NODE", "host", port)
