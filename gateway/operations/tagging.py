"""GetObjectTagging, PutObjectTagging, DeleteObjectTagging."""

from typing import Final

from gateway.call import Call
from gateway.iam.permissions import needs
from gateway.operations.common import version_id
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from gateway.registry import operation
from storage.tags import check_tags

_GET: Final = needs("s3:GetObjectTagging", version=("s3:GetObjectVersionTagging",))
_PUT: Final = needs("s3:PutObjectTagging", version=("s3:PutObjectVersionTagging",))
_DELETE: Final = needs("s3:DeleteObjectTagging", version=("s3:DeleteObjectVersionTagging",))


@operation("GetObjectTagging", _GET)
async def get_object_tagging(
    call: Call, ask: t.GetObjectTaggingRequest
) -> t.GetObjectTaggingOutput:
    """Source: API Reference, GetObjectTagging."""
    found = await call.services.objects.stat(call.bucket, call.key, ask.version_id)
    tags = found.attributes.tags
    return t.GetObjectTaggingOutput(
        version_id=version_id(call, found),
        # S3 promises no order; by key, it is the same however the tags came.
        tag_set=[t.Tag(key=key, value=value) for key, value in sorted(tags.items())],
    )


@operation("PutObjectTagging", _PUT)
async def put_object_tagging(
    call: Call, ask: t.PutObjectTaggingRequest
) -> t.PutObjectTaggingOutput:
    """Source: API Reference, PutObjectTagging."""
    if ask.tagging is None or ask.tagging.tag_set is None:
        raise ProtocolError("MalformedXML")
    tags = check_tags((tag.key or "", tag.value or "") for tag in ask.tagging.tag_set)
    found = await call.services.objects.set_tags(call.bucket, call.key, ask.version_id, tags)
    return t.PutObjectTaggingOutput(version_id=version_id(call, found))


@operation("DeleteObjectTagging", _DELETE)
async def delete_object_tagging(
    call: Call, ask: t.DeleteObjectTaggingRequest
) -> t.DeleteObjectTaggingOutput:
    """Source: API Reference, DeleteObjectTagging."""
    found = await call.services.objects.set_tags(call.bucket, call.key, ask.version_id, {})
    return t.DeleteObjectTaggingOutput(version_id=version_id(call, found))
