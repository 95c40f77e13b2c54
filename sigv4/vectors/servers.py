"""Whole requests with their outcome: accepted, or refused with a code.

Without a server: the verifier and the reader of the body decide.  What they let
through and another layer refuses is not theirs to say.
"""

import re
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from sigv4 import errors
from sigv4.canonical import origin_form
from sigv4.claims import Anonymous, read
from sigv4.errors import SigError
from sigv4.keys import KeyCache
from sigv4.vectors.record import (
    Differs,
    NotApplicable,
    Vector,
    body_of,
    now_of,
    request_of,
    same,
    seconds,
)
from sigv4.vectors.units import bucket_of_host
from sigv4.verify import Verified, accept_anonymous, check


class Result(NamedTuple):
    """What became of a request."""

    status: int
    code: str | None
    message: str
    fields: tuple[tuple[str, str], ...] = ()

    def document(self) -> str:
        """The members of the error document."""
        members = (("Code", self.code or ""), ("Message", self.message), *self.fields)
        return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members)


ACCEPTED: Final = Result(200, None, "")
# Codes that this layer alone gives, and for those it shares how its messages begin.
_OURS: Final = frozenset(
    (
        "AuthorizationHeaderMalformed",
        "AuthorizationQueryParametersError",
        "ExpiredToken",
        "IncompleteBody",
        "InvalidAccessKeyId",
        "InvalidChunkSizeError",
        "InvalidToken",
        "InvalidURI",
        "MalformedTrailerError",
        "MissingSecurityHeader",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "XAmzContentSHA256Mismatch",
    )
)
_SHARED: Final = {
    "AccessDenied": (
        "AWS authentication requires",
        "Query-string authentication requires",
        "Request has expired",
        "Request is not valid yet",
        "There were headers present in the request which were not signed",
    ),
    "InvalidArgument": (
        "Authorization header is invalid",
        "Only one auth mechanism allowed",
        "Unsupported Authorization Type",
        "aws-chunked encoding is not supported",
        "x-amz-content-sha256 must be",
    ),
    "InvalidRequest": (
        "Anonymous requests don't support",
        "Missing required header for this request: x-amz-content-sha256",
        "The authorization mechanism you have provided is not supported",
        "The value specified in the x-amz-trailer header is not supported",
    ),
}
_ALSO: Final = re.compile(r"\bor ([A-Z][A-Za-z0-9]+)")  # as one vector says of its code
_FIRST_LINE: Final = "_first_line"  # of a field that the rest of the name names
_SEVERAL: Final = "Expecting a single x-amz-checksum- header."


def check_server(vector: Vector) -> None:
    """server: accepted or refused as told; to the code, and exactly if it was recorded on AWS."""
    server, expected = vector["server"], vector["expected"]
    now = seconds(server["now"])
    result = _outcome(vector, server, now, body_of(vector["request"]))
    if expected["accept"]:
        same("outcome", "accepted", _told(result))
        return
    if result == ACCEPTED and not _is_ours(expected, vector["request"]):
        raise NotApplicable(f"{expected['code']} is for another layer to say")
    same("outcome", "refused", "refused" if result != ACCEPTED else "accepted")
    also = _ALSO.findall(vector.get("why") or "")
    if expected["code"] is not None and result.code not in (expected["code"], *also):
        same("code", expected["code"], result.code)
    same("status class", expected["status"] // 100, result.status // 100)
    if expected.get("confidence") == "aws-recorded":
        same("status", expected["status"], result.status)
        if expected.get("message") is not None:
            same("message", expected["message"], result.message)
        _check_fields(expected.get("detail") or {}, dict(result.fields))


def _check_fields(expected: Vector, found: dict[str, str]) -> None:
    """What the error document says besides code and message."""
    for name, value in expected.items():
        if name.endswith(_FIRST_LINE):
            whole = found.get(name.removesuffix(_FIRST_LINE), "")
            same(name, str(value), whole.partition("\n")[0])
        else:
            same(name, str(value), found.get(name))


def _told(result: Result) -> str:
    return "accepted" if result == ACCEPTED else f"{result.code}: {result.message}"


def _outcome(vector: Vector, server: Vector, now: int, body: bytes | None) -> Result:
    try:
        verified = _verify(vector, server, now)
        if verified.access_key is None and server.get("anonymous") == "deny":
            return Result(403, "AccessDenied", "Access Denied")
        if body is not None:
            reader = verified.body()
            reader.feed(body)
            reader.finish()
    except SigError as error:
        return Result(error.status, error.code, error.message, error.fields)
    return ACCEPTED


def _verify(vector: Vector, server: Vector, now: int) -> Verified:
    request = request_of(vector["request"])
    claim = read(
        request._replace(target=origin_form(request.target)),
        now=now,
        regions=(server["region"],),
        service=server.get("service") or vector["service"],
        v2_bucket_of_host=bucket_of_host if server.get("sigv2") else None,
    )
    if isinstance(claim, Anonymous):
        return accept_anonymous(claim)
    keys = {keys["access_key_id"]: keys for keys in server["credentials"]}
    known = keys.get(claim.unverified_access_key)
    if known is None or (known.get("session_token") and claim.session_token is None):
        return check(claim, None, KeyCache())
    if claim.session_token is not None and claim.session_token != known.get("session_token"):
        raise errors.invalid_token(claim.session_token)
    return check(claim, known["secret_access_key"], KeyCache())


def _is_ours(expected: Vector, request: Vector) -> bool:
    """Whether an expected refusal is this layer's to give."""
    code = str(expected["code"])
    message = str(expected.get("message") or expected.get("message_contains") or "")
    if code in _OURS:
        return True
    headers = {name.lower(): value for name, value in request["headers"]}
    chunked = headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
    if code == "MissingContentLength":
        return bool(chunked)
    if message.startswith(_SEVERAL):
        return bool(chunked and "x-amz-trailer" in headers)
    return any(message.startswith(known) for known in _SHARED.get(code, ()))


def check_behaviour(vector: Vector) -> None:
    """behaviour: status, code and texts as they were recorded."""
    expected, request = vector["expected"], vector["request"]
    if vector["auth"] == "V2AuthHeaders":
        raise NotApplicable("Signature Version 2 in a header is never accepted")
    result = _behaviour(vector)
    if expected["status"] is None:
        wrong = (expected.get("not") or {}).get("status")
        if wrong is None:
            raise NotApplicable("no answer was recorded")
        same(f"no status {wrong}", False, result.status == wrong)
        return
    if expected["status"] < 400:
        if result == ACCEPTED and expected["status"] != 200:
            result = result._replace(status=expected["status"])
        same("status", expected["status"], result.status)
        if expected.get("body_equals_b64") or expected.get("headers"):
            raise NotApplicable("accepted; what is answered is for another layer to say")
        return
    head = request["method"] == "HEAD"
    if not head and not _is_ours(expected, request):
        raise NotApplicable(f"{expected['code']} is for another layer to say")
    if head and result == ACCEPTED:
        raise NotApplicable("a status alone, that another layer may give")
    same("status", expected["status"], result.status)
    if head:
        return
    same("code", expected["code"], result.code)
    if (expected["message_contains"] or "") not in result.message:
        raise Differs("message", expected["message_contains"], result.message)
    for text in expected["body_contains"] or ():
        if text not in result.document():
            raise Differs("error document", text, result.document())
    for text in expected.get("body_not_contains") or ():
        same(f"error document without {text}", False, text in result.document())


def _behaviour(vector: Vector) -> Result:
    shape = dict(vector["request"])
    names = {name.lower() for name, _ in shape["headers"]}
    v2 = vector["auth"].startswith("V2")
    if v2 and "host" not in names:  # nothing of it is signed
        shape["headers"] = [*shape["headers"], ["Host", "s3.amazonaws.com"]]
    server = {
        "region": vector["region"],
        "sigv2": v2,
        "credentials": [vector["credentials"]],
    }
    # What has no body is not held to the hash of one (recorded).
    body = None if shape["method"] in ("GET", "HEAD") else _http_body(vector)
    return _outcome({**vector, "request": shape}, server, now_of(vector), body)


def _http_body(vector: Vector) -> bytes:
    """What HTTP hands on: as much as Content-Length says, without HTTP's own chunks."""
    body = body_of(vector["request"])
    headers = {name.lower(): value for name, value in vector["request"]["headers"]}
    if "content-length" in headers:
        return body[: int(headers["content-length"])]
    if not vector["options"].get("raw_http_chunked_body"):
        return body
    found = b""
    while body:
        line, _, body = body.partition(b"\r\n")
        size = int(line, 16)
        found, body = found + body[:size], body[size + 2 :]
    return found
