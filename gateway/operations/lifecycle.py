"""A bucket's lifecycle: its document, and what answers tell of when objects expire.

Source: API Reference, PutBucketLifecycleConfiguration,
GetBucketLifecycleConfiguration, DeleteBucketLifecycle; of the headers:
PutObject, GetObject, CreateMultipartUpload, ListParts.
"""

import uuid
from base64 import b64encode
from typing import Any, Final
from urllib.parse import quote

from gateway.call import Call
from gateway.configurations import kept
from gateway.configurations.lifecycle import (
    DEFAULT_MINIMUM_SIZE,
    Kept,
    check,
    compile_rules,
    with_ids,
)
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from gateway.protocol.scalars import http_date
from gateway.registry import operation
from storage.aging import KIND
from storage.lifecycle import Due, Lifecycle
from storage.records import ObjectVersion

_LAST_MS: Final = 253_402_214_400_000  # midnight of 31 December 9999: later ones have no HTTP date
# What a header can carry of a rule's id within quotes; it is shown as it is, as S3 does, and
# escaped where it cannot be.
_AS_IT_IS: Final = "".join(map(chr, range(0x20, 0x7F))).translate({ord('"'): None, ord("%"): None})
_decode: Final = kept.decoder_of(Kept)


@operation("PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration")
async def put_bucket_lifecycle_configuration(
    call: Call, ask: t.PutBucketLifecycleConfigurationRequest
) -> t.PutBucketLifecycleConfigurationOutput:
    """Source: API Reference, PutBucketLifecycleConfiguration."""
    given = ask.lifecycle_configuration
    if given is None or not given.rules:
        raise ProtocolError("MalformedXML")
    check(given.rules, ask.transition_default_minimum_object_size)
    minimum = ask.transition_default_minimum_object_size or DEFAULT_MINIMUM_SIZE
    document = Kept(
        rules=with_ids(given.rules, _new_id), transition_default_minimum_object_size=minimum
    )
    await call.services.configurations.put(call.bucket, KIND, kept.encode(document))
    return t.PutBucketLifecycleConfigurationOutput(transition_default_minimum_object_size=minimum)


@operation("GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration")
async def get_bucket_lifecycle_configuration(call: Call, _ask: Any) -> Kept:
    """Source: API Reference, GetBucketLifecycleConfiguration."""
    found = await call.services.configurations.read(call.bucket, KIND)
    if found is None:
        name = call.bucket.record.name
        raise ProtocolError("NoSuchLifecycleConfiguration", BucketName=name)
    return _decode(found)


@operation("DeleteBucketLifecycle", "s3:PutLifecycleConfiguration")
async def delete_bucket_lifecycle(call: Call, _ask: Any) -> None:
    """Source: API Reference, DeleteBucketLifecycle."""
    await call.services.configurations.remove(call.bucket, KIND)


def _new_id() -> str:
    """Of the form that S3 gives a rule without one."""
    return b64encode(str(uuid.uuid4()).encode()).decode()


# What answers tell of it


def compile_document(document: bytes) -> Lifecycle:
    """What a document means by the calendar: answers tell dates, however short days are."""
    return compile_rules(_decode(document))


async def lifecycle_of(call: Call) -> Lifecycle | None:
    """The rules of the bucket addressed, None if it has none."""
    return await call.services.configurations.compiled(call.bucket, KIND, compile_document)


def has_lifecycle(call: Call) -> bool:
    """Whether the bucket addressed has rules: most have none, and pay for nothing else."""
    return KIND in call.bucket.record.documents


async def expiration_of(call: Call, version: ObjectVersion | None) -> str | None:
    """The x-amz-expiration of a version that is current; None if it does not expire."""
    if version is None or not has_lifecycle(call):
        return None
    rules = await lifecycle_of(call)
    return expiration(rules, call.key, version) if rules is not None else None


def expiration(rules: Lifecycle, key: bytes, version: ObjectVersion) -> str | None:
    """The same where the rules are at hand."""
    due = rules.expiry(key, version)
    if due is None:
        return None
    date = http_date(min(due.at_ms, _LAST_MS))
    return f'expiry-date="{date}", rule-id="{shown_id(due)}"'


async def abort_of(call: Call, initiated_ms: int) -> tuple[int | None, str | None]:
    """When an upload is aborted, and by which rule."""
    rules = await lifecycle_of(call) if has_lifecycle(call) else None
    due = rules.abort(call.key, initiated_ms) if rules is not None else None
    if due is None:
        return None, None
    return min(due.at_ms, _LAST_MS), shown_id(due)


def shown_id(due: Due) -> str:
    """A rule's id as a header has it."""
    return quote(due.rule_id, safe=_AS_IT_IS)
