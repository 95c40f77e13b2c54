"""Amounts as people write them: 50/s, 10MB/s, 2GiB, 30d."""

import re
from typing import Final

from gateway.config import ConfigError

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
_COUNT: Final = re.compile(r"([0-9]{1,15})(?:/s)?\Z", re.ASCII)
_BYTES: Final = re.compile(r"([0-9]{1,15})([kKMGTP]?)(i?)B?(?:/s)?\Z", re.ASCII)
_POWERS: Final = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}


def seconds(option: str, text: str) -> int:
    """A duration in seconds; without a unit it is of seconds.

    Raises:
        ConfigError
    """
    found = _DURATION.match(text)
    if found is None or not int(found[1]):
        raise ConfigError(f"{option}: {text!r} is not a time as 90s, 15m, 12h, 30d")
    return int(found[1]) * _SECONDS[found[2]]


def count(option: str, text: str) -> int:
    """A whole number, as 50 or 50/s.

    Raises:
        ConfigError
    """
    found = _COUNT.match(text)
    if found is None:
        raise ConfigError(f"{option}: {text!r} is not a whole number")
    return int(found[1])


def size(option: str, text: str) -> int:
    """Bytes, as 5000, 10MB, 2GiB, 1MB/s: thousands, or with an i 1024.

    Raises:
        ConfigError
    """
    found = _BYTES.match(text)
    if found is None or (found[3] and not found[2]):
        raise ConfigError(f"{option}: {text!r} is not a number of bytes as 5000, 10MB, 2GiB")
    return int(found[1]) * int((1024 if found[3] else 1000) ** _POWERS[found[2]])
