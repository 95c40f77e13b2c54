"""The one parser of x-amz-copy-source.

Source: API Reference, CopyObject, "x-amz-copy-source": bucket and key,
URL-encoded, with or without a leading slash, and ``?versionId=`` after it.
A plus stands for a space, as in a form, and ``%2B`` for a plus: AWS's examples
in Java make the header with URLEncoder, and S3 does not find a key whose plus
was sent as it is (aws-cli issue 614, aws-sdk-php issue 236).
"""

import re
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from storage.errors import InvalidArgument, NotImplementedHere
from storage.naming import check_key
from storage.versioning import check_version_id

_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


class CopySource(NamedTuple):
    """What is to be copied."""

    bucket: str
    key: bytes  # valid UTF-8
    version_id: str | None


def parse_copy_source(header: str) -> CopySource:
    """Decode the header, once.

    Raises:
        InvalidArgument: it names no bucket and key, or what is no version's id.
        KeyTooLong
        NotImplementedHere: it names an access point.
    """
    path, mark, query = header.partition("?")
    version_id: str | None = None
    if mark:
        name, _, version_id = query.partition("=")
        if name != "versionId":
            raise _invalid(header)
        check_version_id(version_id)
    if path.startswith("arn:"):
        raise NotImplementedHere("x-amz-copy-source")
    if _BAD_ESCAPE.search(path):
        raise _invalid(header)
    raw = unquote_to_bytes(path.replace("+", " ").encode("utf-8", "surrogateescape"))
    raw = raw.removeprefix(b"/")
    bucket, slash, key = raw.partition(b"/")
    try:
        key.decode()
        text = bucket.decode()
    except UnicodeDecodeError:
        raise _invalid(header) from None
    if not slash or not text or not key:
        raise _invalid(header)
    check_key(key)
    return CopySource(text, key, version_id)


def _invalid(header: str) -> InvalidArgument:
    return InvalidArgument(
        "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
        "x-amz-copy-source",
        header,
    )
