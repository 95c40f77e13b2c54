"""When a request or a URL is good, how its moment is written, and how long a URL may live."""

import pytest

from sigv4 import Request
from sigv4.presigned import EXPIRES_MAX_S
from sigv4.scope import parse_http_date, parse_timestamp, print_iso, print_timestamp
from tests.sigv4.signing import NOW, SIGNER, accept, by_header, by_url, edited, refusal, without


@pytest.mark.parametrize("after", [-900, 0, 60])
def test_a_url_within_its_time(after: int) -> None:
    assert accept(by_url(expires_s=60), now=NOW + after).expires_at == NOW + 60


def test_a_url_before_its_time() -> None:
    error = refusal(by_url(), now=NOW - 901)
    assert (error.code, error.message) == ("AccessDenied", "Request is not valid yet")


def test_a_url_after_its_time() -> None:
    error = refusal(by_url(expires_s=60), now=NOW + 61)
    assert (error.code, error.status, error.message) == ("AccessDenied", 403, "Request has expired")
    assert error.fields == (
        ("X-Amz-Expires", "60"),
        ("Expires", "2026-08-21T10:12:12Z"),
        ("ServerTime", "2026-08-21T10:12:13Z"),
    )


def test_expiry_is_found_before_a_wrong_key_or_signature() -> None:
    late = by_url(expires_s=60)
    for changed in (
        edited(late, b"AKIDEXAMPLE", b"OTHER"),
        edited(late, late.target[-64:], b"0" * 64),
    ):
        assert refusal(changed, now=NOW + 61).message == "Request has expired"


def test_a_skewed_request_names_both_times() -> None:
    error = refusal(by_header(), now=NOW + 901)
    assert error.fields == (
        ("RequestTime", "20260821T101112Z"),
        ("ServerTime", "2026-08-21T10:26:13Z"),
        ("MaxAllowedSkewMilliseconds", "900000"),
    )


def by_date_header(date: bytes) -> Request:
    """What botocore makes of a caller's own Date: signed instead of x-amz-date."""
    request = without(by_header(headers=[(b"Date", date)]), b"x-amz-date")
    signed = b"date;host;x-amz-content-sha256"
    return edited(request, b"date;host;x-amz-content-sha256;x-amz-date", signed)


@pytest.mark.parametrize(
    "date", [b"Fri, 21 Aug 2026 10:11:12 GMT", b"Fri, 21 Aug 2026 10:11:12 -0000"]
)
def test_a_date_header_stands_in_for_x_amz_date(date: bytes) -> None:
    error = refusal(by_date_header(date))
    assert error.code == "SignatureDoesNotMatch"  # its time was taken: the signature is another's
    assert "20260821T101112Z" in dict(error.fields)["StringToSign"]


@pytest.mark.parametrize("date", [b"", b"yesterday", b"Fri, 32 Aug 2026 10:11:12 GMT", b"\xb2"])
def test_no_date_is_refused(date: bytes) -> None:
    error = refusal(by_date_header(date))
    assert error.message == "AWS authentication requires a valid Date or x-amz-date header"
    assert (error.code, error.status) == ("AccessDenied", 403)


def test_times_are_printed_as_they_are_read() -> None:
    assert print_timestamp(NOW) == "20260821T101112Z"
    assert parse_timestamp("20260821T101112Z") == NOW
    assert parse_http_date("Fri, 21 Aug 2026 12:11:12 +0200") == NOW
    assert print_iso(NOW) == "2026-08-21T10:11:12Z"


@pytest.mark.parametrize("expires_s", [0, -1, EXPIRES_MAX_S + 1])
def test_a_url_that_s3_would_refuse_is_not_made(expires_s: int) -> None:
    with pytest.raises(ValueError, match="604800"):
        by_url(expires_s=expires_s)


def test_a_form_that_s3_would_refuse_is_not_made() -> None:
    for expires_s in (0, -1, 604_801):
        with pytest.raises(ValueError, match="604800"):
            SIGNER.post_form("bkt", "key", now=NOW, expires_s=expires_s)
    for expires_s in (1, 604_800):
        assert SIGNER.post_form("bkt", "key", now=NOW, expires_s=expires_s)["key"] == "key"


def test_the_shortest_url_is_made_and_taken() -> None:
    """S3 API Reference, "Using Query Parameters": the least value is 1 second."""
    request = by_url(expires_s=1)
    assert accept(request, now=NOW + 1).expires_at == NOW + 1
    assert refusal(request, now=NOW + 2).message == "Request has expired"


def test_the_longest_url_is_made_and_taken() -> None:
    request = by_url(expires_s=EXPIRES_MAX_S)
    assert accept(request, now=NOW + EXPIRES_MAX_S).expires_at == NOW + EXPIRES_MAX_S


def test_signing_is_deterministic() -> None:
    assert by_header() == by_header()
    assert by_url() == by_url()
    assert by_header(now=NOW + 1) != by_header()
