"""Numbers, truths and times: strict in, S3's spelling out."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protocol.errors import ProtocolError
from gateway.protocol.scalars import (
    INTEGER_MAX,
    LONG_MAX,
    http_date,
    iso_date,
    read_boolean,
    read_integer,
    read_long,
    read_time,
    required_time,
)

_MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)).map(
    lambda one: one.replace(tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("-0", 0),
        ("-5", -5),
        ("007", 7),
        ("0" * 20 + "5", 5),
        (str(INTEGER_MAX), INTEGER_MAX),
        pytest.param("", None, id="empty is absent"),
    ],
)
def test_a_number_is_read(text: str, number: int | None) -> None:
    assert read_integer(text, "max-keys") == number


@pytest.mark.parametrize(
    "text",
    ["x", "+1", " 1", "1 ", "1_0", "0x1", "1.0", "１", "1\n", str(INTEGER_MAX + 1), "9" * 50],
)
def test_what_is_no_number_is_refused_in_s3s_words(text: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        read_integer(text, "max-keys")
    assert refusal.value.code == "InvalidArgument"
    assert refusal.value.message == "Provided max-keys not an integer or within integer range"
    assert refusal.value.fields == (("ArgumentName", "max-keys"), ("ArgumentValue", text))


def test_a_long_is_longer() -> None:
    assert read_long(str(LONG_MAX), "size") == LONG_MAX
    with pytest.raises(ProtocolError):
        read_long(str(LONG_MAX + 1), "size")


@pytest.mark.parametrize(("text", "truth"), [("true", True), ("False", False), (" TRUE ", True)])
def test_a_truth_is_read(text: str, truth: bool) -> None:
    assert read_boolean(text, "x") is truth


@pytest.mark.parametrize("text", ["", "1", "yes", "truee"])
def test_what_is_no_truth_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError, match="InvalidArgument"):
        read_boolean(text, "x")


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        # RFC 9110, section 5.6.7: one moment in three forms
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784111777000),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784111777000),
        ("Sun Nov  6 08:49:37 1994", 784111777000),
        # what clients send beside them
        ("Sun, 06 Nov 1994 08:49:37 +0000", 784111777000),
        ("Sun, 06 Nov 1994 10:49:37 +0200", 784111777000),
        ("1994-11-06T08:49:37Z", 784111777000),
        ("1994-11-06T08:49:37.250Z", 784111777250),
        ("1994-11-06T09:49:37+01:00", 784111777000),
        ("1994-11-06T08:49:37", 784111777000),
        ("1969-12-31T23:59:59.999Z", -1),
        pytest.param("", None, id="nothing"),
        pytest.param("yesterday", None, id="no date"),
        pytest.param("Sun, 31 Feb 2021 08:49:37 GMT", None, id="no such day"),
        pytest.param("Sun, 06 Foo 1994 08:49:37 GMT", None, id="no such month"),
        pytest.param("Sun, 06 Nov 1994 25:49:37 GMT", None, id="no such hour"),
        pytest.param("Sun, 06 Nov 1994 08:49:37 +9900", None, id="no such zone"),
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT x", None, id="more after it"),
        pytest.param("Mon, 01 Jan 0001 00:00:00 +2300", None, id="before year one"),
    ],
)
def test_a_time_is_read(text: str, milliseconds: int | None) -> None:
    assert read_time(text) == milliseconds


@given(st.text(max_size=40))
def test_no_text_makes_reading_a_time_fail(text: str) -> None:
    assert read_time(text) is None or isinstance(read_time(text), int)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("9999-12-31T23:59:59-23:59", id="after the year 9999"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 -2359", id="after it, in HTTP's form"),
        pytest.param("0001-01-01T00:00:00+23:59", id="before the year 1"),
        pytest.param("Mon, 01 Jan 0001 00:00:00 +0001", id="before it, in HTTP's form"),
    ],
)
def test_a_time_that_no_date_can_say_is_none(text: str) -> None:
    assert read_time(text) is None


@given(st.datetimes(), st.integers(-1439, 1439))
def test_what_was_read_as_a_time_can_be_printed(moment: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    found = read_time(moment.replace(tzinfo=zone).isoformat())
    if found is not None:
        assert read_time(http_date(found)) == found // 1000 * 1000
        assert read_time(iso_date(found)) == found


def test_a_time_that_means_something_must_be_one() -> None:
    with pytest.raises(ProtocolError, match="InvalidArgument"):
        required_time("tomorrow", "x-amz-object-lock-retain-until-date")


@given(_MOMENTS)
def test_a_time_comes_back_from_both_forms(moment: datetime) -> None:
    milliseconds = round(moment.replace(microsecond=0).timestamp()) * 1000
    assert http_date(milliseconds) == format_datetime(moment, usegmt=True)
    assert read_time(http_date(milliseconds)) == milliseconds
    assert iso_date(milliseconds + 7) == f"{moment:%Y-%m-%dT%H:%M:%S}.007Z"
    assert read_time(iso_date(milliseconds + 7)) == milliseconds + 7
