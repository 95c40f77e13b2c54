"""What every backend checks of a batch before it looks at a row.  Pure."""

from typing import Final

from storage.meta import (
    BATCH_BYTES_MAX,
    BATCH_ROWS_MAX,
    COUNTER_MAX,
    KEY_BYTES_MAX,
    VALUE_BYTES_MAX,
    Batch,
    Delta,
)

STAMP_BYTES: Final = 8
_APPENDED_BYTES: Final = STAMP_BYTES + 2  # the stamp and the index within the batch


def check_batch(batch: Batch) -> None:
    """Refuse a batch that passes a limit of the port.

    Raises:
        ValueError: a limit is passed, or a key lies outside the partition.
    """
    rows = sum(
        len(part) for part in (batch.expect, batch.put, batch.delete, batch.add, batch.append)
    )
    if rows > BATCH_ROWS_MAX:
        raise ValueError(f"a batch of {rows} rows, more than {BATCH_ROWS_MAX}")
    size = 0
    for keys in (batch.expect, batch.put, batch.delete, batch.add):
        for key in keys:
            size += _check_key(batch, key, 0)
    for value in batch.put.values():
        size += _check_value(value)
    for prefix, value in batch.append:
        size += _check_key(batch, prefix, _APPENDED_BYTES) + _check_value(value)
    if size > BATCH_BYTES_MAX:
        raise ValueError(f"a batch of {size} bytes, more than {BATCH_BYTES_MAX}")
    if batch.put.keys() & batch.delete or batch.add.keys() & (batch.put.keys() | batch.delete):
        raise ValueError("a batch changes one key in two ways")


def _check_key(batch: Batch, key: bytes, more: int) -> int:
    if not key.startswith(batch.partition):
        raise ValueError(f"key {key!r} lies outside partition {batch.partition!r}")
    if len(key) + more > KEY_BYTES_MAX:
        raise ValueError(f"a key of {len(key)} bytes, more than {KEY_BYTES_MAX}")
    return len(key) + more


def _check_value(value: bytes) -> int:
    if len(value) > VALUE_BYTES_MAX:
        raise ValueError(f"a value of {len(value)} bytes, more than {VALUE_BYTES_MAX}")
    return len(value)


def appended_key(prefix: bytes, stamp: int, index: int) -> bytes:
    """Where the ``index``-th appended value of a commit goes."""
    return prefix + stamp.to_bytes(STAMP_BYTES, "big") + index.to_bytes(2, "big")


def counted(value: bytes | None, delta: Delta) -> bytes | None:
    """A counter's new value; None if it would pass its ceiling."""
    count = (int.from_bytes(value, "big", signed=True) if value else 0) + delta.by
    ceiling = COUNTER_MAX if delta.ceiling is None else delta.ceiling
    if delta.by > 0 and count > ceiling:
        return None
    return count.to_bytes(8, "big", signed=True)
