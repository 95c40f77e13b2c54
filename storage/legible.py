"""Rows that decode, and those that do not: what a check of damaged metadata looks through."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from storage import keys
from storage.blob import BUCKET_ID_BYTES
from storage.changes import decode_change
from storage.identity import legible as identities
from storage.limits import decode_limit
from storage.meta import Batch, MetaStore, Range, Row, Stamp
from storage.records import (
    UNDECODABLE,
    decode_account_quota,
    decode_bucket,
    decode_completed,
    decode_garbage,
    decode_gone,
    decode_name,
    decode_part,
    decode_reference,
    decode_segments,
    decode_upload,
    decode_version,
)

_COUNTER_BYTES: Final = 8
_TAG: Final = len(keys.bucket(bytes(BUCKET_ID_BYTES)))

_Decode = Callable[[bytes], Any]
_CONTROL: Final[Mapping[bytes, _Decode]] = {
    keys.NAMES: decode_name,
    keys.ACCOUNTS: decode_name,
    keys.GONE: decode_gone,
    keys.CONTROL_CHANGES: decode_change,
    keys.QUOTAS: decode_account_quota,
}
_DATA: Final[Mapping[bytes, _Decode]] = {
    b"": decode_bucket,
    b"o": decode_version,
    b"v": decode_version,
    b"s": decode_segments,
    b"r": decode_reference,
    b"u": decode_upload,
    b"p": decode_part,
    b"k": decode_completed,
    b"g": decode_garbage,
    b"c": decode_change,
}
TAGS: Final = (*filter(None, _DATA), b"#")  # of the rows that have something to decode
_ESCAPED: Final = (b"v", b"u")  # their keys begin with a key and its terminator


def is_legible(row: Row) -> bool:
    """Whether a row's key and value say what such a row says."""
    try:
        if row.key[:1] == keys.CONTROL:
            _read_control(row)
        else:
            _read_data(row)
    except (*UNDECODABLE, ValueError):
        return False
    return True


def _read_control(row: Row) -> None:
    kind = row.key[: len(keys.NAMES)]
    if kind in (keys.NAMES, keys.ACCOUNTS):
        row.key.decode()
    if kind == keys.IDENTITIES:
        identities.read(row.key, row.value)
    if kind == keys.LIMITS and row.key != keys.LIMITS_REVISION:
        row.key.decode()
        decode_limit(row.value)
    _CONTROL.get(kind, bytes)(row.value)


def _read_data(row: Row) -> None:
    tag = row.key[_TAG : _TAG + 1]
    if len(row.key) < _TAG:
        raise ValueError(row.key)
    if tag == b"#" or (tag == b"p" and keys.is_parts_counter(row.key)):
        if len(row.value) != _COUNTER_BYTES:
            raise ValueError(row.value)
        return
    if tag in _ESCAPED:
        keys.unescape(row.key[_TAG + 1 :])
    _DATA.get(tag, bytes)(row.value)


class Legible:
    """A store as if the rows that do not decode were not there."""

    def __init__(self, store: MetaStore) -> None:
        self._store = store

    @property
    def healthy(self) -> bool:
        """The store's."""
        return self._store.healthy

    @property
    def trouble(self) -> str | None:
        """The store's."""
        return self._store.trouble

    @property
    def staleness_s(self) -> float:
        """The store's."""
        return self._store.staleness_s

    async def get(self, key: bytes) -> Row | None:
        """The row, if it decodes."""
        row = await self._store.get(key)
        return row if row is not None and is_legible(row) else None

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        """Up to ``limit`` rows that decode; fewer only where there are no more."""
        found: list[Row] = []
        for start, end in ranges:
            after, left = start, limit - len(found)
            while left:
                rows = await self._store.scan([Range(after, end)], left)
                found += filter(is_legible, rows)
                if len(rows) < left:
                    break
                after, left = rows[-1].key + b"\x00", limit - len(found)
        return found

    def epoch(self, *, settings: bool = False) -> int:
        """The store's."""
        return self._store.epoch(settings=settings)

    async def commit(self, batch: Batch) -> Stamp:
        """Commit to the store."""
        return await self._store.commit(batch)

    async def close(self) -> None:
        """The store is its opener's to close."""
