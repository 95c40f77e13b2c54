"""The parts of an object that was uploaded in parts, as reads and GetObjectAttributes tell of them.

Source: User Guide, "Checking object integrity", on part-level checksums; API
Reference, GetObjectAttributes; recordings of S3 of February 2026, LocalStack's
test_get_object_part_checksum and test_complete_multipart_parts_checksum_*.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.call import Call
from storage.checksums import ALGORITHMS, COMPOSITE
from storage.records import Checksum, ObjectVersion, Segment


class Part(NamedTuple):
    """Where a part of one content lies; an empty one is nowhere in particular."""

    content: bytes
    number: int
    offset: int
    size: int
    digest: bytes | None = None  # in the object's algorithm, where one was kept


async def parts_of(call: Call, found: ObjectVersion) -> Iterator[Part]:
    """All parts in order; an object that was not uploaded in parts has none.

    Raises:
        Conflict: the object was replaced meanwhile
    """
    if not found.parts_count:
        return iter(())
    segments = await call.services.objects.list_segments(call.bucket, call.key, found)
    return _parts(found, segments)


def _parts(found: ObjectVersion, segments: Sequence[Segment]) -> Iterator[Part]:
    offset, number = 0, 0
    for one in segments:
        number = one.number
        yield Part(found.content, number, offset, one.size, one.checksum)
        offset += one.size
    if found.parts_count > found.segment_count:
        # Only the last part may be empty, and then no segment tells of it.
        whole = found.checksum
        digest = ALGORITHMS[whole.algorithm].make().digest() if whole is not None else None
        yield Part(found.content, number + 1, offset, 0, digest)


def checksum_of(found: ObjectVersion, part: Part) -> Checksum | None:
    """A part's own checksum, where S3 tells it: where the object's is made of the parts'.

    A FULL_OBJECT checksum does away with those of the parts.
    """
    whole = found.checksum
    if whole is None or whole.type != COMPOSITE or part.digest is None:
        return None
    return Checksum(whole.algorithm, COMPOSITE, b64encode(part.digest).decode())
