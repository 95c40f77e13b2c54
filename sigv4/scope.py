"""Credential scopes and the dates beside them: parse, print, compare.

Python's parsers are more generous than the grammar (``int`` takes ``+60`` and
``６０``, ``strptime`` depends on the locale), so every field has its own rule.
"""

import re
from calendar import timegm
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final, NamedTuple

TERMINAL: Final = "aws4_request"

_TIMESTAMP: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z\Z")
_DATE: Final = re.compile(r"[0-9]{8}\Z")


class Scope(NamedTuple):
    """Where and on which day a signature is good."""

    date: str  # yyyymmdd
    region: str
    service: str
    names_region: bool = True  # not in Signature Version 4A: there ``region`` is a set of them

    def __str__(self) -> str:
        if self.names_region:
            return f"{self.date}/{self.region}/{self.service}/{TERMINAL}"
        return f"{self.date}/{self.service}/{TERMINAL}"


@lru_cache(maxsize=64)
def parse_timestamp(text: str) -> int | None:
    """``yyyymmddThhmmssZ`` as Unix seconds; None if it is no such instant."""
    found = _TIMESTAMP.match(text)
    if found is None:
        return None
    try:
        instant = datetime(*map(int, found.groups()), tzinfo=UTC)  # type: ignore[arg-type,misc]  # six integers
    except ValueError:
        return None
    return int(instant.timestamp())


def print_timestamp(seconds: int) -> str:
    """Unix seconds as ``yyyymmddThhmmssZ``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")


def print_iso(seconds: int) -> str:
    """Unix seconds as error documents show them: ``yyyy-mm-ddThh:mm:ssZ``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_http_date(text: str) -> int | None:
    """A Date header as Unix seconds; None if it is no date."""
    try:
        return timegm(parsedate_to_datetime(text).utctimetuple())
    except (ValueError, TypeError, OverflowError):
        return None


def is_date(text: str) -> bool:
    """Whether this has the form of a scope's date."""
    return _DATE.match(text) is not None
