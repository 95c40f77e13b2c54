"""Signature Version 4A: its keys, its region sets, and its signatures inside bodies.

A key pair is derived from the secret of an access key, once for all days, regions
and services; ``ecdsa`` signs and verifies with it.

Source: IAM User Guide, "AWS Signature Version 4 for API requests"; the derivation is
NIST SP 800-108's counter mode over HMAC-SHA256, as the vectors of aws-c-auth have it.
"""

import hmac
from typing import Final

ECDSA_SHA256: Final = b"AWS4-ECDSA-P256-SHA256"
# The order of P-256.  Source: NIST SP 800-186, section 3.2.1.3.
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_LIMIT: Final = (ORDER - 2).to_bytes(32)
_COUNTER_MAX: Final = 254  # tries; a second one is needed once in 2**32 keys
_KEY_BITS: Final = 256
# In chunks and trailers every signature is as long as the longest: two integers of
# 33 bytes with their heads in DER, in hexadecimal.
PADDED_DIGITS: Final = 144
_PADDING: Final = b"*"


def derive(access_key: str, secret: str) -> tuple[int, int]:
    """The private key, and the counter it was found with.

    k = HMAC("AWS4A" + secret, 00000001 | label | 00 | access key | counter | 00000100)
    serves if it is at most the order of the curve less 2, and the key is k + 1: so it
    is neither zero nor too great.

    Raises:
        ValueError: no counter gives a key; nobody knows such a secret.
    """
    master = b"AWS4A" + secret.encode()
    head = (1).to_bytes(4) + ECDSA_SHA256 + b"\0" + access_key.encode()
    for counter in range(1, _COUNTER_MAX + 1):
        found = hmac.digest(master, head + counter.to_bytes(1) + _KEY_BITS.to_bytes(4), "sha256")
        if compare(found, _LIMIT) <= 0:
            return int.from_bytes(add_one(found)), counter
    raise ValueError("no key can be derived from this secret")


def compare(left: bytes, right: bytes) -> int:
    """-1, 0 or 1, as the big-endian number ``left`` is less than ``right``, equal, greater.

    Raises:
        ValueError: their lengths differ.
    """
    if len(left) != len(right):
        raise ValueError("only numbers of one length are compared")
    return (left > right) - (left < right)


def add_one(number: bytes) -> bytes:
    """The next big-endian number of the same length; after the greatest comes zero."""
    following = int.from_bytes(number) + 1
    return (following % (1 << 8 * len(number))).to_bytes(len(number))


def pad(signature: bytes) -> bytes:
    """A signature as chunks and trailers have it."""
    return signature.ljust(PADDED_DIGITS, _PADDING)


def unpad(sent: bytes) -> bytes:
    """The signature in a padded one; only the full length is padded."""
    return sent.rstrip(_PADDING) if len(sent) == PADDED_DIGITS else sent


def covers(region_set: str, region: str) -> bool:
    """Whether a list of regions, in which ``*`` stands for any text, has this one."""
    return any(_matches(pattern.strip(" \t"), region) for pattern in region_set.split(","))


def _matches(pattern: str, region: str) -> bool:
    """Piece after piece from the left: no pattern takes more than its length in time."""
    head, *pieces = pattern.split("*")
    if not pieces:
        return pattern == region
    *middle, tail = pieces
    if not region.startswith(head):
        return False
    position = len(head)
    for piece in middle:
        found = region.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return region.endswith(tail) and len(region) - len(tail) >= position
