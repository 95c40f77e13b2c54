"""Whole requests with the answers that were recorded on S3, as far as a signature decides them.

The rest of an answer (checksums, MD5, routing) is the gateway's; those requests
must be let through to it.
"""

import pytest

from sigv4 import Anonymous, Exact, KeyCache, SigError, Unsigned, Verified, check, read
from tests.sigv4.vectors import Vector, body_of, need_vectors, of_kind, request_of, seconds

need_vectors()

# What the layers above say of requests that this one finds right.
ABOVE = {
    "BadDigest",
    "InvalidDigest",
    "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
    "RANGE is not supported in Copy!",
    "The algorithm type you specified in x-amz-checksum- header is invalid.",
    "Value for x-amz-checksum-crc32 header is invalid.",
    "Value for x-amz-sdk-checksum-algorithm header is invalid.",
    "x-amz-sdk-checksum-algorithm specified, but no corresponding "
    "x-amz-checksum-* or x-amz-trailer headers were found.",
}
SEVERAL = "Expecting a single x-amz-checksum- header"
CARRIERS = ("V4AuthHeaders", "V4AuthQuery", "V2AuthQuery")
VECTORS = [v for v in of_kind("behaviour", algorithm=None) if v["auth"] in CARRIERS]


def verified(vector: Vector) -> Verified:
    keys = vector["credentials"]
    request = request_of(vector["request"])
    if vector["auth"].startswith("V2"):  # the recorder left it out: version 2 does not sign it
        request = request._replace(headers=[(b"Host", b"s3.example.com"), *request.headers])
    claim = read(
        request,
        now=seconds(vector["timestamp"]),
        regions=(vector["region"],),
        v2_bucket_of_host=lambda _host: None,
    )
    assert not isinstance(claim, Anonymous)
    assert claim.unverified_access_key == keys["access_key_id"]
    return check(claim, keys["secret_access_key"], KeyCache())


def wire_body(vector: Vector) -> bytes:
    """What HTTP would hand on: as much as Content-Length says, without HTTP's own chunks."""
    body = body_of(vector["request"])
    headers = {name.lower(): value for name, value in vector["request"]["headers"]}
    if "content-length" in headers:
        return body[: int(headers["content-length"])]
    if not vector["options"]["raw_http_chunked_body"]:
        return body
    found = b""
    while body:
        line, _, body = body.partition(b"\r\n")
        size = int(line, 16)
        found, body = found + body[:size], body[size + 2 :]
    return found


def outcome(vector: Vector) -> tuple[int, str | None, str]:
    try:
        accepted = verified(vector)
        if vector["request"]["method"] not in ("GET", "HEAD"):
            reader = accepted.body()
            reader.feed(wire_body(vector))
            reader.finish()
    except SigError as error:
        return error.status, error.code, error.message
    return 200, None, ""


def decided_above(vector: Vector) -> bool:
    expected = vector["expected"]
    text = expected["message_contains"] or ""
    if expected["status"] == 405 or expected["code"] in ABOVE or text in ABOVE:
        return True
    if text.startswith("Missing required header for this request: Content-MD5 OR"):
        return True
    headers = {name.lower(): value for name, value in vector["request"]["headers"]}
    chunked = headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
    if expected["code"] == "MissingContentLength":
        return not chunked
    if text.startswith(SEVERAL):
        return not chunked or "x-amz-trailer" not in headers
    return False


@pytest.mark.parametrize("vector", [pytest.param(v, id=v["name"]) for v in VECTORS])
def test_the_answer_is_the_one_that_was_recorded(vector: Vector) -> None:
    expected, (status, code, message) = vector["expected"], outcome(vector)
    if decided_above(vector):
        verified(vector)  # let through; its body may be wrong in more than one way
    elif expected["status"] is None:  # S3 failed with an error of its own on a negative size
        assert (status, code) == (400, "IncompleteBody")
    elif expected["code"] is None:  # HEAD has no document, success no code
        assert status == expected["status"], message
    else:
        assert (status, code) == (expected["status"], expected["code"])
        assert (expected["message_contains"] or "") in message


def test_all_carriers_are_among_the_recorded() -> None:
    assert {vector["auth"] for vector in VECTORS} == set(CARRIERS)
    kinds = {type(verified(vector).payload) for vector in VECTORS if outcome(vector)[0] == 200}
    assert kinds >= {Exact, Unsigned}
