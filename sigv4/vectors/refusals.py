"""Our own vectors of outcomes: requests and forms that are accepted, or refused with a code.

The outcomes stand in the tables; nothing computes them.

Source: S3 API Reference, "Error Responses" and "POST Policy"; where AWS's texts are not
documented, none is expected.
"""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sigv4.canonical import HMAC_SHA256, Request
from sigv4.keys import signing_key
from sigv4.scope import Scope
from sigv4.vectors.making import (
    KEYS,
    REGION,
    TIMESTAMP,
    Case,
    of_case,
    shape,
    signed_by_header,
    stream_vector,
)
from sigv4.vectors.record import Vector, body_of, sha256, to_bytes

MISMATCH: Final = "SignatureDoesNotMatch"
_HEADER_BAD: Final = "AuthorizationHeaderMalformed"
_QUERY_BAD: Final = "AuthorizationQueryParametersError"
Change = Callable[[Request], Request]


class Refused(NamedTuple):
    """A change of a signed request, and what comes of it; ``code`` None: it is accepted."""

    name: str
    change: Change
    status: int = 403
    code: str | None = MISMATCH
    case: Case = Case("")
    now: str = TIMESTAMP
    why: str | None = None


def _replaced(old: str, new: str) -> Change:
    """A piece of the target, or else of a header, replaced."""
    before, after = to_bytes(old), to_bytes(new)

    def change(request: Request) -> Request:
        if before in request.target:
            return request._replace(target=request.target.replace(before, after))
        headers = [(name, value.replace(before, after)) for name, value in request.headers]
        assert headers != request.headers, old
        return request._replace(headers=headers)

    return change


def _added(name: str, value: str) -> Change:
    return lambda request: request._replace(
        headers=[*request.headers, (to_bytes(name), to_bytes(value))]
    )


def _removed(name: str) -> Change:
    return lambda request: request._replace(
        headers=[pair for pair in request.headers if pair[0] != to_bytes(name)]
    )


def _appended(text: str) -> Change:
    return lambda request: request._replace(target=request.target + to_bytes(text))


def _signed_with(old: str, new: str) -> Change:
    """The last characters of what follows ``old``: a wrong signature of the right form."""
    before, after = to_bytes(old), to_bytes(new)

    def change(request: Request) -> Request:
        def wrong(text: bytes) -> bytes:
            head, mark, tail = text.partition(before)
            return head + mark + after + tail[len(after) :] if mark else text

        headers = [(name, wrong(value)) for name, value in request.headers]
        return request._replace(target=wrong(request.target), headers=headers)

    return change


def _same(request: Request) -> Request:
    return request


_LIST: Final = Case("", "/bkt?prefix=a")
_DAY: Final = "20260821"
_BY_HEADER: Final = (
    Refused("as-signed", _same, 200, None),
    Refused("no-spaces-after-commas", _replaced(", ", ","), 200, None),
    Refused("signature", _signed_with("Signature=", "0000")),
    Refused("signature-upper-case", _replaced("Signature=", "Signature=A")),
    Refused("method", lambda request: request._replace(method="DELETE")),
    Refused("path", _appended("x")),
    Refused("dot-segment", _replaced("/bkt/", "/bkt/x/../")),
    Refused("empty-segment", _replaced("/bkt/", "/bkt//")),
    Refused("parameter-added", _appended("?acl")),
    Refused("parameter-changed", _replaced("prefix=a", "prefix=b"), case=_LIST),
    Refused("parameter-removed", _replaced("?prefix=a", ""), case=_LIST),
    Refused("host", _replaced("s3.example.com", "evil.example.com")),
    Refused(
        "header",
        _replaced("text/plain", "text/html"),
        case=Case("", headers=[("Content-Type", "text/plain")]),
    ),
    Refused("unsigned-header", _added("x-amz-acl", "public-read"), 403, "AccessDenied"),
    Refused("unsigned-meta", _added("X-Amz-Meta-A", "1"), 403, "AccessDenied"),
    Refused("unsigned-token", _added("x-amz-security-token", "t"), 403, "AccessDenied"),
    Refused("unsigned-range", _added("Range", "bytes=0-1"), 200, None, why="need not be signed"),
    Refused(
        "two-authorizations", _added("Authorization", "AWS4-HMAC-SHA256 a"), 400, "InvalidArgument"
    ),
    Refused("basic", _replaced("AWS4-HMAC-SHA256", "Basic"), 400, "InvalidArgument"),
    Refused("no-credential", _replaced("Credential=", "Credentials="), 400, _HEADER_BAD),
    Refused("no-terminal", _replaced("/aws4_request", ""), 400, _HEADER_BAD),
    Refused("another-terminal", _replaced("aws4_request", "aws5_request"), 400, _HEADER_BAD),
    Refused("another-region", _replaced("us-east-1", "eu-west-1"), 400, _HEADER_BAD),
    Refused("another-service", _replaced("/s3/", "/iam/"), 400, _HEADER_BAD),
    Refused("another-day", _replaced(f"/{_DAY}/", "/20260820/"), 400, _HEADER_BAD),
    Refused("another-key", _replaced("AKIDEXAMPLE", "AKIDOTHER"), 403, "InvalidAccessKeyId"),
    Refused("900-seconds-late", _same, 200, None, now="20260821T102612Z"),
    Refused("901-seconds-late", _same, 403, "RequestTimeTooSkewed", now="20260821T102613Z"),
    Refused("900-seconds-early", _same, 200, None, now="20260821T095612Z"),
    Refused("901-seconds-early", _same, 403, "RequestTimeTooSkewed", now="20260821T095611Z"),
    Refused("no-date", _removed("x-amz-date"), 403, "AccessDenied"),
    Refused("no-hash", _removed("x-amz-content-sha256"), 400, "InvalidRequest"),
    Refused("hash-that-is-none", _replaced(sha256(b"").decode(), "abc"), 400, "InvalidArgument"),
)
_MARK: Final = "X-Amz-Signature="
_BY_URL: Final = (
    Refused("as-signed", _same, 200, None),
    Refused("signature", _signed_with(_MARK, "0000")),
    Refused("method", lambda request: request._replace(method="PUT")),
    Refused("head-for-get", lambda request: request._replace(method="HEAD")),
    Refused("path", _replaced("/bkt/key", "/bkt/other")),
    Refused("parameter-behind", _appended("&acl")),
    Refused("parameter-before", _replaced("?", "?acl&")),
    Refused("x-id", _appended("&x-id=GetObject")),
    Refused("longer", _replaced("Expires=3600", "Expires=3601")),
    Refused("unsigned-header", _added("x-amz-acl", "public-read"), 403, "AccessDenied"),
    Refused("unsigned-copy", _added("x-amz-copy-source", "/a/b"), 403, "AccessDenied"),
    Refused(
        "two-mechanisms", _added("Authorization", "AWS4-HMAC-SHA256 a"), 400, "InvalidArgument"
    ),
    Refused("signature-twice", _appended(f"&{_MARK}{'0' * 64}"), 400, _QUERY_BAD),
    Refused("name-in-lower-case", _replaced("X-Amz-Date=", "x-amz-date="), 400, _QUERY_BAD),
    Refused("no-date", _replaced("X-Amz-Date=", "X-Amz-Datum="), 400, _QUERY_BAD),
    Refused("no-signature", _replaced(_MARK, "Signatur="), 400, _QUERY_BAD),
    Refused("expires-no-number", _replaced("=3600", "=3600s"), 400, _QUERY_BAD),
    Refused("expires-signed-number", _replaced("=3600", "=%2B3600"), 400, _QUERY_BAD),
    Refused("expires-negative", _replaced("=3600", "=-1"), 400, _QUERY_BAD),
    Refused("expires-too-late", _replaced("=3600", "=604801"), 400, _QUERY_BAD),
    Refused("another-region", _replaced("us-east-1", "eu-west-1"), 400, _QUERY_BAD),
    Refused("another-day", _replaced(f"%2F{_DAY}%2F", "%2F20260820%2F"), 400, _QUERY_BAD),
    Refused("another-key", _replaced("AKIDEXAMPLE", "AKIDOTHER"), 403, "InvalidAccessKeyId"),
    Refused("last-second", _same, 200, None, now="20260821T111112Z"),
    Refused("expired", _same, 403, "AccessDenied", now="20260821T111113Z"),
    Refused("900-seconds-early", _same, 200, None, now="20260821T095612Z"),
    Refused("901-seconds-early", _same, 403, "AccessDenied", now="20260821T095611Z"),
)


class Spoiled(NamedTuple):
    """A change of an upload's body."""

    name: str
    old: bytes
    new: bytes
    status: int
    code: str
    has_trailer: bool = False
    is_signed: bool = True


_BODIES: Final = (
    Spoiled("data", b"hello", b"jello", 403, MISMATCH),
    Spoiled("size", b"b;", b"a;", 403, MISMATCH),
    Spoiled("negative-size", b"b;", b"-b;", 400, "IncompleteBody"),
    Spoiled("hexadecimal-prefix", b"b;", b"0xb;", 400, "IncompleteBody"),
    Spoiled("no-signature", b";chunk-signature=", b";", 403, MISMATCH),
    Spoiled("last-signature", b"\r\n0;chunk-signature=", b"\r\n0;chunk-signature=0", 403, MISMATCH),
    Spoiled("line-feed-alone", b"\r\nhello", b"\nhello", 400, "IncompleteBody"),
    Spoiled("trailer", b"DUoRhQ==", b"DUoRhA==", 403, MISMATCH, has_trailer=True),
    Spoiled("trailer-name", b"crc32:", b"crc32c:", 400, "MalformedTrailerError", has_trailer=True),
    Spoiled(
        "unannounced-trailer",
        b"x-amz-checksum-crc32:",
        b"x-amz-meta-a:1\r\nx-amz-checksum-crc32:",
        400,
        "MalformedTrailerError",
        has_trailer=True,
        is_signed=False,
    ),
)


def _server(vector: Vector, now: str = TIMESTAMP) -> Vector:
    keys = {"access_key_id": KEYS.access_key, "secret_access_key": KEYS.secret_key}
    vector["server"] = {
        "now": now,
        "region": REGION,
        "service": "s3",
        "credentials": [keys],
        "anonymous": "deny",
    }
    return vector


def _expected(status: int, code: str | None) -> Vector:
    return {"accept": code is None, "status": status, "code": code, "message": None, "detail": None}


def servers() -> Iterator[Vector]:
    """server"""
    empty = sha256(b"")
    for row in _BY_HEADER:
        request = row.change(signed_by_header(row.case, HMAC_SHA256, empty))
        yield _of_row(row, "header", request)
    for row in _BY_URL:
        request = row.case.request()
        signer = row.case.signer(HMAC_SHA256)
        target = signer.presign(request, now=row.case.seconds(), expires_s=row.case.expires_s)
        yield _of_row(row, "query", row.change(request._replace(target=target)))
    for body in _BODIES:
        yield _of_body(body)
    request = Case("").request()
    yield _of_row(Refused("anonymous", _same, 403, "AccessDenied"), "none", request)


def _of_row(row: Refused, where: str, request: Request) -> Vector:
    vector = of_case(row.case._replace(name=f"server/{where}/{row.name}"), "server", HMAC_SHA256)
    vector["request"] = shape(request)
    vector["expected"] = _expected(row.status, row.code)
    if row.why:
        vector["why"] = row.why
    return _server(vector, row.now)


def _of_body(row: Spoiled) -> Vector:
    trailers = (("x-amz-checksum-crc32", "DUoRhQ=="),) if row.has_trailer else None
    algorithm = HMAC_SHA256 if row.is_signed else None
    vector = stream_vector(Case(f"server/body/{row.name}"), algorithm, [b"hello world"], trailers)
    request = vector.pop("signed_request")
    body = body_of(request)
    assert row.old in body, row.name
    request["body_b64"] = base64.b64encode(body.replace(row.old, row.new)).decode()
    del request["body_sha256"], request["body_length"], vector["options"]
    vector["kind"], vector["request"] = "server", request
    vector["expected"] = _expected(row.status, row.code)
    return _server(vector)


# What a signer refuses


def negatives() -> Iterator[Vector]:
    """negative"""
    names = ("Authorization", "X-Amz-Date", "X-Amz-Content-Sha256")
    for name in names:
        yield _negative(f"header/{name.lower()}", Case("", headers=[(name, "a")]))
    for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"):
        yield _negative(f"query/{name.lower()}", Case("", f"/bkt?X-Amz-{name}=a"))


def _negative(name: str, case: Case) -> Vector:
    vector = of_case(case._replace(name=f"negative/{name}"), "negative", HMAC_SHA256)
    vector["request"] = shape(case.request())
    vector["expected"] = {"signer_error": "only the signer sets this"}
    return vector


# Forms

_CREDENTIAL: Final = f"{KEYS.access_key}/{_DAY}/{REGION}/s3/aws4_request"
_BUCKET: Final = {"bucket": "bkt"}
_KEY: Final = ["starts-with", "$key", "user/"]
_SIGNED_FIELDS: Final = {
    "x-amz-algorithm": HMAC_SHA256.decode(),
    "x-amz-credential": _CREDENTIAL,
    "x-amz-date": TIMESTAMP,
}
_EXPIRATION: Final = "2026-08-21T11:11:12Z"


_ONE_FILE: Final = {
    "file_count": 1,
    "file_size": 5,
    "file_filename": "f.txt",
    "fields_after_file": [],
}
_UNCHANGED: Final[dict[str, str]] = {}
_FIELDS: Final = {"key": "user/a"}
_DENIED: Final = (403, "AccessDenied")


class Form(NamedTuple):
    """A form's fields, the conditions of its policy, and what comes of it."""

    name: str
    status: int = 204
    code: str | None = None
    fields: dict[str, str] = _FIELDS
    conditions: Sequence[Any] = (_BUCKET, _KEY)
    expiration: str = _EXPIRATION
    file: Vector = _ONE_FILE
    change: dict[str, str] = _UNCHANGED  # of the signed fields, afterwards


def _of_size(name: str, least: int, most: int, code: str | None = None) -> Form:
    """A file of five bytes."""
    conditions = (_BUCKET, _KEY, ["content-length-range", least, most])
    return Form(name, 400 if code else 204, code, conditions=conditions)


_FORMS: Final = (
    Form("simple"),
    Form("eq", fields={"key": "a"}, conditions=(_BUCKET, ["eq", "$key", "a"])),
    Form("eq-differs", *_DENIED, {"key": "b"}, (_BUCKET, ["eq", "$key", "a"])),
    Form("starts-with-differs", *_DENIED, {"key": "a"}),
    Form("starts-with-case", *_DENIED, {"key": "User/a"}),
    Form(
        "names-in-any-case",
        fields={"Key": "user/a", "ACL": "private"},
        conditions=(_BUCKET, _KEY, {"Acl": "private"}),
    ),
    Form("anything", fields={"key": "a"}, conditions=(_BUCKET, ["starts-with", "$key", ""])),
    Form("uncovered", *_DENIED, {**_FIELDS, "acl": "private"}),
    Form("ignored", fields={**_FIELDS, "x-ignore-me": "1"}),
    Form("absent", *_DENIED, conditions=(_BUCKET, _KEY, {"acl": "private"})),
    Form("another-bucket", *_DENIED, conditions=({"bucket": "other"}, _KEY)),
    Form("filename", fields={"key": "user/${filename}"}),
    _of_size("largest", 0, 5),
    _of_size("smallest", 5, 9),
    _of_size("too-large", 0, 4, "EntityTooLarge"),
    _of_size("too-small", 6, 9, "EntityTooSmall"),
    Form("expired", *_DENIED, expiration="2026-08-21T10:11:11Z"),
    Form("no-file", 400, "InvalidArgument", file={**_ONE_FILE, "file_count": 0}),
    Form("two-files", 400, "InvalidArgument", file={**_ONE_FILE, "file_count": 2}),
    Form("wrong-signature", 403, MISMATCH, change={"x-amz-signature": "0" * 64}),
    Form("another-policy", 403, MISMATCH, change={"policy": "e30="}),
    Form(
        "another-key",
        403,
        "InvalidAccessKeyId",
        change={"x-amz-credential": _CREDENTIAL.replace("EXAMPLE", "OTHER")},
    ),
)


def forms() -> Iterator[Vector]:
    """post-policy and post-eval"""
    key = signing_key(KEYS.secret_key, Scope(_DAY, REGION, "s3"))
    for row in _FORMS:
        conditions = [*row.conditions, *({name: value} for name, value in _SIGNED_FIELDS.items())]
        policy = json.dumps({"expiration": row.expiration, "conditions": conditions})
        encoded = base64.b64encode(policy.encode()).decode()
        signature = key.sign(encoded.encode()).decode()
        signed = {**_SIGNED_FIELDS, "policy": encoded, "x-amz-signature": signature}
        fields = {**row.fields, **signed, **row.change}
        vector = of_case(Case(f"form/{row.name}"), "post-eval", HMAC_SHA256)
        if row.code is None:
            yield {
                **vector,
                "name": f"signet/v4/policy/{row.name}",
                "kind": "post-policy",
                "policy": policy,
                "policy_b64": encoded,
                "expected": {
                    "string_to_sign": encoded,
                    "signing_key": key.raw.hex(),
                    "signature": signature,
                },
            }
        vector["server"] = {"now": TIMESTAMP, "region": REGION, "bucket_in_url": "bkt"}
        vector["form"] = {"fields": [list(pair) for pair in fields.items()], **row.file}
        vector["expected"] = _expected(row.status, row.code)
        yield vector
