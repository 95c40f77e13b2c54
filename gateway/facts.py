"""What condition keys are filled with, out of a request on its way through the pipeline.

Read only where a bucket has a policy.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gateway.iam.accounts import who_is
from gateway.iam.keys import Facts, Hold, Signature
from gateway.protocol import types as t
from gateway.protocol.scalars import read_time
from sigv4 import FormFile, Verified
from storage.copysource import parse_copy_source
from storage.errors import NoSuchUpload
from storage.retention import DAYS_PER_YEAR
from storage.tags import parse_tagging

if TYPE_CHECKING:
    from gateway.authority import Place
    from gateway.call import Call

_AUTH_TYPES: Final = {"header": "REST-HEADER", "query": "REST-QUERY-STRING", "form": "POST"}
_PARAMETERS: Final = (
    ("s3:prefix", "prefix"),
    ("s3:delimiter", "delimiter"),
    ("s3:max-keys", "max_keys"),
)
_CREATES: Final = {
    **dict.fromkeys(("PutObject", "PostObject", "CopyObject", "CompleteMultipartUpload"), "true"),
    **dict.fromkeys(("CreateMultipartUpload", "UploadPart", "UploadPartCopy"), "false"),
}


_OF_ANY_OPERATION: Final = frozenset((b"referer", b"user-agent", b"x-amz-content-sha256"))
_GO_ON: Final = frozenset(("UploadPart", "UploadPartCopy", "CompleteMultipartUpload"))


def of(call: "Call") -> Facts:
    """What stays the same, whatever of a request is decided."""
    assert call.verified is not None, "set by the pipeline"
    known = of_caller(call)
    known.tls_version = call.tls_version
    known.region = call.services.region
    known.signature = _signature(call, call.verified)
    return known


def of_caller(call: "Call") -> Facts:
    """The same of whoever asks, when and from where."""
    principal = call.principal
    return Facts(
        who=who_is(principal),
        session=None if principal is None else principal.session,
        principal_tags=None if principal is None else principal.tags,
        remote=call.remote,
        secure=call.secure,
        now_ms=call.services.clock.now_ms(),
    )


def headers(call: "Call", ask: Any) -> dict[bytes, bytes]:
    """The headers that policies see: those that the operation reads, by its model.

    Any other has no effect, and must not let anybody in.  Of one key among many to delete
    it is the key's own condition.
    """
    known = call.services.plans.by_name[call.operation].headers
    found = {
        name: value
        for name, value in call.headers.items()
        if name in known or name in _OF_ANY_OPERATION
    }
    etag = getattr(ask, "etag", None) if call.operation == "DeleteObjects" else None
    if etag is not None:
        found[b"if-match"] = etag.encode()
    return found


async def begun_with(call: "Call", place: "Place", ask: Any) -> dict[bytes, bytes]:
    """What the request that began an upload said of encryption, for those that go on with it.

    They cannot say it again, and are let in by policies that ask for it: Mountpoint for
    Amazon S3, which uploads in parts, tests that against S3 (write_with_sse_settings_test).
    """
    if call.operation not in _GO_ON or place.bucket is None or place.key is None:
        return {}
    try:
        asked = await call.services.uploads.asked(place.bucket, place.key, ask.upload_id)
    except NoSuchUpload:
        return {}
    return {name.encode(): text.encode() for name, text in asked.items()}


def parameters(operation: str, ask: Any, version_id: str | None) -> Mapping[str, str]:
    """What stands in the query, by condition key."""
    found = {
        key: str(value)
        for key, attribute in _PARAMETERS
        if (value := getattr(ask, attribute, None)) is not None
    }
    if version_id is not None:
        found["s3:versionid"] = version_id
    if operation in _CREATES:
        found["s3:objectcreationoperation"] = _CREATES[operation]
    return found


def copy_source(ask: Any) -> str | None:
    """What is copied, decoded: however a client spells it, a policy sees one name.

    Raises:
        InvalidArgument, KeyTooLong, NotImplementedHere
    """
    header = getattr(ask, "copy_source", None)
    if header is None:
        return None
    named = parse_copy_source(header)
    return f"{named.bucket}/{named.key.decode()}"


def request_tags(ask: Any) -> Mapping[str, str] | None:
    """The tags that an object is to have, as far as the request says it.

    A copy has its source's unless they are replaced, whatever it sends beside: those
    are asked for once the source is known (``operations.copies``).

    Raises:
        InvalidTag, TooManyTags, InvalidArgument
    """
    if getattr(ask, "tagging_directive", "REPLACE") != "REPLACE":
        return None
    given = getattr(ask, "tagging", None)
    if isinstance(given, t.Tagging):
        return {tag.key or "": tag.value or "" for tag in given.tag_set or ()}
    return parse_tagging(given) if given else None


def of_new_bucket(ask: Any) -> Mapping[str, str]:
    """What a bucket is to be, by condition key."""
    wanted = getattr(ask, "create_bucket_configuration", None)
    constraint = getattr(wanted, "location_constraint", None)
    return {} if constraint is None else {"s3:locationconstraint": constraint}


def bucket_tags(ask: Any) -> Mapping[str, str] | None:
    """The tags that a bucket is to have."""
    wanted = getattr(ask, "create_bucket_configuration", None)
    given = getattr(wanted, "tags", None)
    return {tag.key or "": tag.value or "" for tag in given} if given else None


def hold(ask: Any) -> Hold:
    """What is to keep a version from being deleted."""
    retention = getattr(ask, "retention", None)
    legal = getattr(ask, "legal_hold", None)
    if retention is not None:
        duration = retention.event_hold_duration
        return Hold(
            retention.mode,
            retention.retain_until_date,
            event_hold=retention.event_hold,
            event_days=_days(duration.days, duration.years) if duration is not None else None,
        )
    if legal is not None:
        return Hold(legal_hold=legal.status)
    return Hold(
        getattr(ask, "object_lock_mode", None),
        getattr(ask, "object_lock_retain_until_date", None),
        getattr(ask, "object_lock_legal_hold_status", None),
        getattr(ask, "object_lock_event_hold", None),
        _days(
            getattr(ask, "object_lock_event_hold_duration_days", None),
            getattr(ask, "object_lock_event_hold_duration_years", None),
        ),
    )


def _days(days: int | None, years: int | None) -> int | None:
    """User Guide, "Object Lock considerations": a policy sees years as days."""
    return days if years is None else (days or 0) + years * DAYS_PER_YEAR


def _signature(call: "Call", verified: Verified) -> Signature:
    """Source: API Reference, "Signature Version 4 Authentication Specific Policy Keys"."""
    auth_type = _AUTH_TYPES.get(verified.location)
    if auth_type is None:
        return Signature()
    if verified.scope is None:
        return Signature(auth_type, "AWS")
    algorithm = "ECDSA-P256" if b"x-amz-region-set" in verified.headers else "HMAC"
    return Signature(auth_type, f"AWS4-{algorithm}-SHA256", _signed_ms(call, verified))


def _signed_ms(call: "Call", verified: Verified) -> int | None:
    if isinstance(verified.payload, FormFile):
        text = verified.payload.fields.get("x-amz-date")
    elif verified.location == "query":
        text = call.query.values.get("X-Amz-Date")
    else:
        raw = verified.headers.get(b"x-amz-date", verified.headers.get(b"date"))
        text = None if raw is None else raw.decode("latin-1")
    return None if text is None else read_time(text)
