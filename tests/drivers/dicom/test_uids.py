import pytest

from drivers.dicom import uid_from
from drivers.dicom.uids import is_uid


def test_the_same_parts_make_the_same_uid():
    assert uid_from("plan", "P-1") == uid_from("plan", "P-1")
    assert is_uid(uid_from("plan", "P-1"))


@pytest.mark.parametrize("parts", [("plan", "P-2"), ("planP", "-1"), ("plan", "P-1", "")])
def test_other_parts_make_another(parts):
    assert uid_from(*parts) != uid_from("plan", "P-1")


@pytest.mark.parametrize("text", ["", "1.2.", ".1", "1..2", "1.a", "../1", "1" * 65])
def test_what_is_no_uid(text):
    assert not is_uid(text)
