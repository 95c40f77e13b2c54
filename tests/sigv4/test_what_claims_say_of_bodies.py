"""What a request may say of its body: its hash, its chunks, its trailers, or nothing."""

import pytest

from sigv4 import Chunked, Request, Unsigned
from tests.sigv4.signing import (
    EMPTY,
    HOST,
    SIGNED,
    UNSIGNED_TRAILER,
    accept,
    by_header,
    by_url,
    refusal,
    without,
)


@pytest.mark.parametrize(
    "value",
    [
        b"unsigned-payload",
        b"ungiltig",
        b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        EMPTY + b"0",
        b"STREAMING-AWS4-HMAC-SHA256-EVENTS",
        EMPTY + b"," + EMPTY,
        b"",
    ],
)
def test_a_value_that_promises_nothing_is_refused(value: bytes) -> None:
    error = refusal(by_header("PUT", payload=value))
    assert (error.code, error.status) == ("InvalidArgument", 400)
    assert error.fields == (
        ("ArgumentName", "x-amz-content-sha256"),
        ("ArgumentValue", value.decode()),
    )


def test_a_request_without_a_hash_is_refused() -> None:
    error = refusal(without(by_header(), b"x-amz-content-sha256"))
    assert error.message == "Missing required header for this request: x-amz-content-sha256"


@pytest.mark.parametrize("length", [None, b"", b"-1", b"+1", b"1_0", b"1.0", b"1" * 20, b"\xb2"])
def test_chunks_need_the_length_of_what_they_hold(length: bytes | None) -> None:
    headers = [] if length is None else [(b"x-amz-decoded-content-length", length)]
    error = refusal(by_header("PUT", headers=headers, payload=SIGNED))
    assert (error.code, error.status) == ("MissingContentLength", 411)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (b"x-amz-checksum-crc32", ("x-amz-checksum-crc32",)),
        (b"X-Amz-Checksum-CRC64NVME", ("x-amz-checksum-crc64nvme",)),
        (b"x-amz-checksum-crc32,", ("x-amz-checksum-crc32",)),
        (b"x-amz-checksum-crc32,,", ("x-amz-checksum-crc32",)),
        (None, ()),
    ],
)
def test_trailers_that_may_be_announced(value: bytes | None, names: tuple[str, ...]) -> None:
    headers = [(b"x-amz-decoded-content-length", b"0")]
    if value is not None:
        headers.append((b"x-amz-trailer", value))
    request = by_header("PUT", headers=headers, payload=UNSIGNED_TRAILER)
    assert accept(request).payload == Chunked(False, True, 0, names)


SEVERAL = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
UNSUPPORTED = "The value specified in the x-amz-trailer header is not supported"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b"", UNSUPPORTED),
        (b"foo", UNSUPPORTED),
        (b"x-amz-checksum-crc16", UNSUPPORTED),
        (b"x-amz-content-sha256", UNSUPPORTED),
        (b",x-amz-checksum-crc32", UNSUPPORTED),
        (b"x-amz-checksum-crc32, ,", UNSUPPORTED),
        (b"x-amz-checksum-crc32,x-amz-checksum-sha1", SEVERAL),
        (b"x-amz-checksum-crc32 , x-amz-checksum-sha1", SEVERAL),
        (b"x-amz-checksum-crc32,x-amz-checksum-crc32", SEVERAL),
    ],
)
def test_trailers_that_may_not_be_announced(value: bytes, message: str) -> None:
    headers = [(b"x-amz-decoded-content-length", b"0"), (b"x-amz-trailer", value)]
    error = refusal(by_header("PUT", headers=headers, payload=UNSIGNED_TRAILER))
    assert (error.code, error.message) == ("InvalidRequest", message)


def test_an_unsigned_payload_is_not_in_chunks() -> None:
    chunked = [(b"Content-Encoding", b"gzip,AWS-chunked")]
    error = refusal(by_header("PUT", headers=chunked, payload=None))
    assert error.message.startswith("aws-chunked encoding is not supported when")
    assert accept(by_url("PUT", headers=chunked)).payload == Unsigned()  # stored as it comes


def test_a_url_may_name_the_hash_of_its_body() -> None:
    """In a parameter, as aws-sdk-js-v3 does, or in a header that it signs."""
    digest = (b"x-amz-content-sha256", EMPTY)
    request = Request("PUT", b"/bkt/key?X-Amz-Content-Sha256=" + EMPTY, [HOST])
    for given in (request, Request("PUT", b"/bkt/key", [HOST, digest])):
        error = refusal(_presigned_blindly(given))
        canonical = dict(error.fields)["CanonicalRequest"]
        assert canonical.endswith("\n" + EMPTY.decode())


def _presigned_blindly(request: Request) -> Request:
    """With a signature of nothing: the answer shows what should have been signed."""
    names = b"%3B".join(sorted(name.lower() for name, _ in request.headers))
    url = by_url().target.partition(b"?")[2].replace(b"=host", b"=" + names)
    url = url[:-64] + b"0" * 64
    joint = b"&" if b"?" in request.target else b"?"
    return request._replace(target=request.target + joint + url)
