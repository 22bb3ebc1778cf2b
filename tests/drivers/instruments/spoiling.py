"""What a bad line makes of bytes, for hypothesis."""

from collections.abc import Callable
from itertools import pairwise

from hypothesis import strategies as st

Spoil = Callable[[bytes], tuple[bytes, ...]]


def split(at: list[int]) -> Spoil:
    def spoil(said: bytes) -> tuple[bytes, ...]:
        cuts = sorted({0, len(said), *(cut % (len(said) + 1) for cut in at)})
        return tuple(said[a:b] for a, b in pairwise(cuts))

    return spoil


def change(where: int, by: int) -> Spoil:
    """One byte is another one."""

    def spoil(said: bytes) -> tuple[bytes, ...]:
        if not said:
            return ()
        changed = bytearray(said)
        changed[where % len(said)] ^= by
        return (bytes(changed),)

    return spoil


def truncate(keep: int) -> Spoil:
    return lambda said: (said[: keep % (len(said) + 1)],)


def drop(where: int) -> Spoil:
    """One byte is lost."""
    return lambda said: (said[: where % (len(said) + 1)], said[where % (len(said) + 1) + 1 :])


def precede(noise: bytes) -> Spoil:
    return lambda said: (noise + said,)


def follow(noise: bytes) -> Spoil:
    return lambda said: (said + noise,)


splits = st.lists(st.integers(0, 200), max_size=6).map(split)
harm = st.one_of(
    st.builds(change, st.integers(0, 200), st.integers(1, 255)),
    st.integers(0, 200).map(truncate),
    st.integers(0, 200).map(drop),
    st.binary(max_size=60).map(precede),
    st.binary(max_size=60).map(follow),
)
"""At most one byte of an answer is another, or a part is missing, or there is noise around it."""
