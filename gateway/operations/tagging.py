"""GetObjectTagging, PutObjectTagging, DeleteObjectTagging."""

from gateway.call import Call
from gateway.operations.common import version_id
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from gateway.registry import operation
from storage.tags import check_tags


@operation("GetObjectTagging", "s3:GetObjectTagging")
async def get_object_tagging(
    call: Call, ask: t.GetObjectTaggingRequest
) -> t.GetObjectTaggingOutput:
    """Source: API Reference, GetObjectTagging."""
    found = await call.services.objects.stat(call.bucket, call.key, ask.version_id)
    tags = found.attributes.tags
    return t.GetObjectTaggingOutput(
        version_id=version_id(call, found),
        tag_set=[t.Tag(key=key, value=value) for key, value in tags.items()],
    )


@operation("PutObjectTagging", "s3:PutObjectTagging")
async def put_object_tagging(
    call: Call, ask: t.PutObjectTaggingRequest
) -> t.PutObjectTaggingOutput:
    """Source: API Reference, PutObjectTagging."""
    if ask.tagging is None or ask.tagging.tag_set is None:
        raise ProtocolError("MalformedXML")
    tags = check_tags((tag.key or "", tag.value or "") for tag in ask.tagging.tag_set)
    found = await call.services.objects.set_tags(call.bucket, call.key, ask.version_id, tags)
    return t.PutObjectTaggingOutput(version_id=version_id(call, found))


@operation("DeleteObjectTagging", "s3:DeleteObjectTagging")
async def delete_object_tagging(
    call: Call, ask: t.DeleteObjectTaggingRequest
) -> t.DeleteObjectTaggingOutput:
    """Source: API Reference, DeleteObjectTagging."""
    found = await call.services.objects.set_tags(call.bucket, call.key, ask.version_id, {})
    return t.DeleteObjectTaggingOutput(version_id=version_id(call, found))
