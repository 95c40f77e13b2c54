"""Entity tags as S3 makes them, without their quotes.

Source: API Reference, Object, "ETag"; User Guide, "Checking object integrity".
"""

import hashlib
from collections.abc import Sequence


def single_etag(md5: bytes) -> str:
    """The tag of an object stored in one piece: the MD5 of its content."""
    return md5.hex()


def multipart_etag(parts: Sequence[bytes]) -> str:
    """The tag of an object made of parts: the MD5 of their MD5s, and how many they are."""
    return f"{hashlib.md5(b''.join(parts)).hexdigest()}-{len(parts)}"
