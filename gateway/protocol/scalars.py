"""Single values in and out: numbers, truths, times.  Strict in, S3's spelling out.

Times are Unix milliseconds.  Source: API Reference, "Common data types"; RFC 9110,
section 5.6.7; RFC 3339.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from gateway.protocol.errors import invalid_argument

INTEGER_MAX: Final = 2**31 - 1  # S3 names this limit in its messages
LONG_MAX: Final = 2**63 - 1

_INTEGER: Final = re.compile(r"-?[0-9]{1,40}\Z", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
# What http_date can print: the years 1 to 9999.
_FIRST_MS: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
_LAST_MS: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
_DAY_S: Final = 24 * 60 * 60
_FRACTIONS: Final = tuple(f".{thousandth:03}Z" for thousandth in range(1000))
_MINUTES: Final = tuple(f"{hour:02}:{minute:02}:" for hour in range(24) for minute in range(60))

_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_MONTH: Final = {name: number for number, name in enumerate(_MONTHS, 1)}
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CLOCK: Final = r"(?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d)"
_ZONE: Final = r"(?P<zone>GMT|UTC|[+-]\d{4})"
_HTTP_DATES: Final = tuple(
    re.compile(form, re.ASCII)
    for form in (
        # RFC 9110: the preferred form (with RFC 5322's zones too), then the two obsolete ones
        rf"\w{{3}}, (?P<d>\d\d?) (?P<m>\w{{3}}) (?P<y>\d{{4}}) {_CLOCK} {_ZONE}\Z",
        rf"\w{{6,9}}, (?P<d>\d\d)-(?P<m>\w{{3}})-(?P<y>\d\d) {_CLOCK} GMT\Z",
        rf"\w{{3}} (?P<m>\w{{3}}) (?P<d>[ \d]\d) {_CLOCK} (?P<y>\d{{4}})\Z",
    )
)


def header_text(raw: bytes) -> str:
    """What the octets of a header say: UTF-8, which clients send, or else ISO-8859-1.

    RFC 9110, section 5.5, leaves it open; every value is text, so that what takes
    it in cannot be stopped by it later.
    """
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def read_integer(text: str, name: str, limit: int = INTEGER_MAX) -> int | None:
    """A whole number; None for an empty text, which S3 takes for an absent parameter.

    Raises:
        ProtocolError: InvalidArgument
    """
    if not text:
        return None
    value = int(text) if _INTEGER.match(text) else limit + 1
    if value > limit:
        raise invalid_argument(
            f"Provided {name} not an integer or within integer range", name, text
        )
    return value


def read_long(text: str, name: str) -> int | None:
    """A whole number of 64 bits.

    Raises:
        ProtocolError: InvalidArgument
    """
    return read_integer(text, name, LONG_MAX)


def read_boolean(text: str, name: str) -> bool:
    """``true`` or ``false``, in any case.

    Raises:
        ProtocolError: InvalidArgument
    """
    match text.strip().lower():
        case "true":
            return True
        case "false":
            return False
    raise invalid_argument(f"Provided {name} is neither true nor false", name, text)


def read_time(text: str, _name: str = "") -> int | None:
    """An HTTP or ISO 8601 date; None if it is neither, for RFC 9110 has such ignored.

    None too for a time that falls, in UTC, before the year 1 or after 9999: no date
    can be printed for it.
    """
    text = text.strip()
    for form in _HTTP_DATES:
        found = form.match(text)
        if found is not None:
            return _printable(_http_time(found))
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return _printable((moment - _EPOCH) // _MILLISECOND)
    except (ValueError, OverflowError):
        return None


def _printable(milliseconds: int | None) -> int | None:
    if milliseconds is None or not _FIRST_MS <= milliseconds <= _LAST_MS:
        return None
    return milliseconds


def _http_time(found: re.Match[str]) -> int | None:
    year = int(found["y"])
    if (
        len(found["y"]) == 2
    ):  # RFC 850's two digits: RFC 9110 takes the last such year not far ahead
        year += 2000 if year < 70 else 1900
    month = _MONTH.get(found["m"])
    zone = found.groupdict().get("zone", "GMT")
    if month is None:
        return None
    try:
        moment = datetime(
            year, month, int(found["d"]), int(found["H"]), int(found["M"]), int(found["S"]),
            tzinfo=UTC if zone in ("GMT", "UTC") else _offset(zone),
        )  # fmt: skip
        return (moment - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timezone:
    minutes = int(zone[1:3]) * 60 + int(zone[3:])
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))


def required_time(text: str, name: str) -> int:
    """A date that means something whatever it says: not one to ignore.

    Raises:
        ProtocolError: InvalidArgument
    """
    found = read_time(text)
    if found is None:
        raise invalid_argument(f"Provided {name} is not a valid date", name, text)
    return found


@lru_cache(maxsize=4096)
def http_date(milliseconds: int) -> str:
    """A time as headers have it: whole seconds, RFC 9110."""
    moment = _EPOCH + timedelta(seconds=milliseconds // 1000)
    return (
        f"{_DAYS[moment.weekday()]}, {moment.day:02} {_MONTHS[moment.month - 1]} {moment.year:04} "
        f"{moment.hour:02}:{moment.minute:02}:{moment.second:02} GMT"
    )


@lru_cache(maxsize=1024)
def _iso_day(day: int) -> str:
    return f"{(_EPOCH + timedelta(days=day)).date().isoformat()}T"


@lru_cache(maxsize=16384)
def _iso_second(second: int) -> str:
    day, rest = divmod(second, _DAY_S)
    minute, rest = divmod(rest, 60)
    return f"{_iso_day(day)}{_MINUTES[minute]}{rest:02}"


def iso_date(milliseconds: int) -> str:
    """A time as documents have it: ``2026-11-21T00:00:00.000Z``."""
    return _iso_second(milliseconds // 1000) + _FRACTIONS[milliseconds % 1000]


def write_boolean(value: bool) -> str:
    """As XML and headers have it."""
    return "true" if value else "false"
