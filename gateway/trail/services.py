"""What parts of the server do by themselves, as the trail has it: as services that AWS names.

Source: User Guide, "Amazon S3 server access log format", on S3.EXPIRE.OBJECT and
its like; "Lifecycle and logging".
"""

from typing import Final

from gateway.iam.acl import LOG_DELIVERY_SERVICE
from gateway.trail.records import Decided, Person, Told, encode_told
from storage.changes import Trace
from storage.deeds import Deed
from storage.lifecycle import Do
from storage.rows import BucketRef
from storage.seam import Clock

LIFECYCLE: Final = "lifecycle.s3.amazonaws.com"
_OPERATIONS: Final = {
    Do.EXPIRE: "S3.EXPIRE.OBJECT",
    Do.REMOVE: "S3.EXPIRE.OBJECT",
    Do.TRANSITION: "S3.TRANSITION.OBJECT",
    Do.ABORT: "S3.DELETE.UPLOAD",
}
_BY_DOCUMENT: Final = Decided(True, "bucket configuration")


class ByServices:
    """Traces of what nobody asked for just now."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def of_deed(self, deed: Deed) -> Trace:
        """The trace of what a lifecycle does."""
        return self.of(deed.bucket, deed.key, LIFECYCLE, _OPERATIONS[deed.action.do])

    def of_log(self, bucket: BucketRef, key: bytes) -> Trace:
        """The trace of an access log's delivery."""
        return self.of(bucket, key, LOG_DELIVERY_SERVICE, "PutObject")

    def of(self, bucket: BucketRef, key: bytes, service: str, operation: str) -> Trace:
        """The trace of a service."""

        def tell() -> bytes:
            return encode_told(
                Told(
                    at_ms=self._clock.now_ms(),
                    request_id="",
                    operation=operation,
                    method="",
                    target=b"",
                    host="",
                    remote="",
                    tls=None,
                    agent=b"",
                    referer=b"",
                    bucket=bucket.record.name,
                    owner=bucket.record.account,
                    key=key,
                    version_id=None,
                    person=Person("", "", "Service", "", "", "", service=service),
                    signed=None,
                    decided=_BY_DOCUMENT,
                )
            )

        return Trace(tell)
