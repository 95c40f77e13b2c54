"""Bodies that are not chunked: an exact hash, or none."""

import hashlib

import pytest

from sigv4 import SigError
from sigv4.chunked import (
    ExactBody,
    UnsignedBody,
)
from tests.sigv4.chunks import TEXT
from tests.sigv4.signing import (
    body_refusal,
    by_header,
    run_body,
    upload,
)


def test_an_exact_body_is_what_was_hashed() -> None:
    body = ExactBody(hashlib.sha256(TEXT).hexdigest())
    assert run_body(body, [TEXT[:4], TEXT[4:]]) == (TEXT, {})


def test_a_hash_in_capitals_is_the_same_hash() -> None:
    """S3 was recorded to take it; what is signed is the text as it was sent."""
    digest = hashlib.sha256(TEXT).hexdigest().upper()
    request = by_header("PUT", payload=digest.encode())
    assert upload(request, TEXT) == (TEXT, {})
    error = body_refusal(request, b"other")
    assert dict(error.fields)["ClientComputedContentSHA256"] == digest


def test_another_body_than_was_hashed_names_both_hashes() -> None:
    claimed, computed = (hashlib.sha256(text).hexdigest() for text in (TEXT, b"other"))
    with pytest.raises(SigError) as caught:
        run_body(ExactBody(claimed), [b"other"])
    assert (caught.value.code, caught.value.status) == ("XAmzContentSHA256Mismatch", 400)
    assert caught.value.fields == (
        ("ClientComputedContentSHA256", claimed),
        ("S3ComputedContentSHA256", computed),
    )


def test_an_unsigned_body_is_passed_on_as_it_is() -> None:
    assert run_body(UnsignedBody(), [TEXT, b""]) == (TEXT, {})
