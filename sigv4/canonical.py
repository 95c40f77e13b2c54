"""The canonical request: what both sides of a signature must agree on, byte by byte.

Everything works on the request as it was on the wire.

Source: IAM User Guide, "Create a signed AWS API request"; S3 API Reference,
"Authenticating Requests: Using the Authorization Header".
"""

import hashlib
import posixpath
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from sigv4.encoding import encode_path, reencode, reencode_path, split_canonical
from sigv4.kept import Kept, are_short

HMAC_SHA256: Final = b"AWS4-HMAC-SHA256"
UNSIGNED_PAYLOAD: Final = b"UNSIGNED-PAYLOAD"
EMPTY_SHA256: Final = hashlib.sha256(b"").hexdigest().encode()
_SPACE, _TAB, _CR = b" \t\r"  # numbers, which are found in bytes quicker than bytes


class Request(NamedTuple):
    """What HTTP gave us; nothing decoded.  ``headers`` in order, as sent."""

    method: str
    target: bytes  # path and query, in origin form
    headers: Sequence[tuple[bytes, bytes]]


class Profile(NamedTuple):
    """How a service makes the canonical request."""

    normalize_path: bool  # remove ``.``, ``..`` and empty segments
    double_encode: bool  # escape the escapes once more
    omit_session_token: bool = False  # it is added once the request was signed
    sign_body: bool = False  # the signer adds x-amz-content-sha256, as it always does for S3


S3: Final = Profile(normalize_path=False, double_encode=False)
GENERIC: Final = Profile(normalize_path=True, double_encode=True)  # IAM, STS and all others


def authority(target: bytes) -> bytes | None:
    """The host that a target names; None for the usual one, which names none."""
    return _absolute(target)[0]


def origin_form(target: bytes) -> bytes:
    """The path and query of a target that names scheme and host too (RFC 9112, section 3.2.2)."""
    return _absolute(target)[1]


def _absolute(target: bytes) -> tuple[bytes | None, bytes]:
    for scheme in (b"http://", b"https://"):
        if target[: len(scheme)].lower() == scheme:
            rest = target[len(scheme) :]
            end = min((i for i in (rest.find(b"/"), rest.find(b"?")) if i >= 0), default=len(rest))
            path = rest[end:]
            return rest[:end], path if path.startswith(b"/") else b"/" + path
    return None, target


def split_target(target: bytes) -> tuple[bytes, bytes]:
    """The path and the query of a target, without the question mark."""
    path, _, query = target.partition(b"?")
    return path, query


def canonical_path(path: bytes, profile: Profile = S3) -> bytes:
    """The path for signing.  S3 keeps every byte of a key: no dot is removed, no slash merged."""
    if profile.normalize_path:
        path = _normalized(path)
    if profile.double_encode:
        return encode_path(path)
    return reencode_path(path) or b"/"


def _normalized(path: bytes) -> bytes:
    kept = posixpath.normpath(b"/" + path.lstrip(b"/"))
    return kept + b"/" if path.endswith((b"/", b"/.", b"/..")) and kept != b"/" else kept


def canonical_query(query: bytes, *, drop: bytes = b"", stable: bool = False) -> bytes:
    """Order and re-encode a query for signing.

    ``drop`` names the one parameter a presigned URL cannot sign: its own
    signature.  Parameters sort by encoded name and then by encoded value;
    ``stable`` keeps the order of arrival among equal names, as some clients do.

    Encode first, then sort: in UTF-8 order ``é`` follows ``z``, but
    ``%C3%A9`` precedes it.
    """
    if not query:
        return b""
    parts = None if stable else split_canonical(query)
    if parts is not None:
        parts.sort()
        if drop:
            start = drop + b"\0"
            at = bisect_left(parts, start)
            while at < len(parts) and parts[at].startswith(start):
                del parts[at]
        return b"&".join(parts).replace(b"\0", b"=")
    pairs = []
    for parameter in query.split(b"&"):
        if not parameter:
            continue
        name, _, value = parameter.partition(b"=")
        name = reencode(name)
        if name != drop or not drop:
            pairs.append((name, reencode(value)))
    pairs.sort(key=_name if stable else None)
    return b"&".join([name + b"=" + value for name, value in pairs])


def _name(pair: tuple[bytes, bytes]) -> bytes:
    return pair[0]


def fold_headers(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by lower-case name; repeated ones joined in order of arrival.

    Values are trimmed; inner white space is left for ``canonical_value``.
    """
    folded = {name.lower(): value.strip(b" \t\r\n") for name, value in headers}
    if len(folded) == len(headers):
        return folded
    folded = {}
    for name, value in headers:
        name = name.lower()
        value = value.strip(b" \t\r\n")
        known = folded.get(name)
        folded[name] = value if known is None else known + b"," + value
    return folded


def canonical_value(value: bytes, *, spaces_only: bool = False) -> bytes:
    """A header's value with every run of white space made one space."""
    if spaces_only:
        while b"  " in value:
            value = value.replace(b"  ", b" ")
        return value
    if b"  " in value or b"\t" in value or b"\n" in value or b"\r" in value:
        # bytes.split() knows ASCII white space alone, also \v and \f, which HTTP forbids.
        return b" ".join(value.split())
    return value


class Names(NamedTuple):
    """A list of signed headers, and what becomes of it in each request."""

    line: bytes  # of the canonical request
    as_set: frozenset[bytes]
    are_in_order: bool  # sorted, each once: else they are of no canonical request
    values_of: Callable[[Mapping[bytes, bytes]], object]  # raises KeyError if one is absent
    lines: bytes  # to put the values into


def _names(signed: tuple[bytes, ...]) -> Names:
    return Names(
        b";".join(signed),
        frozenset(signed),
        list(signed) == sorted(set(signed)),
        itemgetter(*signed) if signed else lambda _: (),
        b"".join([name.replace(b"%", b"%%") + b":%b\n" for name in signed]),
    )


# Clients have few lists of headers.
NAMES: Final = Kept[tuple[bytes, ...], Names](_names, are_short, 256)


def canonical_headers(
    headers: Mapping[bytes, bytes], signed: Sequence[bytes], *, spaces_only: bool = False
) -> bytes:
    """The signed headers, a line each; one that is absent has no line."""
    block = usual_headers(headers, NAMES[tuple(signed)])
    if block is not None:
        return block
    return b"".join(
        [
            name + b":" + canonical_value(headers[name], spaces_only=spaces_only) + b"\n"
            for name in signed
            if name in headers
        ]
    )


def usual_headers(headers: Mapping[bytes, bytes], names: Names) -> bytes | None:
    """The same in a third of the time, as nearly always; None is no judgement.

    None if a name is absent, or a value has white space to make one space.
    """
    _, _, _, values_of, lines = names
    try:
        block = lines % values_of(headers)
    except KeyError:
        return None
    if (
        _TAB in block
        or _CR in block
        or (_SPACE in block and b"  " in block)
        or block.count(b"\n") != lines.count(b"\n")
    ):
        return None
    return block


def canonical_request(
    method: str,
    path: bytes,
    query: bytes,
    headers: bytes,
    signed: Sequence[bytes],
    payload: bytes,
) -> bytes:
    """Six lines (the headers have one each, so a blank line follows them)."""
    return b"\n".join((method.encode(), path, query, headers, b";".join(signed), payload))


def string_to_sign(
    timestamp: bytes, scope: bytes, canonical: bytes, algorithm: bytes = HMAC_SHA256
) -> bytes:
    """What is signed for a request."""
    digest = hashlib.sha256(canonical).hexdigest().encode()
    return b"\n".join((algorithm, timestamp, scope, digest))
