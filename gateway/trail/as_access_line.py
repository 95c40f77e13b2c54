"""Entries as lines of S3's server access log; made when somebody reads.

Source: User Guide, "Amazon S3 server access log format".
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from gateway.observe import access
from gateway.trail.entries import Entry
from gateway.trail.records import WEBSITE
from storage.changes import What

_AUTHENTICATION: Final = {"header": "AuthHeader", "query": "QueryString"}
_SIGNATURES: Final = {"HMAC-SHA1": "SigV2", "AWS4-HMAC-SHA256": "SigV4"}

# Of a bucket's owner and of who asks, canonical ids; the trail has accounts.
CanonicalId = Callable[[str], str]


def as_access_line(entry: Entry, canonical_id: CanonicalId) -> str | None:
    """The line of 27 fields; None of what is of no bucket, and of what the log does not hold."""
    told = entry.told
    if told is None or not told.bucket or entry.is_command:
        return None
    person, signed, asked, change = entry.person, entry.signed, entry.asked, entry.change
    is_one = change is not None and told.operation == "DeleteObjects"
    known = asked or (_DELETED if change is not None and change.what in _DELETIONS else _DONE)
    requester = None
    if person is not None and person.account and person.kind != "Anonymous":
        requester = canonical_id(person.account) if person.kind == "Account" else person.arn
    if person is not None and person.service:
        requester = "AmazonS3"
    cipher, version = told.tls or (None, None)
    algorithm = signed.algorithm if signed is not None else ""
    line = access.Entry(
        owner=canonical_id(told.owner) if told.owner else "-",
        bucket=told.bucket,
        time_ms=entry.at_ms,
        remote=told.remote,
        requester=requester,
        request_id=told.request_id or "-",
        method=told.method,
        operation="BATCH.DELETE.OBJECT" if is_one else told.operation,
        is_site=told.mark == WEBSITE,
        key=told.key if change is None or entry.key is None else change.key,
        target=b"" if is_one else told.target,
        status=known.status,
        error=known.error or None,
        sent=known.sent,
        object_size=known.size if change is None else change.size,
        total_ms=known.total_us // 1000 if asked is not None else None,
        own_ms=None,
        referer=told.referer,
        agent=told.agent,
        version_id=entry.version_id or None,
        host_id="-",
        signature=_SIGNATURES.get(algorithm, "SigV4A") if algorithm else None,
        cipher=cipher,
        authentication=_AUTHENTICATION.get(signed.where) if signed is not None else None,
        host=told.host,
        tls=version,
    )
    return access.line(line)


class _Outcome(NamedTuple):
    """Of a change, which is recorded before its answer: it was done."""

    status: int
    error: str = ""
    sent: int = 0
    size: int | None = None
    total_us: int = 0


_DONE: Final = _Outcome(200)
_DELETED: Final = _Outcome(204)
_DELETIONS: Final = frozenset(
    (What.MARKED, What.REMOVED, What.UPLOAD_ABORTED, What.DOCUMENT_REMOVED, What.BUCKET_DELETED)
)
