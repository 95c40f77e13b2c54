"""Published failures of other servers with chunks, trailers and hashes, each a test of ours."""

import hashlib
import re

from sigv4 import Request
from tests.sigv4.signing import (
    HOST,
    KEYS,
    MISMATCH,
    SIGNED,
    SIGNED_TRAILER,
    UNSIGNED_TRAILER,
    accept,
    body_refusal,
    by_header,
    by_url,
    edited,
    header,
    refused,
    streaming,
    upload,
    with_headers,
)

DATA = b"a" * 9000


def test_cve_2025_31489_an_unsigned_trailer_does_not_unsign_the_request() -> None:
    request, _ = streaming(UNSIGNED_TRAILER, [DATA])
    signature = header(request, b"authorization")[-64:]
    assert refused(edited(request, signature, b"0" * 64)) == MISMATCH
    assert (
        refused(edited(request, KEYS.access_key.encode(), b"AKIDOTHER"))[0] == "InvalidAccessKeyId"
    )


def test_minio_11801_no_chunk_passes_for_good_before_its_signature() -> None:
    request, pieces = streaming(SIGNED, [DATA, b"end"])
    assert body_refusal(request, b"".join(pieces).replace(b"end", b"End")).code == MISMATCH[0]


def test_minio_lax_mode_a_body_with_the_empty_hash_is_refused() -> None:
    assert body_refusal(by_header("PUT"), DATA).code == "XAmzContentSHA256Mismatch"
    assert upload(by_header("PUT"), b"") == (b"", {})


def test_an_unsigned_hash_of_the_body_is_ignored_and_hidden() -> None:
    """As recorded on S3: even STREAMING values; the body is then taken as it is."""
    for value in (b"STREAMING-UNSIGNED-PAYLOAD-TRAILER", b"0" * 64, b"junk"):
        request = with_headers(by_url("PUT"), [(b"x-amz-content-sha256", value)])
        assert b"x-amz-content-sha256" not in accept(request).headers
        assert upload(request, b"0\r\n\r\n") == (b"0\r\n\r\n", {})


def test_chimera_1056_chunks_may_not_change_places() -> None:
    request, pieces = streaming(SIGNED, [DATA, b"b" * 9000])
    assert body_refusal(request, b"".join([pieces[1], pieces[0], *pieces[2:]])).code == MISMATCH[0]


def test_chimera_1056_a_chunk_may_not_come_twice() -> None:
    request, pieces = streaming(SIGNED, [DATA, DATA, DATA], length=27_000)
    assert body_refusal(request, pieces[0] * 3 + b"".join(pieces[3:])).code == MISMATCH[0]


def test_chimera_1056_a_chunk_of_another_upload_does_not_fit() -> None:
    request, pieces = streaming(SIGNED, [DATA])
    _, others = streaming(SIGNED, [b"b" * 9000], length=9000)
    assert upload(request, b"".join(pieces))[0] == DATA
    assert body_refusal(request, others[0] + pieces[1]).code == MISMATCH[0]


def test_versitygw_1147_the_final_chunk_is_checked_too() -> None:
    request, pieces = streaming(SIGNED, [DATA])
    forged = re.sub(
        rb"0;chunk-signature=[0-9a-f]{64}", b"0;chunk-signature=" + b"0" * 64, pieces[1]
    )
    assert body_refusal(request, pieces[0] + forged).code == MISMATCH[0]
    assert body_refusal(request, pieces[0]).code == "IncompleteBody"
    request, pieces = streaming(SIGNED, [DATA, DATA], length=len(DATA))
    cut_short = pieces[0] + pieces[2] + pieces[3]
    assert body_refusal(request, cut_short).code == MISMATCH[0]


def test_anonymous_signed_chunks_are_refused_and_unsigned_ones_are_not() -> None:
    length = (b"x-amz-decoded-content-length", b"1")
    for mode in (SIGNED, SIGNED_TRAILER):
        request = Request("PUT", b"/bkt/key", [HOST, length, (b"x-amz-content-sha256", mode)])
        assert refused(request) == ("InvalidRequest", 400)
    unsigned = [HOST, length, (b"x-amz-content-sha256", UNSIGNED_TRAILER)]
    request = Request("PUT", b"/bkt/key", unsigned)
    assert upload(request, b"1\r\na\r\n0\r\n\r\n") == (b"a", {})
    hashed = (b"x-amz-content-sha256", hashlib.sha256(b"a").hexdigest().encode())
    assert body_refusal(Request("PUT", b"/b/k", [HOST, hashed]), b"b").code.startswith("XAmz")
