"""Published vectors, every intermediate step; a failure names the step that is wrong."""

import hashlib
import re

import pytest

from sigv4 import (
    ECDSA_SHA256,
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
from sigv4.ecdsa import EcdsaKey
from sigv4.keys import ecdsa_key, sign, signing_key
from sigv4.v4a import derive
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

# Kinds that belong to what the signature issue adds: event streams.
LATER = {
    "event-stream",
}


SIGV4 = ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")


def named(*wanted: str) -> list[object]:
    return [
        pytest.param(vector, id=vector["name"])
        for algorithm in SIGV4
        for vector in of_kind(*wanted, algorithm=algorithm)
    ]


def test_every_kind_is_run_or_named_as_later() -> None:
    run = {
        "behaviour",  # test_behaviour.py
        "big-endian-add-one",
        "big-endian-compare",
        "canonical-query",
        "canonical-request",
        "chunked",
        "header-value",
        "key-derivation",
        "negative",
        "post-eval",  # test_vectors_forms.py
        "post-policy",
        "request-header",
        "request-query",
        "server",
        "sigv2",  # test_sigv2.py
        "stream",
        "string-to-sign",
        "uri-encode",
        "v4a-chunked-template",
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
    algorithm, scope = vector["algorithm"].encode(), scope_of(vector)
    text = string_to_sign(timestamp.encode(), str(scope).encode(), canonical, algorithm)
    assert text == to_bytes(expected["string_to_sign"])
    if algorithm == ECDSA_SHA256:
        key = pair_of(vector)
        for name in ("signature", "signature_in_signed_request"):
            assert key.verifies(text, expected.get(name, expected["signature"]).encode())
    else:
        made = sign(signing_key(vector["credentials"]["secret_access_key"], scope), text)
        assert made.decode() == expected["signature"]


def scope_of(vector: Vector) -> Scope:
    names_region = vector["algorithm"].encode() != ECDSA_SHA256
    return Scope(vector["timestamp"][:8], vector["region"], vector["service"], names_region)


def pair_of(vector: Vector) -> EcdsaKey:
    """The vector's pair of keys, which is the one that it says."""
    keys, expected = vector["credentials"], vector["expected"]
    pair = ecdsa_key(keys["access_key_id"], keys["secret_access_key"])
    assert pair.point() == tuple(int(expected[f"public_key_{axis}"], 16) for axis in "xy")
    if "private_key" in expected:
        assert pair.number == int(expected["private_key"], 16)
    if "counter" in expected:
        found = derive(keys["access_key_id"], keys["secret_access_key"])
        assert found == (pair.number, expected["counter"])
    return pair


@pytest.mark.parametrize("vector", named("key-derivation"))
def test_key_derivation(vector: Vector) -> None:
    if vector["algorithm"].encode() == ECDSA_SHA256:
        assert pair_of(vector).algorithm == ECDSA_SHA256
        return
    key = signing_key(vector["credentials"]["secret_access_key"], scope_of(vector))
    assert key.raw.hex() == vector["expected"]["signing_key"]


def verify(request: Request, vector: Vector, secrets: dict[str, str], now: int) -> Verified:
    request = request._replace(target=origin_form(request.target))
    region = vector["region"].partition(",")[0].replace("*", "us-east-1")  # a set, in 4A
    claim = read(request, now=now, regions=(region,), service=vector["service"])
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


@pytest.mark.parametrize(
    "vector",
    [
        pytest.param(vector, id=vector["name"])
        for algorithm in SIGV4
        for vector in of_kind("request-header", "request-query", algorithm=algorithm)
        if vector["service"] == "s3"
    ],
)
def test_what_is_published_for_s3_is_accepted(vector: Vector) -> None:
    keys = vector["credentials"]
    secrets = {keys["access_key_id"]: keys["secret_access_key"]}
    request, now = request_of(vector["signed_request"]), seconds(vector["timestamp"])
    if vector["options"]["payload_hash"].startswith("STREAMING-"):
        # Steps alone: what says that it is chunked has to say how long it is, too.
        with pytest.raises(SigError, match="MissingContentLength"):
            verify(request, vector, secrets, now)
        return
    assert verify(request, vector, secrets, now).access_key == keys["access_key_id"]


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
