"""Hashes of passwords: scrypt (RFC 7914), with a salt of their own and their cost beside them."""

import hashlib
import hmac
import secrets
from typing import NamedTuple

SHORTEST_PASSWORD = 8
"""Characters: NIST SP 800-63B section 5.1.1.2; guesses are limited by the lock-out besides."""

_SALT_BYTES = 16
_HASH_BYTES = 32


class Cost(NamedTuple):
    """What one guess costs: ``n`` times ``r`` times 128 bytes of memory, ``p`` times over.

    The default is one of the settings that the OWASP Password Storage Cheat Sheet gives for
    scrypt: 32 MiB, a few tenths of a second.
    """

    n: int = 2**15
    r: int = 8
    p: int = 3


def hash_password(password: str, cost: Cost | None = None) -> str:
    """``scrypt:n:r:p:salt:hash`` of a password, salt and hash in hexadecimal."""
    chosen = cost or Cost()
    salt = secrets.token_bytes(_SALT_BYTES)
    found = _scrypt(password, salt, chosen)
    return f"scrypt:{chosen.n}:{chosen.r}:{chosen.p}:{salt.hex()}:{found.hex()}"


def is_password(password: str, password_hash: str) -> bool:
    """Whether a hash by ``hash_password`` is that of a password; takes the same time if not.

    Raises:
        ValueError: the hash is none.
    """
    _, n, r, p, salt, wanted = password_hash.split(":")
    found = _scrypt(password, bytes.fromhex(salt), Cost(int(n), int(r), int(p)))
    return hmac.compare_digest(found, bytes.fromhex(wanted))


def _scrypt(password: str, salt: bytes, cost: Cost) -> bytes:
    return hashlib.scrypt(
        password.encode(),
        salt=salt,
        n=cost.n,
        r=cost.r,
        p=cost.p,
        maxmem=256 * cost.n * cost.r,
        dklen=_HASH_BYTES,
    )
