"""Headers that stand in a query: signers of URLs move x-amz-* there, and S3 takes them from there.

What is read here becomes a header for every later layer, and perhaps a header
of later answers; so its name is held to the grammar that the HTTP parser holds
real headers to.

Source: S3 API Reference, "Authenticating Requests: Using Query Parameters";
RFC 9110, section 5.1.
"""

import re
from collections.abc import Mapping
from typing import Final

from sigv4 import errors

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]+\Z")  # RFC 9110, section 5.6.2
_NO_HEADER_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

# Of a body, which the signer of a URL has not seen: aws-sdk-js-v3 puts the checksum
# of no bytes at all there, and S3 passes over it.
_OF_A_BODY: Final = (
    b"x-amz-checksum-",
    b"x-amz-content-",
    b"x-amz-decoded-content-",
    b"x-amz-sdk-checksum-",
    b"x-amz-trailer",
)


def hoist(found: dict[bytes, bytes], name: str, value: str) -> None:
    """Take one decoded parameter for the header of its name, and add it to ``found``.

    Raises:
        SigError: AuthorizationQueryParametersError, no header can have this name or
            this value, or it is given twice
    """
    lower = name.lower()
    header = lower.encode()
    if header in found or not _TOKEN.match(lower) or _NO_HEADER_VALUE.search(value):
        raise errors.header_in_query_invalid(name)
    found[header] = value.strip(" \t").encode()


def add_hoisted(seen: dict[bytes, bytes], hoisted: Mapping[bytes, bytes]) -> None:
    """Add to the headers a handler may see those of the query, which they outrank."""
    for name, value in hoisted.items():
        if not name.startswith(_OF_A_BODY):
            seen.setdefault(name, value)
