"""Mistakes with presigned URLs of Signature Version 2."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from sigv4.encoding import encode, encode_path
from sigv4.explain.case import V2, Case
from sigv4.explain.mistake import Mistake
from sigv4.explain.of_headers import USUAL
from sigv4.explain.recipe import POLICY, TEXTS, VERSION_2, WRITINGS_2, Change, Recipe
from sigv4.sigv2 import SUBRESOURCES

AWS_PREFIX: Final = b"x-amz-"


def _resource(_: Case, recipe: Recipe) -> Iterator[Change]:
    path = recipe.path
    bucket, _slash, key = path[1:].partition(b"/")
    decoded = unquote_to_bytes(path)
    for how, other in (
        ("without the bucket", b"/" + key),
        ("with the bucket twice", b"/" + bucket + path),
        ("with a slash after the bucket", path + b"/"),
        ("without its first slash", path[1:]),
        ("without its last slash", path.removesuffix(b"/")),
        ("decoded", decoded),
        ("encoded once", encode_path(decoded)),
        ("encoded twice", encode_path(path)),
        ("with its slashes escaped", b"/" + bucket + b"/" + encode(unquote_to_bytes(key))),
        ("with + for a space", path.replace(b"%20", b"+")),
        ("in lower case", path.lower()),
    ):
        if other != path:
            yield Change(f"the resource was signed {how}", {"path": other})


def _buckets(case: Case, recipe: Recipe) -> Iterator[Change]:
    """The bucket that the host names, to this server or to the client."""
    host = case.headers.get(b"host", b"").partition(b":")[0]
    for name in dict.fromkeys((host.partition(b".")[0], host)):
        if name:
            shown = name.decode("latin-1")
            path = b"/" + name + recipe.path
            yield Change(f"{shown!r} of the host was signed as the bucket", {"path": path})


def _subresources(case: Case, recipe: Recipe) -> Iterator[Change]:
    """Which parameters belong to the resource."""
    own = [piece for piece in recipe.query.split(b"&") if piece]
    every = [
        piece
        for piece in case.query.split(b"&")
        if piece.partition(b"=")[0] not in (b"AWSAccessKeyId", b"Expires", b"Signature")
    ]
    for how, pieces in (
        ("no parameter was signed", []),
        ("all parameters were signed", sorted(every)),
        ("all parameters were signed, in the order they were sent", every),
        ("the parameters were signed in reverse order", own[::-1]),
        ("the parameters were signed encoded", [p for p in every if _name(p) in SUBRESOURCES]),
        ("the parameters were signed with = after each name", [_equals(p) for p in own]),
        ("the parameters were signed without their values", [p.partition(b"=")[0] for p in own]),
        *((f"{_name(p)} was not signed", [q for q in own if q != p]) for p in own),
    ):
        if (query := b"&".join(pieces)) != recipe.query:
            yield Change(how, {"query": query})


def _name(piece: bytes) -> str:
    return piece.partition(b"=")[0].decode("utf-8", "replace")


def _equals(piece: bytes) -> bytes:
    return piece if b"=" in piece else piece + b"="


def _positional(case: Case, recipe: Recipe) -> Iterator[Change]:
    """Content-Type and Content-MD5 are signed whether or not they arrive."""
    for name in (b"content-type", b"content-md5"):
        shown, sent = name.decode(), case.headers.get(name)
        if sent:
            yield Change(f"no {shown} was signed, and {sent!r} arrived", values={name: None})
        for usual in USUAL.get(name, ()):
            if usual != recipe.values.get(name):
                yield Change(f"{usual.decode()!r} was signed as {shown}", values={name: usual})


def _amz_headers(_: Case, recipe: Recipe) -> Iterator[Change]:
    for name in recipe.signed:
        if name.startswith(AWS_PREFIX):
            kept = tuple(one for one in recipe.signed if one != name)
            yield Change(f"{name.decode('latin-1')} was not signed", {"signed": kept})


def _token(case: Case, recipe: Recipe) -> Iterator[Change]:
    name = b"x-amz-security-token"
    for pair in case.known.credentials:
        if pair.session_token and name not in recipe.signed:
            values = {name: pair.session_token.encode()}
            signed = (*recipe.signed, name)
            yield Change(
                "the session token was signed and did not arrive", {"signed": signed}, values
            )


def _expires(case: Case, recipe: Recipe) -> Iterator[Change]:
    seconds = recipe.timestamp
    for how, text in (
        ("in milliseconds", seconds + b"000"),
        ("in seconds, while milliseconds arrived", seconds[:-3]),
        ("as the header Date", case.headers.get(b"date", b"")),
        ("as x-amz-date", case.headers.get(b"x-amz-date", b"")),
        ("with a fraction", seconds + b".0"),
        ("as nothing", b""),
    ):
        if text != seconds and (text or how == "as nothing"):
            yield Change(f"the time was signed {how}", {"timestamp": text})


def _layout(_: Case, __: Recipe) -> Iterator[Change]:
    for name in TEXTS:
        if name not in (VERSION_2, POLICY):
            yield Change(f"the string to sign was put together {name}", {"layout": name})


def _written(_: Case, __: Recipe) -> Iterator[Change]:
    for name in WRITINGS_2:
        yield Change(f"the signature was written {name}", {"writing": name})
    for how, fields in (
        ("by HMAC-SHA256", {"hash": "sha256"}),
        ("by HMAC-SHA256, in hexadecimal", {"hash": "sha256", "writing": "as documented"}),
        ("in hexadecimal", {"writing": "as documented"}),
        ("in base64, escaped twice", {"writing": "in base64, escaped for a URL"}),
    ):
        yield Change(f"the signature was made {how}", fields)


_V4: Final = 'Or use Version 4: in boto3, Config(signature_version="s3v4").'

MISTAKES: Final = (
    Mistake(
        "v2-signature-written-otherwise",
        "The signature of Version 2 is right, but damaged or written in another form.",
        f"HMAC-SHA1 in base64, percent-encoded once for the URL: + becomes %2B. {_V4}",
        _written,
        schemes=V2,
    ),
    Mistake(
        "v2-content-type",
        "Content-Type or Content-MD5 arrived otherwise than it was signed.",
        "Whoever uses the URL has to send exactly the Content-Type it was made for, or none; "
        "curl adds one of its own with -d, and browsers with a form.",
        _positional,
        schemes=V2,
    ),
    Mistake(
        "v2-amz-header",
        "An x-amz-* header arrived that was not signed.",
        "Give it to the signer when the URL is made, or do not send it.",
        _amz_headers,
        schemes=V2,
    ),
    Mistake(
        "v2-token-missing",
        "The session token was signed, but not sent.",
        "Send x-amz-security-token, in the URL or as a header, with temporary credentials.",
        _token,
        schemes=V2,
    ),
    Mistake(
        "v2-resource",
        "The path was signed otherwise than it arrived.",
        "The resource is /BUCKET/KEY as it is sent, the bucket also where the host names it. "
        f"{_V4}",
        _resource,
        schemes=V2,
    ),
    Mistake(
        "v2-bucket-of-the-host",
        "The client takes the host for the name of a bucket, and the server does not.",
        "Set `domains` to the name under which buckets are hosts, or use path style.",
        _buckets,
        schemes=V2,
    ),
    Mistake(
        "v2-sub-resources",
        "Other parameters were signed than belong to the resource.",
        f"Sign the sub-resources alone (acl, uploads, versionId ...), in order. {_V4}",
        _subresources,
        schemes=V2,
    ),
    Mistake(
        "v2-expires",
        "The time in the string to sign is not the text of Expires.",
        "Sign Expires as it is sent: whole seconds since 1970.",
        _expires,
        schemes=V2,
    ),
    Mistake(
        "v2-string-to-sign-laid-out-otherwise",
        "The pieces of the string to sign are right, but put together otherwise.",
        f"Sign with a maintained library; this one does not follow the documentation. {_V4}",
        _layout,
        schemes=V2,
    ),
)
