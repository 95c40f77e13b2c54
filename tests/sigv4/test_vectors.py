"""Published vectors, every intermediate step; a failure names the step that is wrong."""

import hashlib
import re

import pytest

from sigv4 import (
    Anonymous,
    KeyCache,
    Profile,
    Request,
    Scope,
    SigError,
    Verified,
    accept_anonymous,
    check,
    read,
)
from sigv4.canonical import (
    canonical_headers,
    canonical_path,
    canonical_query,
    canonical_request,
    fold_headers,
    origin_form,
    split_target,
    string_to_sign,
)
from sigv4.keys import sign, signing_key
from tests.sigv4.vectors import (
    Vector,
    body_of,
    kinds,
    need_vectors,
    of_kind,
    request_of,
    seconds,
    to_bytes,
)

need_vectors()

# Kinds that belong to what the signature issue adds: forms, 4A, SigV2, event streams.
LATER = {
    "big-endian-add-one",
    "big-endian-compare",
    "event-stream",
    "post-eval",
    "post-policy",
    "sigv2",
    "v4a-chunked-template",
}


def named(*wanted: str) -> list[object]:
    return [pytest.param(vector, id=vector["name"]) for vector in of_kind(*wanted)]


def test_every_kind_is_run_or_named_as_later() -> None:
    run = {
        "behaviour",  # test_behaviour.py
        "canonical-query",
        "canonical-request",
        "chunked",
        "header-value",
        "key-derivation",
        "negative",
        "request-header",
        "request-query",
        "server",
        "stream",
        "string-to-sign",
        "uri-encode",
        "wire-header",
        "wire-query",
    }
    assert kinds() == run | LATER


def signed_names(vector: Vector) -> list[bytes]:
    canonical = vector["expected"]["canonical_request"]
    return to_bytes(canonical.split("\n")[-2]).split(b";")


@pytest.mark.parametrize("vector", named("request-header", "request-query"))
def test_each_step_of_a_signature(vector: Vector) -> None:
    expected = vector["expected"]
    if "canonical_request" not in expected:
        pytest.fail("a vector without steps")
    options = vector["options"]
    signed = request_of(vector["signed_request"])
    target = signed.target
    if options.get("omit_session_token"):
        target = re.sub(rb"&X-Amz-Security-Token=[^&]*", b"", target)
    path, query = split_target(target)
    drop = b"X-Amz-Signature" if vector["kind"] == "request-query" else b""
    names = signed_names(vector)
    payload = to_bytes(expected["canonical_request"].rsplit("\n", 1)[1])
    profile = Profile(options["normalize_path"], options["double_encode"])
    canonical = canonical_request(
        signed.method,
        canonical_path(path, profile),
        canonical_query(query, drop=drop, stable=options.get("query_sort") == "name-stable"),
        canonical_headers(
            fold_headers(signed.headers),
            names,
            spaces_only=b"\xc2\xa0" in b"".join(value for _, value in signed.headers),
        ),
        names,
        payload,
    )
    assert canonical == to_bytes(expected["canonical_request"])
    timestamp = vector["timestamp"]
    scope = Scope(timestamp[:8], vector["region"], vector["service"])
    text = string_to_sign(timestamp.encode(), str(scope).encode(), canonical)
    assert text == to_bytes(expected["string_to_sign"])
    key = signing_key(vector["credentials"]["secret_access_key"], scope)
    assert sign(key, text).decode() == expected["signature"]


@pytest.mark.parametrize("vector", named("key-derivation"))
def test_key_derivation(vector: Vector) -> None:
    scope = Scope(vector["timestamp"][:8], vector["region"], vector["service"])
    key = signing_key(vector["credentials"]["secret_access_key"], scope)
    assert key.hex() == vector["expected"]["signing_key"]


def verify(request: Request, vector: Vector, secrets: dict[str, str], now: int) -> Verified:
    request = request._replace(target=origin_form(request.target))
    claim = read(request, now=now, regions=(vector["region"],), service=vector["service"])
    if isinstance(claim, Anonymous):
        return accept_anonymous(claim)
    return check(claim, secrets.get(claim.unverified_access_key), KeyCache())


@pytest.mark.parametrize("vector", named("wire-header", "wire-query"))
def test_what_real_clients_send_is_accepted(vector: Vector) -> None:
    request = request_of(vector["signed_request"])
    keys = vector["credentials"]
    now = seconds(vector["timestamp"])
    if vector["kind"] == "wire-header" and not any(
        name.lower() == b"x-amz-content-sha256" for name, _ in request.headers
    ):
        # curl before 8: S3 refuses it, and so do we.
        with pytest.raises(SigError, match="x-amz-content-sha256"):
            verify(request, vector, {keys["access_key_id"]: keys["secret_access_key"]}, now)
        return
    verified = verify(request, vector, {keys["access_key_id"]: keys["secret_access_key"]}, now)
    assert verified.access_key == keys["access_key_id"]


# What the content is worth is not the signature's to say.
CONTENT = {"neg/unsigned-trailer-checksum-mismatch"}


@pytest.mark.parametrize("vector", named("server"))
def test_a_server_accepts_and_refuses(vector: Vector) -> None:
    server, expected = vector["server"], vector["expected"]
    secrets = {k["access_key_id"]: k["secret_access_key"] for k in server["credentials"]}
    body = body_of(vector["request"])
    try:
        verified = verify(request_of(vector["request"]), vector, secrets, seconds(server["now"]))
        reader = verified.body()
        reader.feed(body)
        reader.finish()
        got: tuple[str | None, int] = (None, 200)
        if verified.access_key is None and server.get("anonymous") == "deny":
            got = ("AccessDenied", 403)
    except SigError as error:
        got = (error.code, error.status)
    assert got[1] < 500 or got[0] == "NotImplemented"
    if vector["name"] in CONTENT:
        assert got == (None, 200)
        return
    assert (got[0] is None) == expected["accept"], got
    if not expected["accept"] and expected["confidence"] == "aws-recorded":
        assert got == (expected["code"], expected["status"])


@pytest.mark.parametrize("vector", named("stream"))
def test_a_chunked_body_is_taken_apart(vector: Vector) -> None:
    signed = vector["signed_request"]
    keys = vector["credentials"]
    verified = verify(
        request_of(signed),
        vector,
        {keys["access_key_id"]: keys["secret_access_key"]},
        seconds(vector["timestamp"]),
    )
    body = body_of(signed)
    results = set()
    for step in (len(body) or 1, 1, 7, 4096):
        if len(body) // step > 100_000:
            continue
        reader = verified.body()
        found = hashlib.sha256()
        for start in range(0, len(body), step):
            for piece in reader.feed(body[start : start + step]):
                found.update(piece)
        trailers = tuple(sorted(reader.finish().items()))
        results.add((found.hexdigest(), trailers))
        verified = verify(
            request_of(signed),
            vector,
            {keys["access_key_id"]: keys["secret_access_key"]},
            seconds(vector["timestamp"]),
        )
    assert len(results) == 1
    expected = vector["expected"].get("decoded_sha256")
    if expected:
        assert results.pop()[0] == expected
