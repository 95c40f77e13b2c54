"""What a check of a data directory can find, and its report."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What can be wrong."""

    MISSING = "missing content"  # a version or a part names a content that is not there
    DAMAGED = "damaged content"  # it is there, but shorter or of another hash
    KEYLESS = "content whose key is not there"  # it may be whole: bring the key back
    ORPHAN = "unnamed blob"  # nothing names it
    FOREIGN = "blob of no bucket"  # that the database knows, or knew: was it replaced?
    LEAKED = "unnamed content"  # counted, but no version names it
    MISCOUNTED = "wrong count"  # of a content's names
    USAGE = "wrong usage"  # of a bucket's bytes or objects
    GRANT = "wrong grant"  # of a bucket: it may hold more than its account's quota knows of
    ILLEGIBLE = "row that does not decode"
    LOST = "bucket without its row"  # made anew of its name
    NAME = "dangling name"  # of a bucket that has no row
    UNLISTED = "wrong list of buckets"  # an account's list and the names differ
    NAMELESS = "bucket without its name"
    ROWLESS = "rows of no bucket"  # the bucket's own row is lost
    STRAY = "stray file"  # among the blobs, and none


class Finding(NamedTuple):
    """One thing that is wrong."""

    kind: Kind
    bucket: str
    what: str
    repaired: bool = False
    kept: str | None = None  # where the remains of what was taken out are


@dataclass(slots=True)
class Report:
    """What was looked at and what was found."""

    buckets: int = 0
    versions: int = 0
    blobs: int = 0
    bytes: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(
        self,
        kind: Kind,
        bucket: str,
        what: str,
        *,
        repaired: bool = False,
        kept: str | None = None,
    ) -> None:
        """Note a finding."""
        self.findings.append(Finding(kind, bucket, what, repaired, kept))
