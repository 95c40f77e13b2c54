"""What has to be true before a server starts, and whose store it is.

The object ``signet-store`` says to whom the contents belong: the sweeper of
another server would not know them.  An object is made twice under a condition
and removed, so that a store that ignores conditions, or credentials that may
not write, are found out before anything depends on them.
"""

from secrets import token_hex
from typing import Final

from storage.blob.cloud import naming
from storage.blob.cloud.calls import Calls
from storage.blob.cloud.failures import Absent, NoBucket, Refused, Taken
from storage.errors import FormatError, StorageError, StoreUnavailable

MARK_BYTES_MAX: Final = 100


async def check(calls: Calls, name: str, own: str, *, is_new: bool) -> None:
    """Check the store, and that it belongs to ``own``, or, to a new owner, that it may.

    ``name`` is how messages call it.

    Raises:
        FormatError, StoreUnavailable: one line that says what to do.
    """
    try:
        found = await _mark(calls)
        if found is None and not is_new:
            raise FormatError(
                f"{name} has no object {naming.MARK}, which it had: it is another place, or was "
                "emptied; name the right one, or restore it"
            )
        if found not in (None, own):
            raise _another(name)
        if is_new and await _has_blobs(calls):
            raise _another(name) if found is None else _no_metadata(name)
        await _probe(calls, name)
    except (StoreUnavailable, Absent) as error:
        raise _advised(error, name) from None


async def take(calls: Calls, name: str, own: str) -> None:
    """Write down whose it is; done again, nothing happens.

    Raises:
        FormatError, StoreUnavailable: one line that says what to do.
    """
    try:
        await calls.create(naming.MARK, f"{own}\n".encode(), own)
    except Taken:
        if await _mark(calls) != own:
            raise _another(name) from None
    except (StoreUnavailable, Absent) as error:
        raise _advised(error, name) from None


async def _mark(calls: Calls) -> str | None:
    try:
        got = await calls.get(naming.MARK, 0, MARK_BYTES_MAX)
    except Absent:
        return None
    return (await calls.whole(got, MARK_BYTES_MAX)).decode("ascii", "replace").strip()


async def _has_blobs(calls: Calls) -> bool:
    async for page in calls.list(None):
        if any(naming.read(found.name) is not None for found in page):
            return True
    return False


async def _probe(calls: Calls, name: str) -> None:
    probe = naming.PROBE + token_hex(8)
    await calls.create(probe, b"1", "")
    try:
        await calls.create(probe, b"2", "")
    except Taken:
        pass
    else:
        raise FormatError(
            f"{name} ignores conditions (If-None-Match) of writes: no contents would be safe "
            "there; use a store that heeds them"
        )
    finally:
        await calls.delete([probe])


def _another(name: str) -> FormatError:
    return FormatError(
        f"{name} holds the contents of another data directory: choose another bucket or prefix, "
        "or start with the data directory that they belong to"
    )


def _no_metadata(name: str) -> FormatError:
    return FormatError(
        f"{name} holds contents of this data directory, whose database is missing: restore it; a "
        "new one would not know the objects"
    )


def _advised(error: Exception, name: str) -> StorageError:
    advice = next((text for kind, text in _ADVICE if isinstance(error, kind)), "")
    return StoreUnavailable(f"{name}: {error}" + (f" ({advice})" if advice else ""))


_ADVICE: Final[tuple[tuple[type[Exception], str], ...]] = (
    (NoBucket, "make the bucket first, or mend its name"),
    (Absent, "is there such a bucket?"),
    (Refused, "give credentials that may list, read, write and delete there"),
)
