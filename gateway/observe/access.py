"""One line of a server access log: 27 fields, in S3's order and spelling.

What a client chose is written so that it cannot end a field or a line; what a
presigned URL is good for (its signature, its token) is not written.

Source: User Guide, "Amazon S3 server access log format".
"""

import re
import time
from typing import Final, NamedTuple
from urllib.parse import quote

from gateway.observe.refused import shown_target

# Not strftime's, which speaks the language of the machine.
_MONTHS: Final = ("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split(" ")  # noqa: SIM905
_NONE: Final = "-"
_UNSAFE: Final = re.compile(r'[\x00-\x1f"\x7f\\]')
_SPACES: Final = re.compile(r"[\x00-\x20\x7f]+")
_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_VERBS: Final = re.compile(r"(Get|Put|List|Delete|Create|Head|Update)(Bucket|Object)?")

# What the operation's name says it is about, by a part of the name; the first that fits.
_RESOURCES: Final = (
    ("DeleteObjects", "MULTI_OBJECT_DELETE"),
    ("UploadPart", "PART"),
    ("CreateMultipartUpload", "UPLOADS"),
    ("ListMultipartUploads", "UPLOADS"),
    ("MultipartUpload", "UPLOAD"),
    ("ListParts", "UPLOAD"),
    ("ListObjectVersions", "BUCKETVERSIONS"),
    ("ListObjects", "BUCKET"),
    ("ObjectTagging", "OBJECT_TAGGING"),
    ("ObjectLockConfiguration", "OBJECT_LOCK_CONFIGURATION"),
    ("Retention", "OBJECT_LOCK_RETENTION"),
    ("LegalHold", "OBJECT_LOCK_LEGALHOLD"),
    ("PolicyStatus", "POLICY_STATUS"),
    ("Policy", "BUCKETPOLICY"),
    ("Logging", "LOGGING_STATUS"),
    ("Lifecycle", "LIFECYCLE"),
    ("Notification", "NOTIFICATION"),
    ("Accelerate", "ACCELERATE"),
    ("Analytics", "ANALYTICS"),
    ("IntelligentTiering", "INTELLIGENT_TIERING"),
    ("Inventory", "INVENTORY"),
    ("Metrics", "METRICS"),
)
_WHOLE: Final = frozenset(
    (
        *("GetObject", "HeadObject", "PutObject", "DeleteObject", "CopyObject", "PostObject"),
        *("HeadBucket", "CreateBucket", "DeleteBucket"),
    )
)


class Entry(NamedTuple):
    """A request and what became of it; None and "" are what nobody can say."""

    owner: str  # canonical id of the bucket's
    bucket: str
    time_ms: int  # when it was received
    remote: str
    requester: str | None  # canonical id
    request_id: str
    method: str
    operation: str  # of S3's model, "" if it never became known; or as the log has it
    is_site: bool
    key: bytes | None
    target: bytes  # empty if it is no request of its own
    status: int
    error: str | None
    sent: int
    object_size: int | None
    total_ms: int | None
    own_ms: int | None  # of which not spent on sending
    referer: bytes
    agent: bytes
    version_id: str | None
    host_id: str
    signature: str | None  # SigV2, SigV4
    cipher: str | None
    authentication: str | None  # AuthHeader, QueryString
    host: str
    tls: str | None


def line(entry: Entry) -> str:
    """The line, without its end."""
    path = shown_target(entry.target).decode("latin-1")
    return " ".join(
        (
            entry.owner,
            entry.bucket,
            f"[{_time(entry.time_ms)}]",
            entry.remote or _NONE,
            entry.requester or _NONE,
            entry.request_id,
            operation_name(entry),
            _NONE if entry.key is None else quote(entry.key),
            _quoted(f"{entry.method} {_SPACES.sub('%20', path)} HTTP/1.1") if path else _NONE,
            str(entry.status),
            entry.error or _NONE,
            str(entry.sent) if entry.sent else _NONE,
            _NONE if entry.object_size is None else str(entry.object_size),
            _NONE if entry.total_ms is None else str(entry.total_ms),
            _NONE if entry.own_ms is None else str(entry.own_ms),
            _quoted(entry.referer.decode("latin-1")),
            _quoted(entry.agent.decode("latin-1")),
            entry.version_id or _NONE,
            entry.host_id,
            entry.signature or _NONE,
            entry.cipher or _NONE,
            entry.authentication or _NONE,
            _SPACES.sub("", _UNSAFE.sub("", entry.host)) or _NONE,
            entry.tls or _NONE,
            _NONE,  # access point ARN: there are none
            _NONE,  # whether an ACL was needed
            _NONE,  # the region that the request came from: only AWS knows of its own
        )
    )


def operation_name(entry: Entry) -> str:
    """REST.GET.OBJECT and the like."""
    if "." in entry.operation:
        return entry.operation
    if entry.is_site:
        return f"WEBSITE.{entry.method}.OBJECT"
    if entry.method == "OPTIONS":
        return "REST.OPTIONS.PREFLIGHT"
    copies = entry.operation in ("CopyObject", "UploadPartCopy")
    method = "COPY" if copies else _SPACES.sub("", _UNSAFE.sub("", entry.method))
    return f"REST.{method}.{_resource(entry)}"


def _resource(entry: Entry) -> str:
    name = entry.operation
    if not name or name in _WHOLE:
        return "OBJECT" if entry.key is not None or name == "PostObject" else "BUCKET"
    for part, resource in _RESOURCES:
        if part in name:
            return resource
    return "_".join(_WORDS.split(_VERBS.sub("", name, count=1))).upper()


def _time(milliseconds: int) -> str:
    then = time.gmtime(milliseconds // 1000)
    return time.strftime(f"%d/{_MONTHS[then.tm_mon - 1]}/%Y:%H:%M:%S +0000", then)


def _quoted(text: str) -> str:
    """A field in quotation marks; one within it would end it."""
    safe = _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", text)
    return f'"{safe or _NONE}"'
