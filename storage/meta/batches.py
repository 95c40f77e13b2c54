"""What every backend checks of a batch before it looks at a row.  Pure."""

from collections.abc import Sequence
from operator import methodcaller
from typing import Final

from storage.meta import (
    BATCH_BYTES_MAX,
    BATCH_ROWS_MAX,
    COUNTER_MAX,
    COUNTER_MIN,
    KEY_BYTES_MAX,
    SCAN_ROWS_MAX,
    VALUE_BYTES_MAX,
    Batch,
    Delta,
)

STAMP_BYTES: Final = 8
_INDEX_BYTES: Final = 2
_APPENDED_BYTES: Final = STAMP_BYTES + _INDEX_BYTES
_COUNTER_BYTES: Final = 8

assert BATCH_ROWS_MAX < 2 ** (8 * _INDEX_BYTES)


def check_batch(batch: Batch) -> int:
    """Its size in bytes, unless it passes a limit of the port.

    Raises:
        ValueError: a limit is passed, a key lies outside the partition, or one
            key is changed in two ways.
    """
    expect, put, delete, add = batch.expect, batch.put, batch.delete, batch.add
    rows = len(expect) + len(put) + len(delete) + len(add) + len(batch.append)
    if rows > BATCH_ROWS_MAX:
        raise ValueError(f"a batch of {rows} rows, more than {BATCH_ROWS_MAX}")
    partition = batch.partition
    # In C where it can be: each commit comes here.
    keys = (*expect, *put, *delete, *add)
    lengths = [*map(len, keys)]
    size = sum(lengths)
    if max(lengths, default=0) > KEY_BYTES_MAX or not all(
        map(methodcaller("startswith", partition), keys)
    ):
        raise _bad_key(batch, keys)
    lengths = [*map(len, put.values())]
    size += sum(lengths)
    if max(lengths, default=0) > VALUE_BYTES_MAX:
        raise _too_large(max(put.values(), key=len))
    for delta in add.values():
        if not COUNTER_MIN <= delta.by <= COUNTER_MAX:
            raise ValueError(f"a change of {delta.by} does not fit a counter")
    for prefix, value in batch.append:
        length = len(prefix) + _APPENDED_BYTES
        if length > KEY_BYTES_MAX or not prefix.startswith(partition):
            raise _bad_key(batch, (prefix,), _APPENDED_BYTES)
        if len(value) > VALUE_BYTES_MAX:
            raise _too_large(value)
        size += length + len(value)
    if size > BATCH_BYTES_MAX:
        raise ValueError(f"a batch of {size} bytes, more than {BATCH_BYTES_MAX}")
    if not (put.keys().isdisjoint(delete) and add.keys().isdisjoint((*put, *delete))):
        raise ValueError("a batch changes one key in two ways")
    if batch.routine and (partition in put or partition in delete):
        raise ValueError("a partition's own row is no routine")
    return size


def _bad_key(batch: Batch, keys: Sequence[bytes], more: int = 0) -> ValueError:
    """What is wrong with the first bad one; ``more`` bytes are put behind each."""
    for key in keys:
        if not key.startswith(batch.partition):
            return ValueError(f"key {key!r} lies outside partition {batch.partition!r}")
        if len(key) + more > KEY_BYTES_MAX:
            break
    return ValueError(f"a key of {len(key) + more} bytes, more than {KEY_BYTES_MAX}")


def _too_large(value: bytes) -> ValueError:
    return ValueError(f"a value of {len(value)} bytes, more than {VALUE_BYTES_MAX}")


def check_scan(limit: int) -> None:
    """Refuse a scan of more rows than a backend must be able to return.

    Raises:
        ValueError
    """
    if not 0 <= limit <= SCAN_ROWS_MAX:
        raise ValueError(f"a scan of {limit} rows, not 0 to {SCAN_ROWS_MAX}")


def appended_key(prefix: bytes, stamp: int, index: int) -> bytes:
    """Where the ``index``-th appended value of a commit goes."""
    return prefix + stamp.to_bytes(STAMP_BYTES, "big") + index.to_bytes(_INDEX_BYTES, "big")


def counted(value: bytes | None, delta: Delta) -> bytes | None:
    """A counter's new value; None if it would pass its ceiling.

    A counter at its least stays there: a decrease always succeeds.
    """
    count = (int.from_bytes(value, "big", signed=True) if value else 0) + delta.by
    ceiling = COUNTER_MAX if delta.ceiling is None else min(delta.ceiling, COUNTER_MAX)
    if delta.by > 0 and count > ceiling:
        return None
    return max(count, COUNTER_MIN).to_bytes(_COUNTER_BYTES, "big", signed=True)
