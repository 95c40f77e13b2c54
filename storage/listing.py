"""Pages of an ordered map: keys, and prefixes they share up to a delimiter.

The walk takes its scan as an argument.  A common prefix counts as one however
many keys lie beneath it, and is passed over with one seek.

Source: API Reference, ListObjectsV2, "CommonPrefixes", "MaxKeys".
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Generic, NamedTuple, TypeVar

MAX_KEYS: Final = 1000  # API Reference, ListObjectsV2

ROWS_FOR_A_SEEK: Final = 4  # a seek costs more than to read as many

Item = TypeVar("Item")


class Entry(NamedTuple, Generic[Item]):
    """Something with a place in the order of keys."""

    key: bytes
    item: Item


# The common prefix that a place lies under, if any.
Group = Callable[[bytes], bytes | None]


class Scanned(NamedTuple, Generic[Item]):
    """What a scan found: fewer entries than asked for mean there are no more, or a cut."""

    entries: Sequence[Entry[Item]]
    cut: bytes | None = None  # it looked long enough; what follows begins here


# From ``start`` on (included), up to ``limit`` entries.
Scan = Callable[[bytes, int], Awaitable[Scanned[Item]]]


@dataclass(slots=True)
class Page(Generic[Item]):
    """One page.  ``last`` is the last key or common prefix on it.

    A page that was ``cut`` goes on exactly there, wherever its last entry is.
    """

    entries: list[Entry[Item]] = field(default_factory=list)
    common_prefixes: list[bytes] = field(default_factory=list)
    is_truncated: bool = False
    last: bytes = b""
    cut: bytes | None = None

    def __len__(self) -> int:
        return len(self.entries) + len(self.common_prefixes)


def common_prefix(key: bytes, prefix: bytes, delimiter: bytes) -> bytes | None:
    """The part of ``key`` up to and with the first delimiter after ``prefix``."""
    if not delimiter:
        return None
    end = key.find(delimiter, len(prefix))
    return None if end < 0 else key[: end + len(delimiter)]


def after_prefix(prefix: bytes) -> bytes | None:
    """The first key that sorts after every key starting with ``prefix``; None if none can."""
    stripped = prefix.rstrip(b"\xff")
    return stripped[:-1] + bytes([stripped[-1] + 1]) if stripped else None


def resume(after: bytes, prefix: bytes, group: Group) -> bytes | None:
    """Where a page begins that follows ``after``, a key or a common prefix.

    A marker within a group that was shown passes over the whole group.
    """
    if not after:
        return b""
    found = group(after) if after.startswith(prefix) else None
    return after_prefix(found) if found is not None else after + b"\0"


async def list_page(
    scan: Scan[Item],
    *,
    prefix: bytes = b"",
    delimiter: bytes = b"",
    after: bytes = b"",
    max_keys: int = MAX_KEYS,
    group: Group | None = None,
    cut: bytes | None = None,
) -> Page[Item]:
    """One page of keys starting with ``prefix`` and sorting after ``after``.

    ``cut`` goes on with a page that was cut, whatever ``after`` says.

    ``group`` is given where a place is more than a key, so that a delimiter
    counts in the key alone.

    Where groups have few keys it reads on; after one of many it seeks past it and asks
    for two rows, and doubles while no other turns up: a page of 1,000 prefixes reads
    at most 3,000 rows, and a page of keys little more than itself.
    """
    page: Page[Item] = Page()
    is_plain = group is None and not delimiter
    if group is None:
        group = partial(common_prefix, prefix=prefix, delimiter=delimiter)
    begin = resume(after, prefix, group) if cut is None else cut
    if max_keys == 0 or begin is None:
        return page
    start: bytes | None = max(prefix, begin)
    asked = max_keys + 1
    while start is not None:
        wanted = min(asked, max_keys - len(page) + 1)
        rows, cut = await scan(start, wanted)
        start = None if len(rows) < wanted else rows[-1].key + b"\0"
        asked *= 2
        if is_plain and rows and rows[-1].key.startswith(prefix):
            # So do all of them, which are in order and begin with it at the earliest.
            if _show_all(page, rows, max_keys):
                return page
            groups = 0
        else:
            ended, groups, passed = _show(page, rows, prefix, group, max_keys)
            if ended:
                return page
        if groups:
            if groups * ROWS_FOR_A_SEEK < len(rows):
                asked = 2
            elif groups * 2 <= len(rows):
                asked = len(rows)
            if passed is None or rows[-1].key < passed:
                # The rows that follow may lie under the group: seek past it.
                start, cut = passed, None
        if cut is not None:
            page.is_truncated, page.cut = True, cut
            return page
    return page


def _show_all(page: Page[Item], rows: Sequence[Entry[Item]], max_keys: int) -> bool:
    """Put rows on a page without groups; whether it is full and there are more."""
    room = max_keys - len(page)
    page.entries += rows[:room]
    page.is_truncated = len(rows) > room
    page.last = page.entries[-1].key
    return page.is_truncated


def _show(
    page: Page[Item], rows: Sequence[Entry[Item]], prefix: bytes, group: Group, max_keys: int
) -> tuple[bool, int, bytes | None]:
    """Put rows on the page.

    Says whether they end it, how many groups they made, and where the last one ends: None if
    nothing can follow it.
    """
    groups, passed = 0, b""
    for row in rows:
        if row.key < passed:
            continue  # under the group that was shown last
        if not row.key.startswith(prefix):
            return True, groups, passed
        if len(page) == max_keys:
            page.is_truncated = True
            return True, groups, passed
        shared = group(row.key)
        if shared is None:
            page.entries.append(row)
            page.last = row.key
            continue
        page.common_prefixes.append(shared)
        page.last = shared
        groups += 1
        following = after_prefix(shared)
        if following is None:
            return False, groups, None
        passed = following
    return False, groups, passed
