"""One batch inside a transaction: all checks, then all writes."""

import apsw

from storage.errors import Conflict, Exceeded
from storage.meta import ABSENT, Batch, Stamp
from storage.meta.batches import STAMP_BYTES, appended_key, counted
from storage.meta.sqlite.layout import DELETE, GET, PUT, IsLarge


def apply(connection: apsw.Connection, is_large: IsLarge, batch: Batch, stamp: int) -> Stamp:
    """Write ``batch`` as commit number ``stamp``; a refused one has written nothing.

    Raises:
        Conflict, Exceeded
        apsw.Error: the transaction must be rolled back.
    """
    for key, revision in batch.expect.items():
        row = connection.execute(GET[bool(is_large(key, key))], (key,)).fetchone()
        if (row[1] if row else ABSENT) != revision:
            raise Conflict
    puts = dict(batch.put)
    for key, delta in batch.add.items():
        row = connection.execute(GET[bool(is_large(key, key))], (key,)).fetchone()
        value = counted(row[0] if row else None, delta)
        if value is None:
            raise Exceeded
        puts[key] = value
    for key in batch.delete:
        connection.execute(DELETE[bool(is_large(key, key))], (key,))
    for index, (prefix, value) in enumerate(batch.append):
        puts[appended_key(prefix, stamp, index)] = value
    for key, value in puts.items():
        connection.execute(PUT[bool(is_large(key, key))], (key, value, stamp))
    return Stamp(stamp.to_bytes(STAMP_BYTES, "big"), dict.fromkeys(batch.put, stamp))


def gives_back(batch: Batch) -> bool:
    """Whether a batch on the whole takes no room: then it may use the reserve.

    What it leaves in a log of things to delete is the way to giving back more.
    """
    return len(batch.put) <= len(batch.delete) and all(
        delta.by <= 0 for delta in batch.add.values()
    )
