"""Amounts that are given to flags; what is none is told in a line that names the flag."""

import re
from collections.abc import Callable
from typing import Final

from gateway.config import ConfigError
from gateway.limits import amounts
from storage.limits import Limit

_DURATION: Final = re.compile(r"([0-9]{1,9})([smhdwy]?)\Z", re.ASCII)
_SECONDS: Final = {
    "": 1,
    "s": 1,
    "m": 60,
    "h": 3600,
    "d": 86_400,
    "w": 7 * 86_400,
    "y": 365 * 86_400,
}

Given = tuple[str, str | None]  # a flag, and what was given to it


def seconds(option: str, text: str) -> int:
    """A duration in seconds; without a unit it is of seconds.

    Raises:
        ConfigError
    """
    found = _DURATION.match(text)
    if found is None or not int(found[1]):
        raise ConfigError(f"{option}: {text!r} is not a time as 90s, 15m, 12h, 30d")
    return int(found[1]) * _SECONDS[found[2]]


def limit(requests: Given, size_: Given, concurrency: Given) -> Limit:
    """What three flags limit, each its name and its text; 0 is none of them, and not no limit.

    Raises:
        ConfigError
    """
    found = Limit(count(*requests), size(*size_), count(*concurrency))
    values = (found.requests, found.bytes, found.concurrency)
    for (option, text), value in zip((requests, size_, concurrency), values, strict=True):
        if text is not None and not value:
            raise ConfigError(f"{option}: {text!r} would be no limit; for none leave it out")
    return found


def count(option: str, text: str | None) -> int:
    """A whole number, as 50 or 50/s; 0 if it was not given.

    Raises:
        ConfigError
    """
    return _read(amounts.count, option, text)


def size(option: str, text: str | None) -> int:
    """Bytes, as 5000, 10MB, 2GiB, 1MB/s; 0 if it was not given.

    Raises:
        ConfigError
    """
    return _read(amounts.size, option, text)


def _read(read: Callable[[str], int], option: str, text: str | None) -> int:
    try:
        return 0 if text is None else read(text)
    except ValueError as error:
        raise ConfigError(f"{option}: {text!r} is {error}") from None
