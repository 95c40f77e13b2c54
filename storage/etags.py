"""Entity tags as S3 makes them, without their quotes.

Source: API Reference, Object, "ETag"; User Guide, "Checking object integrity".
"""

import hashlib
from collections.abc import Sequence

from storage.protection import Sealing


def single_etag(md5: bytes, sealing: Sealing | None = None) -> str:
    """The tag of what is stored in one piece: the MD5 of its content, if that may be told."""
    return (md5 if sealing is None else sealing.etag(md5)).hex()


def multipart_etag(parts: Sequence[bytes]) -> str:
    """The tag of an object made of parts: the MD5 of their MD5s, and how many they are."""
    return f"{hashlib.md5(b''.join(parts)).hexdigest()}-{len(parts)}"
