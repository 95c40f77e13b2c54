"""What a commit makes of a version, and of what it deletes.  Pure."""

from typing import NamedTuple

import msgspec

from storage.records import ObjectVersion


class Deleted(NamedTuple):
    """What a delete did: the version it removed or the marker it added."""

    version_id: str | None  # as S3 shows it; None in a bucket that never had versioning
    delete_marker: bool


class Stamped(NamedTuple):
    """What a commit gives a version beside its content."""

    sequence: int
    version_id: str
    modified_ms: int

    def apply(self, draft: ObjectVersion) -> ObjectVersion:
        """The version as it will be stored."""
        return msgspec.structs.replace(
            draft,
            sequence=self.sequence,
            version_id=self.version_id,
            modified_ms=self.modified_ms,
        )
