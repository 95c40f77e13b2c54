"""What a header and a presigned URL say alike: credential, signed headers, session token.

Source: S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from sigv4 import errors
from sigv4.canonical import HMAC_SHA256, Profile
from sigv4.kept import KEPT_BYTES_MAX
from sigv4.scope import TERMINAL, Scope, is_date
from sigv4.v4a import ECDSA_SHA256, covers

ALGORITHMS: Final = (HMAC_SHA256, ECDSA_SHA256)

_NAMES: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+(?:;[!#$%&'*+\-.^_`|~0-9a-z]+)*\Z")


def read_token(
    headers: dict[bytes, bytes], signed: tuple[bytes, ...], profile: Profile
) -> str | None:
    """The session token of a header; of an unsigned one, its presence is what is refused."""
    token = headers.get(b"x-amz-security-token")
    if token is None or (b"x-amz-security-token" not in signed and not profile.omit_session_token):
        return None
    return token.decode("utf-8", "replace")


def read_credential(
    raw: bytes,
    head: errors.Head,
    regions: Sequence[str],
    service: str,
    region_set: str | None = None,
) -> tuple[Scope, str]:
    """``AKID/yyyymmdd/region/service/aws4_request``; an access key may have slashes.

    With a set of regions, which is 4A's, there is no region.

    Raises:
        SigError: bad grammar, another scope
    """
    if len(raw) + len(region_set or "") <= KEPT_BYTES_MAX:  # clients have few, good for a day
        return _kept_credential(raw, head, tuple(regions), service, region_set)
    return _read_credential(raw, head, regions, service, region_set)


def _read_credential(
    raw: bytes,
    head: errors.Head,
    regions: Sequence[str],
    service: str,
    region_set: str | None,
) -> tuple[Scope, str]:
    text = raw.decode("utf-8", "replace")
    if region_set is None:
        parts = text.rsplit("/", 4)
        if len(parts) != 5 or not parts[0]:
            raise head.bad_credential()
        access_key, date, region, its_service, terminal = parts
    else:
        parts = text.rsplit("/", 3)
        if len(parts) != 4 or not parts[0]:
            raise head.bad_credential("YYYYMMDD/SERVICE")
        access_key, date, its_service, terminal = parts
        region = region_set
    if not is_date(date):
        raise head.wrong_date_format(date)
    if region_set is None:
        if region not in regions:
            raise head.wrong_region(region, regions[0])
    elif not any(covers(region_set, ours) for ours in regions):
        raise head.wrong_region(region, regions[0])
    if its_service != service:
        raise head.wrong_service(its_service, service)
    if terminal != TERMINAL:
        raise head.wrong_terminal(terminal)
    return Scope(date, region, its_service, region_set is None), access_key


_kept_credential = lru_cache(maxsize=1024)(_read_credential)


def read_signed_headers(raw: bytes, head: errors.Head) -> tuple[bytes, ...]:
    """The names, in the order in which they were signed.

    Raises:
        SigError: bad grammar
    """
    if len(raw) <= KEPT_BYTES_MAX:  # clients have few lists of headers
        return _kept_signed_headers(raw, head)
    return _split_signed_headers(raw, head)


def _split_signed_headers(raw: bytes, head: errors.Head) -> tuple[bytes, ...]:
    if not _NAMES.match(raw):
        if head is errors.QUERY:
            raise errors.query_signed_headers()
        raise errors.header_incomplete("SignedHeaders")
    return tuple(raw.split(b";"))


_kept_signed_headers = lru_cache(maxsize=256)(_split_signed_headers)
