"""Published vectors of single steps, and of what a signer must refuse or leave out."""

import base64
import hashlib
import re
from collections.abc import Sequence

import pytest

from sigv4 import ECDSA_SHA256, GENERIC, Chunked, Credentials, Profile, Request, Scope, Signer
from sigv4.canonical import canonical_headers as headers_for_signing
from sigv4.canonical import canonical_query, canonical_request, canonical_value, fold_headers
from sigv4.chunked import ChunkedBody, ChunkSigner
from sigv4.encoding import encode, encode_path
from sigv4.keys import HmacKey, sign, signing_key
from sigv4.sign import NEVER_SIGNED, encode_chunks
from sigv4.v4a import add_one, compare
from tests.sigv4.vectors import Vector, need_vectors, of_kind, request_of, seconds, to_bytes

need_vectors()


def named(kind: str, algorithm: str | None = None) -> Sequence[object]:
    found = [pytest.param(v, id=v["name"]) for v in of_kind(kind, algorithm=algorithm)]
    assert found, f"no vector of kind {kind}"
    return found


def scope_of(vector: Vector) -> Scope:
    return Scope(vector["timestamp"][:8], vector["region"], vector["service"])


def key_of(vector: Vector) -> HmacKey:
    return signing_key(vector["credentials"]["secret_access_key"], scope_of(vector))


@pytest.mark.parametrize("vector", named("canonical-query"))
def test_canonical_query(vector: Vector) -> None:
    found = canonical_query(to_bytes(vector["query"]))
    assert found.decode() == vector["expected"]["canonical_query"]


@pytest.mark.parametrize("vector", named("header-value"))
def test_header_value(vector: Vector) -> None:
    value = fold_headers([(b"a", to_bytes(vector["value"]))])[b"a"]
    assert canonical_value(value) == to_bytes(vector["expected"]["canonical_value"])
    assert canonical_value(value, spaces_only=True) == canonical_value(value)


@pytest.mark.parametrize("vector", named("uri-encode"))
def test_uri_encode(vector: Vector) -> None:
    escape = encode_path if vector["options"]["keep_slash"] else encode
    assert escape(to_bytes(vector["input"])).decode() == vector["expected"]["encoded"]


@pytest.mark.parametrize("vector", named("string-to-sign"))
def test_string_to_sign(vector: Vector) -> None:
    text = to_bytes(vector["expected"]["string_to_sign"])
    assert sign(key_of(vector), text).decode() == vector["expected"]["signature"]


@pytest.mark.parametrize("vector", named("canonical-request", "AWS4-HMAC-SHA256"))
def test_canonical_request(vector: Vector) -> None:
    options, expected = vector["options"], to_bytes(vector["expected"]["canonical_request"])
    request = request_of(vector["request"])
    headers = fold_headers(
        [
            *request.headers,
            *((to_bytes(n), to_bytes(v)) for n, v in options.get("added_headers") or ()),
        ]
    )
    excluded = {to_bytes(name) for name in options.get("excluded_headers") or ()}
    signed = sorted(headers.keys() - excluded - NEVER_SIGNED)
    if b"user-agent:" in expected:  # that client's choice
        signed.append(b"user-agent")
    found = canonical_request(
        request.method,
        request.target.partition(b"?")[0],
        canonical_query(request.target.partition(b"?")[2]),
        headers_for_signing(headers, signed),
        signed,
        expected.rpartition(b"\n")[2],
    )
    assert found == expected


@pytest.mark.parametrize("vector", named("negative"))
def test_a_signer_refuses_what_only_it_may_set(vector: Vector) -> None:
    keys = vector["credentials"]
    signer = Signer(
        Credentials(keys["access_key_id"], keys["secret_access_key"]),
        vector["region"],
        vector["service"],
        GENERIC,
    )
    request = request_of(vector["request"])
    now = seconds(vector["timestamp"])
    with pytest.raises(ValueError, match="only the signer"):
        signer.sign(request, now=now)
    with pytest.raises(ValueError, match="only the signer"):
        signer.presign(request, now=now, expires_s=60)


def chunk_data(chunk: dict[str, object]) -> bytes:
    repeat = chunk.get("data_repeat")
    if isinstance(repeat, dict):
        return bytes(repeat["byte"].encode() * repeat["count"])
    return base64.b64decode(str(chunk.get("data_b64") or ""))


@pytest.mark.parametrize("vector", named("chunked", "AWS4-HMAC-SHA256"))
def test_each_step_of_a_chunked_body(vector: Vector) -> None:
    expected = vector["expected"]
    seed = (vector.get("seed_signature") or expected.get("signature")).encode()
    place = (vector["timestamp"].encode(), str(scope_of(vector)).encode())
    signer = ChunkSigner(key_of(vector), *place, seed)
    chunks = [chunk_data(chunk) for chunk in expected["chunks"]]
    assert chunks.pop() == b""
    trailer = expected.get("trailer")
    pairs = _trailers_of(trailer)
    body = b"".join(encode_chunks(chunks, signer, pairs))
    signatures = [found.decode() for found in re.findall(rb"chunk-signature=([0-9a-f]{64})", body)]
    assert signatures == [chunk["signature"] for chunk in expected["chunks"]]
    if pairs is not None:
        assert f"x-amz-trailer-signature:{trailer['signature']}\r\n\r\n".encode() in body
    announced = tuple(name for name, _ in pairs or ())
    payload = Chunked(True, pairs is not None, sum(map(len, chunks)), announced)
    reader = ChunkedBody(payload, ChunkSigner(key_of(vector), *place, seed))
    assert b"".join(reader.feed(body)) == b"".join(chunks)
    assert reader.finish() == dict(pairs or ())


def _trailers_of(trailer: dict[str, object] | None) -> list[tuple[str, str]] | None:
    if trailer is None:
        return None
    headers = trailer.get("headers") or trailer.get("trailers")
    assert isinstance(headers, list)
    return [(name.lower(), value.strip()) for name, value in headers]


SET_BY_THE_SIGNER = {
    b"authorization",
    b"x-amz-content-sha256",
    b"x-amz-date",
    b"x-amz-security-token",
}


def plain_request(vector: Vector) -> Request:
    request = request_of(vector["request"])
    headers = [pair for pair in request.headers if pair[0].lower() not in SET_BY_THE_SIGNER]
    return request._replace(headers=headers)


def signs_what_we_sign(vector: Vector) -> bool:
    """Whether the vector's client signs the headers that ours does."""
    options = vector["options"]
    if options.get("omit_session_token") or options.get("query_sort"):
        return False
    names = {name.lower() for name, _ in plain_request(vector).headers} - NEVER_SIGNED
    names.add(b"x-amz-date")
    if vector["service"] == "s3":
        names.add(b"x-amz-content-sha256")
    if vector["credentials"].get("session_token"):
        names.add(b"x-amz-security-token")
    signed: str | None = vector["expected"].get("signed_headers")
    return signed == b";".join(sorted(names)).decode()


@pytest.mark.parametrize(
    "vector",
    [
        pytest.param(v, id=v["name"])
        for v in of_kind("request-header")
        if "authorization" in v["expected"] and signs_what_we_sign(v)
    ],
)
def test_the_signer_makes_the_published_signature(vector: Vector) -> None:
    keys, options = vector["credentials"], vector["options"]
    signer = Signer(
        Credentials(keys["access_key_id"], keys["secret_access_key"], keys.get("session_token")),
        vector["region"],
        vector["service"],
        Profile(options["normalize_path"], options["double_encode"]),
    )
    payload = to_bytes(vector["expected"]["canonical_request"].rpartition("\n")[2])
    added = signer.sign(plain_request(vector), now=seconds(vector["timestamp"]), payload=payload)
    made = dict(added)[b"authorization"].decode()
    # The documentation leaves out the spaces that its text asks for.
    assert made.replace(" ", "") == vector["expected"]["authorization"].replace(" ", "")


def test_most_header_vectors_can_be_signed() -> None:
    vectors = [v for v in of_kind("request-header") if "authorization" in v["expected"]]
    assert sum(map(signs_what_we_sign, vectors)) > len(vectors) / 2


@pytest.mark.parametrize("vector", named("big-endian-add-one"))
def test_big_endian_add_one(vector: Vector) -> None:
    found = add_one(bytes.fromhex(vector["input_hex"]))
    assert found.hex() == vector["expected"]["output_hex"]


@pytest.mark.parametrize("vector", named("big-endian-compare"))
def test_big_endian_compare(vector: Vector) -> None:
    left, right = bytes.fromhex(vector["lhs_hex"]), bytes.fromhex(vector["rhs_hex"])
    if vector["expected"]["error"]:
        with pytest.raises(ValueError, match="one length"):
            compare(left, right)
    else:
        assert compare(left, right) == vector["expected"]["result"]


@pytest.mark.parametrize("vector", named("v4a-chunked-template"))
def test_each_step_of_a_body_in_4a(vector: Vector) -> None:
    """The published steps leave out the signatures before, which were drawn."""
    keys, expected = vector["credentials"], vector["expected"]
    credentials = Credentials(keys["access_key_id"], keys["secret_access_key"])
    signer = Signer(credentials, vector["region_set"], algorithm=ECDSA_SHA256)
    now = seconds(vector["timestamp"])
    payload = vector["options"]["payload_hash"].encode()
    request = request_of(vector["request"])
    added = dict(signer.sign(request, now=now, payload=payload))
    with_added = [*request.headers, *added.items()]
    names = [line.partition(":")[0] for line in expected["canonical_request"].split("\n")[3:-3]]
    headers = headers_for_signing(fold_headers(with_added), [name.encode() for name in names])
    assert headers.decode() == "".join(
        line + "\n" for line in expected["canonical_request"].split("\n")[3:-3]
    )
    chunks = signer.chunk_signer(added[b"authorization"], now=now)
    steps = [
        *expected["chunks"],
        *([expected["trailer"]] if "trailer" in expected else ()),
    ]
    for step in steps:
        before = chunks.previous.decode()
        if "headers" in step:
            text = chunks.trailer_string([(name, value) for name, value in step["headers"]])
        else:
            text = chunks.chunk_string(hashlib.sha256(chunk_data(step)).hexdigest().encode())
        assert text.decode() == (
            step["string_to_sign_prefix"] + before + step["string_to_sign_suffix"]
        )
        assert len(chunks.sign(text)) == expected["chunk_signature_length"]
