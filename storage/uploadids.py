"""Ids of uploads: time, then chance; printed opaque."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Final

from storage.errors import NoSuchUpload
from storage.seam import Randomness

_TIME_BYTES: Final = 6  # milliseconds until the year 10889
UPLOAD_ID_BYTES: Final = 16


def make_id(now_ms: int, randomness: Randomness) -> bytes:
    """A new id.  Time leads, so that a key's uploads are listed by age."""
    time = now_ms.to_bytes(_TIME_BYTES, "big")
    return time + randomness.bytes(UPLOAD_ID_BYTES - _TIME_BYTES)


def begun_ms(upload_id: bytes) -> int:
    """When the upload of that id began, in Unix milliseconds."""
    return int.from_bytes(upload_id[:_TIME_BYTES], "big")


def print_id(upload_id: bytes) -> str:
    """An upload's id as S3 shows it: opaque, safe in a URL."""
    return urlsafe_b64encode(upload_id).decode().rstrip("=")


def parse_id(text: str) -> bytes:
    """The id that ``print_id`` printed.

    Raises:
        NoSuchUpload: it never printed that.
    """
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"==")
    except (Base64Error, UnicodeEncodeError):
        raise NoSuchUpload(text) from None
    if len(raw) != UPLOAD_ID_BYTES or print_id(raw) != text:
        raise NoSuchUpload(text)
    return raw
