import pytest

from dosimetry_core.values import GenerationMode
from procedure_node.record import Tokens, record_id_of

UID = "1.2.826.0.1.3680043.8.498.1.2"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (GenerationMode.REAL, "a1b2c3"),
        (GenerationMode.TEST, "TEST-a1b2c3"),
        (GenerationMode.DEMO, "DEMO-a1b2c3"),
    ],
)
def test_a_record_that_is_not_real_says_so_in_its_id(mode: GenerationMode, expected: str) -> None:
    assert record_id_of("a1b2c3", mode) == expected


@pytest.mark.parametrize("procedure_id", ["a b", "a/b", "", " ", "x" * 200, '"a"', "病人"])
def test_any_procedure_id_gives_a_record_id_of_its_own(procedure_id: str) -> None:
    record_id = record_id_of(procedure_id, GenerationMode.TEST)
    assert record_id == record_id_of(procedure_id, GenerationMode.TEST)
    assert record_id != record_id_of(procedure_id + "!", GenerationMode.TEST)
    assert len(record_id) <= 100
    assert set(record_id) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"
    )


def test_a_token_is_the_same_within_a_procedure_and_another_in_others() -> None:
    assert Tokens("a").of(UID) == Tokens("a").of(UID)
    assert Tokens("a").of(UID) != Tokens("b").of(UID)
    assert Tokens("a").of(UID) not in UID
    assert len(Tokens("a").of(UID)) == 12


@pytest.mark.parametrize(
    "said",
    ["1 of 3 images has no PixelData: {}.dcm", "it repeats {}.", "/spool/{}/1.dcm", "uid{}_a"],
)
def test_uids_are_masked_in_file_names_and_at_the_end_of_a_sentence(said: str) -> None:
    tokens = Tokens("a")
    assert tokens.masked(said.format(UID)) == said.format(tokens.of(UID))


def test_uids_with_leading_zeros_as_real_devices_write_them_are_masked() -> None:
    uid = "1.2.826.0.1.3680043.08.498.01"
    assert Tokens("a").masked(f"series {uid}") == f"series {Tokens('a').of(uid)}"


def test_uids_in_text_are_masked_and_other_numbers_are_not() -> None:
    tokens = Tokens("a")
    token = tokens.of(UID)
    said = f"series {UID}: ({UID}), at 10.5 mm, version 14.9.1, host 192.168.1.20."
    assert (
        tokens.masked(said)
        == f"series {token}: ({token}), at 10.5 mm, version 14.9.1, host 192.168.1.20."
    )
