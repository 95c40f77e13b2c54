"""Amounts as people write them: 50/s, 10MB/s, requests=50 bytes=10MB concurrency=20."""

import re
from typing import Final

from storage.errors import InvalidArgument
from storage.limits import NO_LIMIT, OF_ADDRESS, Limit, check

_COUNT: Final = re.compile(r"([0-9]{1,15})(?:/s)?\Z", re.ASCII)
_BYTES: Final = re.compile(r"([0-9]{1,15})([kKMGTP]?)(i?)B?(?:/s)?\Z", re.ASCII)
_POWERS: Final = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}
NONE: Final = "none"


def count(text: str) -> int:
    """A whole number, as 50 or 50/s.

    Raises:
        ValueError: the rest of a sentence that begins with the text
    """
    found = _COUNT.match(text)
    if found is None:
        raise ValueError("not a whole number")
    return int(found[1])


def size(text: str) -> int:
    """Bytes, as 5000, 10MB, 2GiB, 1MB/s: thousands, or with an i 1024.

    Raises:
        ValueError
    """
    found = _BYTES.match(text)
    if found is None or (found[3] and not found[2]):
        raise ValueError("not a number of bytes as 5000, 10MB, 2GiB")
    return int(found[1]) * int((1024 if found[3] else 1000) ** _POWERS[found[2]])


_PARTS: Final = {"requests": count, "bytes": size, "concurrency": count}


def limit(text: str) -> Limit:
    """Any of requests=N, bytes=SIZE and concurrency=N, with spaces between; or none.

    Raises:
        ValueError
    """
    if text == NONE:
        return NO_LIMIT
    found: dict[str, int] = {}
    for part in text.split():
        name, _, value = part.partition("=")
        if name not in _PARTS or name in found:
            raise ValueError(f"not {NONE}, nor some of requests=N bytes=SIZE concurrency=N")
        found[name] = _PARTS[name](value)
    made = Limit(**found)
    if made.is_none:
        raise ValueError(f"not {NONE}, nor some of requests=N bytes=SIZE concurrency=N")
    try:
        check(OF_ADDRESS, "any", made)
    except InvalidArgument as error:
        raise ValueError(f"too much: {error.message}") from None
    return made


def shown(found: Limit) -> str:
    """The same as text."""
    values = ((name, getattr(found, name)) for name in _PARTS)
    return " ".join(f"{name}={value}" for name, value in values if value) or NONE
