"""The Contents of a listing, written straight from the rows.

Nothing is written as often: a page has a thousand, and the way of all other documents, by an object
for each entry, takes three times as long.  A test holds the one against the other.

Source: API Reference, Object.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from gateway.protocol.scalars import iso_date
from gateway.protocol.types import Owner
from gateway.protocol.writers import Markup
from gateway.protocol.xml import escape, is_special
from storage.listing import Entry
from storage.records import ObjectVersion


def written(
    entries: Sequence[Entry[ObjectVersion]],
    *,
    shown: Callable[[str], str] | None = None,
    owner_of: Callable[[ObjectVersion], Owner] | None = None,
) -> Markup:
    """The entries as they stand in the document.

    ``shown`` is how a key is encoded, None if not at all; ``owner_of`` whose they are, None if
    that is not told.
    """
    pieces = []
    owners: dict[str, str] = {}
    owner = ""
    for raw, found in entries:
        key = raw.decode()
        if shown is not None:
            key = shown(key)
        if is_special(key):
            key = escape(key)
        etag = found.etag
        if is_special(etag):
            etag = escape(etag)
        storage_class = found.attributes.storage_class
        if is_special(storage_class):
            storage_class = escape(storage_class)
        checksum = found.checksum
        kind = "" if checksum is None else _kind(checksum.algorithm, checksum.type)
        if owner_of is not None:
            if found.owner not in owners:
                owners[found.owner] = _owner(owner_of(found))
            owner = owners[found.owner]
        pieces.append(
            f"<Contents><Key>{key}</Key><LastModified>{iso_date(found.modified_ms)}</LastModified>"
            f"<ETag>&quot;{etag}&quot;</ETag>{kind}<Size>{found.size}</Size>"
            f"<StorageClass>{storage_class}</StorageClass>{owner}</Contents>"
        )
    return Markup("".join(pieces))


def _owner(owner: Owner) -> str:
    name = owner.display_name
    shown = "" if name is None else f"<DisplayName>{escape(name)}</DisplayName>"
    return f"<Owner><ID>{escape(owner.id or '')}</ID>{shown}</Owner>"


@lru_cache(maxsize=64)
def _kind(algorithm: str, kind: str) -> str:
    """How a checksum is told, of which there are few kinds."""
    return (
        f"<ChecksumAlgorithm>{escape(algorithm)}</ChecksumAlgorithm>"
        f"<ChecksumType>{escape(kind)}</ChecksumType>"
    )
