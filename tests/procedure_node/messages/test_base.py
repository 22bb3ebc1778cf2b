from hypothesis import given
from hypothesis import strategies as st

from procedure_node.messages import uid_token, without_uids

UID = "1.2.840.113619.2.55.3.604688119"
uids = st.lists(st.integers(0, 10**12), min_size=6, max_size=12).map(
    lambda parts: ".".join(map(str, (parts[0] % 3, *parts[1:])))
)


@given(uids)
def test_no_uid_is_left_in_a_text(uid):
    text = without_uids(f"image {uid} of ({uid}), {uid}.")
    assert uid not in text
    assert text.count(uid_token(uid)) == 3


def test_what_is_no_uid_is_left_alone():
    text = "node 0.1.0 at 192.168.0.17:104 wants 110.0 Gy, 1.5.3"
    assert without_uids(text) == text


def test_a_token_is_stable_and_short():
    assert uid_token(UID) == uid_token(UID)
    assert len(uid_token(UID)) == 12
    assert uid_token(UID) != uid_token(UID + ".1")
