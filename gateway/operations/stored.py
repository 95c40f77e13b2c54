"""What is stored with an object of its headers, and how answers have it again.

System metadata comes back byte by byte; user metadata is text, which RFC 2047
brings into a header.

Source: API Reference, PutObject and GetObject; User Guide, "Working with object
metadata"; recordings of S3, LocalStack's test_system_metadata_with_unicode.
"""

import re
from collections.abc import Mapping
from typing import Final

from gateway.protocol import words
from storage.records import ObjectVersion

# System metadata: stored and given back as sent.  API Reference, PutObject.
SYSTEM_HEADERS: Final = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-website-redirect-location",
)
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")  # RFC 9110, section 5.6.2
_SYSTEM_HEADERS: Final = tuple((name.encode(), name) for name in SYSTEM_HEADERS)
_LATIN: Final = "\0"  # before a text of bytes that are no UTF-8; no header's value has it


def as_text(raw: bytes) -> str:
    """A header's bytes as a record holds them."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return _LATIN + raw.decode("latin-1")


def as_bytes(text: str) -> bytes:
    """The bytes that ``as_text`` was given."""
    if text.startswith(_LATIN):
        return text[1:].encode("latin-1")
    return text.encode()


def system_headers(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """The system metadata of a request; aws-chunked is how it travelled, not what it is.

    Source: API Reference, "Signature calculations ... chunked upload": S3 stores the
    object without aws-chunked, whatever the body was.
    """
    found: dict[str, str] = {}
    for raw_name, name in _SYSTEM_HEADERS:
        raw = headers.get(raw_name)
        if raw is not None:
            found[name] = as_text(raw)
    encoding = found.get("content-encoding")
    if encoding is not None and "aws-chunked" in encoding.lower():
        kept = [one.strip() for one in encoding.split(",")]
        kept = [one for one in kept if one.lower() != "aws-chunked"]
        if kept:
            found["content-encoding"] = ", ".join(kept)
        else:
            del found["content-encoding"]
    return found


def stored_headers(found: ObjectVersion) -> list[tuple[bytes, bytes]]:
    """An object's system and user metadata, as answers to GET and HEAD have it.

    Metadata under names that no header can have is only counted: API Reference,
    GetObject, "x-amz-missing-meta".  Requests bring none, older stores may.
    """
    attributes = found.attributes
    headers = [
        (name.encode(), as_bytes(value))
        for name, value in attributes.headers.items()
        if name != "content-type"
    ]
    missing = 0
    for meta, value in attributes.metadata.items():
        if _TOKEN.match(meta):
            headers.append((b"x-amz-meta-" + meta.encode(), words.encode(value).encode()))
        else:
            missing += 1
    if missing:
        headers.append((b"x-amz-missing-meta", b"%d" % missing))
    return headers
