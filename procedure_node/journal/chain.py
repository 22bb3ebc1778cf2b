"""The hash chain: each row's hash covers its content and the hash of the row before it."""

import hashlib

GENESIS_HASH = "0" * 64
"""The hash that the first row follows."""


def row_hash(previous_hash: str, seq: int, kind: str, version: int, body: str) -> str:
    """SHA-256 of one row, bound to its place and to everything before it.

    Args:
        previous_hash: hash of row ``seq - 1``, or ``GENESIS_HASH``.
        seq: the row's number, from 1.
        kind: the event's kind.
        version: the event type's version.
        body: the event's JSON, exactly as stored.
    """
    digest = hashlib.sha256()
    for part in (previous_hash, str(seq), kind, str(version), body):
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.hexdigest()
