import pytest

from procedure_node.people import Cost, hash_password, is_password

CHEAP = Cost(n=2**4)


def test_a_hash_is_that_of_its_password_alone() -> None:
    made = hash_password("correct horse", CHEAP)
    assert is_password("correct horse", made)
    assert not is_password("correct horsE", made)
    assert "horse" not in made


def test_the_same_password_has_another_hash_each_time() -> None:
    assert hash_password("correct horse", CHEAP) != hash_password("correct horse", CHEAP)


@pytest.mark.parametrize(
    ("password", "salt", "cost", "wanted"),
    [
        ("", "", "16:1:1", "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"),
        (
            "password",
            "NaCl",
            "1024:8:16",
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162",
        ),
    ],
)
def test_the_hash_is_scrypt_of_rfc_7914(password: str, salt: str, cost: str, wanted: str) -> None:
    """Section 12: the first 32 of its 64 bytes are those of the shorter key (PBKDF2's blocks)."""
    assert is_password(password, f"scrypt:{cost}:{salt.encode().hex()}:{wanted}")


def test_the_usual_cost_is_the_stated_one() -> None:
    made = hash_password("correct horse")
    assert made.startswith("scrypt:32768:8:3:")
    assert is_password("correct horse", made)


def test_what_is_no_hash_is_an_error() -> None:
    with pytest.raises(ValueError, match="unpack"):
        is_password("x", "plain")
