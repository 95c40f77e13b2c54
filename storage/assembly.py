"""Parts into an object: what CompleteMultipartUpload checks and makes.  Pure.

Source: API Reference, CompleteMultipartUpload; User Guide, "Amazon S3
multipart upload limits".
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from storage import keys, rows
from storage.checksums import COMPOSITE, FULL_OBJECT, combine
from storage.errors import ChecksumMismatch, EntityTooSmall, InvalidPart, InvalidRequest
from storage.etags import multipart_etag
from storage.integrity import DEFAULT_ALGORITHM
from storage.meta import ABSENT, Batch
from storage.records import (
    SEGMENTS_INLINE_MAX,
    SEGMENTS_PER_ROW,
    Checksum,
    Garbage,
    ObjectVersion,
    Part,
    Reference,
    Segment,
    SegmentRow,
    Upload,
    encode,
)
from storage.rows import BucketRef

PART_BYTES_MIN: Final = 5 * 1024**2  # of every part but the last


@dataclass(frozen=True, slots=True)
class Claimed:
    """A part as CompleteMultipartUpload lists it."""

    number: int
    etag: str  # without quotes
    checksums: Mapping[str, str] = field(default_factory=dict)  # by algorithm, base64


class Wanted(NamedTuple):
    """What CompleteMultipartUpload promises of the whole object."""

    checksum: tuple[str, str] | None = None  # algorithm, value
    checksum_type: str | None = None
    size: int | None = None  # x-amz-mp-object-size


class NumberedPart(NamedTuple):
    """A part and its number."""

    number: int
    part: Part


class Assembly(NamedTuple):
    """An object about to be made of parts."""

    draft: ObjectVersion
    segments: list[Segment]
    unused: list[Segment]


def assemble(
    upload_id: str,
    upload: Upload,
    stored: Sequence[NumberedPart],
    claimed: Sequence[Claimed],
    wanted: Wanted,
    content: bytes,
) -> Assembly:
    """The object that the claimed parts make.

    Raises:
        InvalidPart, EntityTooSmall, InvalidRequest, ChecksumMismatch
    """
    by_number = dict(stored)
    chosen = [_choose(upload_id, upload, by_number, claim) for claim in claimed]
    for claim, part in zip(claimed[:-1], chosen[:-1], strict=True):
        if part.size < PART_BYTES_MIN:
            raise EntityTooSmall(part.size, PART_BYTES_MIN, claim.number, claim.etag)
    size = sum(part.size for part in chosen)
    if wanted.size is not None and wanted.size != size:
        raise InvalidRequest(
            f"The provided 'x-amz-mp-object-size' header value {wanted.size} "
            f"does not match what was computed: {size}"
        )
    checksum = _whole_checksum(upload, chosen, wanted)
    segments = [
        Segment(
            part.segment.content,
            part.segment.size,
            claim.number,
            part.segment.inline,
            part.checksums.get(checksum.algorithm),
        )
        for claim, part in zip(claimed, chosen, strict=True)
        if part.segment is not None
    ]
    used = {claim.number for claim in claimed}
    unused = [p.segment for n, p in by_number.items() if n not in used and p.segment is not None]
    few = len(segments) <= SEGMENTS_INLINE_MAX
    draft = ObjectVersion(
        sequence=0,
        version_id="",
        modified_ms=0,
        size=size,
        etag=multipart_etag([bytes.fromhex(part.etag) for part in chosen]),
        owner=upload.owner,
        attributes=upload.attributes,
        checksum=checksum,
        content=content,
        segments=tuple(segments) if few else (),
        segment_count=len(segments),
        segment_rows=() if few else _row_offsets(segments),
        parts_count=len(chosen),
        encryption=upload.encryption,
    )
    return Assembly(draft, segments, unused)


def put_segments(batch: Batch, bucket: BucketRef, assembly: Assembly) -> None:
    """Add the rows of a long list of segments, and the content's first reference."""
    draft, segments = assembly.draft, assembly.segments
    if rows.has_reference(draft):
        reference = keys.reference(bucket.id, draft.content)
        batch.expect[reference] = ABSENT
        batch.put[reference] = encode(Reference(1))
    for number in range(len(draft.segment_rows)):
        first = number * SEGMENTS_PER_ROW
        row = SegmentRow(tuple(segments[first : first + SEGMENTS_PER_ROW]))
        batch.put[keys.segments(bucket.id, draft.content, first)] = encode(row)


def give_back(batch: Batch, bucket_id: bytes, segment: Segment) -> None:
    """Leave a part's content to the keeper, which deletes nothing that is counted."""
    if not segment.inline:
        batch.put[keys.reference(bucket_id, segment.content)] = encode(Reference(0))
    batch.append.append((keys.garbage(bucket_id), encode(garbage_of([segment]))))


def garbage_of(segments: Sequence[Segment], upload: bytes = b"") -> Garbage:
    """What is left of parts that no object took."""
    return Garbage(
        blobs=tuple(segment.content for segment in segments if not segment.inline),
        inlines=tuple(segment.content for segment in segments if segment.inline),
        upload=upload,
    )


def _choose(upload_id: str, upload: Upload, stored: Mapping[int, Part], claim: Claimed) -> Part:
    part = stored.get(claim.number)
    if part is None or part.etag != claim.etag:
        raise InvalidPart(upload_id, claim.number, claim.etag)
    expected = upload.checksum_algorithm
    for algorithm, value in claim.checksums.items():
        if expected and algorithm != expected:
            raise ChecksumMismatch(algorithm.lower(), claim.number)
        # Of an upload without an algorithm S3 knows no other checksum of a part than its own.
        known = (
            part.checksums.get(algorithm) if algorithm == (expected or DEFAULT_ALGORITHM) else None
        )
        if known is None or b64encode(known).decode() != value:
            raise InvalidPart(upload_id, claim.number, claim.etag)
    if upload.checksum_type == COMPOSITE and not claim.checksums:
        raise InvalidRequest(
            f"The upload was created using a {expected.lower()} checksum. "
            "The complete request must include the checksum for each part. "
            f"It was missing for part {claim.number} in the request."
        )
    return part


def _whole_checksum(upload: Upload, chosen: Sequence[Part], wanted: Wanted) -> Checksum:
    algorithm = upload.checksum_algorithm or DEFAULT_ALGORITHM
    kind = upload.checksum_type or FULL_OBJECT
    if wanted.checksum_type is not None and wanted.checksum_type != upload.checksum_type:
        raise InvalidRequest(
            f"The upload was created using the {upload.checksum_type or 'null'} checksum mode. "
            "The complete request must use the same checksum mode."
        )
    value = combine(algorithm, kind, [(part.checksums[algorithm], part.size) for part in chosen])
    claimed = wanted.checksum
    if claimed is not None and not upload.checksum_algorithm and claimed[0] != algorithm:
        claimed = None  # S3 passes over a checksum that the upload did not announce
    if claimed is not None and claimed != (algorithm, value):
        raise ChecksumMismatch(claimed[0].lower())
    return Checksum(algorithm, kind, value)


def _row_offsets(segments: Sequence[Segment]) -> tuple[int, ...]:
    offsets, position = [], 0
    for number, segment in enumerate(segments):
        if number % SEGMENTS_PER_ROW == 0:
            offsets.append(position)
        position += segment.size
    return tuple(offsets)
