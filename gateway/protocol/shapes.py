"""From the model's shapes to Python classes: names, types, and the generated module.

``python -m gateway.protocol generate`` writes ``types.py``: a class for each
structure that an implemented operation takes or gives.  Times are Unix
milliseconds, lists and structures None when absent.
"""

import keyword
import re
from collections.abc import Iterator
from typing import Final

from gateway.protocol.model import Model, Shape

_HUMP: Final = re.compile(r"(.)([A-Z][a-z]+)")
_STEP: Final = re.compile(r"([a-z0-9])([A-Z])")
_SCALARS: Final = {
    "string": "str",
    "character": "str",
    "integer": "int",
    "long": "int",
    "boolean": "bool",
    "timestamp": "int",
    "blob": "bytes",
    "double": "float",
    "float": "float",
}

# The operations whose inputs and outputs have generated classes: all but those left out for good.
OPERATIONS: Final = (
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CopyObject",
    "CreateBucket",
    "CreateMultipartUpload",
    "DeleteBucket",
    "DeleteBucketAnalyticsConfiguration",
    "DeleteBucketCors",
    "DeleteBucketEncryption",
    "DeleteBucketIntelligentTieringConfiguration",
    "DeleteBucketInventoryConfiguration",
    "DeleteBucketLifecycle",
    "DeleteBucketMetricsConfiguration",
    "DeleteBucketOwnershipControls",
    "DeleteBucketPolicy",
    "DeleteBucketReplication",
    "DeleteBucketTagging",
    "DeleteBucketWebsite",
    "DeleteObject",
    "DeleteObjectTagging",
    "DeleteObjects",
    "DeletePublicAccessBlock",
    "GetBucketAccelerateConfiguration",
    "GetBucketAcl",
    "GetBucketAnalyticsConfiguration",
    "GetBucketCors",
    "GetBucketEncryption",
    "GetBucketIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration",
    "GetBucketLifecycleConfiguration",
    "GetBucketLocation",
    "GetBucketLogging",
    "GetBucketMetricsConfiguration",
    "GetBucketNotificationConfiguration",
    "GetBucketOwnershipControls",
    "GetBucketPolicy",
    "GetBucketPolicyStatus",
    "GetBucketReplication",
    "GetBucketRequestPayment",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetBucketWebsite",
    "GetObject",
    "GetObjectAcl",
    "GetObjectAttributes",
    "GetObjectLegalHold",
    "GetObjectLockConfiguration",
    "GetObjectRetention",
    "GetObjectTagging",
    "GetPublicAccessBlock",
    "HeadBucket",
    "HeadObject",
    "ListBucketAnalyticsConfigurations",
    "ListBucketIntelligentTieringConfigurations",
    "ListBucketInventoryConfigurations",
    "ListBucketMetricsConfigurations",
    "ListBuckets",
    "ListMultipartUploads",
    "ListObjectVersions",
    "ListObjects",
    "ListObjectsV2",
    "ListParts",
    "PutBucketAccelerateConfiguration",
    "PutBucketAcl",
    "PutBucketAnalyticsConfiguration",
    "PutBucketCors",
    "PutBucketEncryption",
    "PutBucketIntelligentTieringConfiguration",
    "PutBucketInventoryConfiguration",
    "PutBucketLifecycleConfiguration",
    "PutBucketLogging",
    "PutBucketMetricsConfiguration",
    "PutBucketNotificationConfiguration",
    "PutBucketOwnershipControls",
    "PutBucketPolicy",
    "PutBucketReplication",
    "PutBucketRequestPayment",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutBucketWebsite",
    "PutObject",
    "PutObjectAcl",
    "PutObjectLegalHold",
    "PutObjectLockConfiguration",
    "PutObjectRetention",
    "PutObjectTagging",
    "PutPublicAccessBlock",
    "RestoreObject",
    "UpdateObjectEncryption",
    "UploadPart",
    "UploadPartCopy",
)


def attribute(member: str) -> str:
    """A member's name as a Python attribute: VersionId -> version_id, ETag -> etag."""
    name = _STEP.sub(r"\1_\2", _HUMP.sub(r"\1_\2", member)).lower()
    if keyword.iskeyword(name):
        return name + "_"  # And, of a filter
    return "etag" if name == "e_tag" else name


def is_streaming(shape: Shape, member: Shape, model: Model) -> bool:
    """Whether a member is a body that no class holds."""
    return bool(member.get("streaming") or model.shapes[member["shape"]].get("streaming")) or (
        shape.get("payload") is not None
        and model.shapes[member["shape"]]["type"] == "blob"
        and shape["members"].get(shape["payload"]) is member
    )


def _type_of(name: str, model: Model) -> str:
    shape = model.shapes[name]
    kind = shape["type"]
    if kind == "structure":
        return class_name(name)
    if kind == "list":
        return f"list[{_type_of(shape['member']['shape'], model)}]"
    if kind == "map":
        return "dict[str, str]"
    return _SCALARS[kind]


def class_name(shape: str) -> str:
    # `Object` and `Part` would be puzzling, and a shape may share Python's own names.
    return f"{shape}Shape" if shape in ("Object", "Error") else shape


def reachable(model: Model) -> list[str]:
    """The structures that the operations need, each after those it contains."""
    found: dict[str, None] = {}

    def visit(name: str) -> None:
        shape = model.shapes[name]
        if shape["type"] == "list":
            visit(shape["member"]["shape"])
        if shape["type"] != "structure" or name in found:
            return
        for member in shape["members"].values():
            visit(member["shape"])
        found[name] = None

    for operation in OPERATIONS:
        for side in ("input", "output"):
            reference = model.operations[operation].get(side)
            if reference:
                visit(reference["shape"])
    return list(found)


def generated_module(model: Model) -> str:
    """The text of ``types.py``, as the formatter leaves it."""
    return "\n".join(_lines(model)) + "\n"


def _lines(model: Model) -> Iterator[str]:
    yield '"""The structures of S3\'s model.  Generated: `python -m gateway.protocol generate`."""'
    yield ""
    yield "import msgspec"
    for name in reachable(model):
        shape = model.shapes[name]
        yield ""
        yield ""
        yield f"class {class_name(name)}(msgspec.Struct, kw_only=True):"
        yield f'    """S3\'s {name}."""'
        members = [
            (attribute(member), _type_of(definition["shape"], model))
            for member, definition in shape["members"].items()
            if not is_streaming(shape, definition, model)
        ]
        if members:
            yield ""
        for member, kind in members:
            yield f"    {member}: {kind} | None = None"


def names_of(model: Model, member: str, definition: Shape) -> tuple[str, str | None]:
    """The name of a member's element and, if it holds a list, of the elements within."""
    shape = model.shapes[definition["shape"]]
    tag = str(definition.get("locationName", member))
    if shape["type"] != "list":
        return tag, None
    item = shape["member"].get("locationName")
    if definition.get("flattened") or shape.get("flattened"):
        return str(definition.get("locationName", item or member)), None
    return tag, str(item or "member")
