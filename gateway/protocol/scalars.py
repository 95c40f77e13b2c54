"""Single values in and out: numbers, truths, times.  Strict in, S3's spelling out.

Times are Unix milliseconds.  Source: API Reference, "Common data types"; RFC 9110,
section 5.6.7.
"""

import re
from calendar import timegm
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from typing import Final

from gateway.protocol.errors import ProtocolError, invalid_argument

_INTEGER: Final = re.compile(r"-?[0-9]{1,19}\Z", re.ASCII)


def read_integer(text: str, name: str) -> int:
    """A whole number.

    Raises:
        ProtocolError: InvalidArgument
    """
    if not _INTEGER.match(text):
        raise invalid_argument(
            f"Provided {name} not an integer or within integer range", name, text
        )
    return int(text)


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


def read_time(text: str, _name: str) -> int | None:
    """An HTTP or ISO 8601 date; None if it is neither, for RFC 9110 has such ignored."""
    try:
        return timegm(parsedate_to_datetime(text).utctimetuple()) * 1000
    except (ValueError, TypeError, OverflowError):
        pass
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)


def required_time(text: str, name: str) -> int:
    """A date in a document, where it has to be one.

    Raises:
        ProtocolError: MalformedXML
    """
    found = read_time(text, name)
    if found is None:
        raise ProtocolError("MalformedXML")
    return found


@lru_cache(maxsize=4096)
def http_date(milliseconds: int) -> str:
    """A time as headers have it: whole seconds, RFC 9110."""
    return formatdate(milliseconds // 1000, usegmt=True)


@lru_cache(maxsize=4096)
def iso_date(milliseconds: int) -> str:
    """A time as documents have it: ``2026-11-21T00:00:00.000Z``."""
    instant = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def write_boolean(value: bool) -> str:
    """As XML and headers have it."""
    return "true" if value else "false"
