"""From what went wrong to S3's error: one table from class to code and fields.

A test walks the subclasses of StorageError and fails for one that is missing.
"""

import logging
from collections.abc import Callable
from typing import Final, NamedTuple

from gateway.exchange import BodyInterrupted
from gateway.protocol.errors import ERRORS, ProtocolError
from gateway.protocol.scalars import http_date
from sigv4 import SigError
from storage import errors as e

_log = logging.getLogger(__name__)


class Failure(NamedTuple):
    """An error answer, before it is written."""

    code: str
    status: int
    message: str
    fields: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[bytes, bytes], ...] = ()


Fields = Callable[..., dict[str, str]]


class _Spec(NamedTuple):
    code: str
    fields: Fields = lambda _: {}
    message: Callable[..., str] | None = None


_RETRY: Final = ((b"retry-after", b"1"),)
_NO_ROOM: Final = "SlowDown"

# Class -> code, further members, and S3's words where they are not the code's own.
STORAGE: Final[dict[type[Exception], _Spec]] = {
    e.Archived: _Spec(
        "InvalidObjectState",
        lambda x: {"StorageClass": x.storage_class},
        lambda x: x.message or ERRORS["InvalidObjectState"].message,
    ),
    e.BadDigest: _Spec(
        "BadDigest", lambda x: {"ExpectedDigest": x.expected, "CalculatedDigest": x.calculated}
    ),
    e.BucketAlreadyExists: _Spec("BucketAlreadyExists", lambda x: {"BucketName": x.bucket}),
    e.BucketAlreadyOwnedByYou: _Spec("BucketAlreadyOwnedByYou", lambda x: {"BucketName": x.bucket}),
    e.BucketNotEmpty: _Spec("BucketNotEmpty", lambda x: {"BucketName": x.bucket}),
    e.Busy: _Spec("SlowDown"),
    e.Rejudge: _Spec("SlowDown"),
    e.ChecksumMismatch: _Spec(
        "BadDigest",
        message=lambda x: (
            f"The {x.algorithm} you specified did not match the calculated checksum."
            if x.part_number is None
            else f"The {x.algorithm} you specified for part {x.part_number} "
            "did not match what we received."
        ),
    ),
    e.ConditionalConflict: _Spec("ConditionalRequestConflict", lambda x: {"Key": x.key}),
    e.EntityTooLarge: _Spec(
        "EntityTooLarge",
        lambda x: {"ProposedSize": str(x.size), "MaxSizeAllowed": str(x.limit)},
    ),
    e.EntityTooSmall: _Spec(
        "EntityTooSmall",
        lambda x: {
            "ProposedSize": str(x.size),
            "MinSizeAllowed": str(x.limit),
            "PartNumber": str(x.part_number),
            "ETag": x.etag,
        },
    ),
    e.IncompleteBody: _Spec(
        "IncompleteBody",
        lambda x: {
            "NumberBytesExpected": str(x.expected),
            "NumberBytesProvided": str(x.provided),
        },
    ),
    e.InvalidArgument: _Spec(
        "InvalidArgument",
        lambda x: {"ArgumentName": x.name, "ArgumentValue": x.value} if x.name else {},
        lambda x: str(x.message),
    ),
    e.InvalidBucketName: _Spec("InvalidBucketName", lambda x: {"BucketName": x.bucket}),
    e.InvalidPart: _Spec(
        "InvalidPart",
        lambda x: {"UploadId": x.upload_id, "PartNumber": str(x.part_number), "ETag": x.etag},
    ),
    e.InvalidPartNumber: _Spec(
        "InvalidPartNumber",
        lambda x: {"ActualPartCount": str(x.count), "PartNumberRequested": str(x.requested)},
    ),
    e.InvalidPartOrder: _Spec("InvalidPartOrder"),
    e.InvalidRange: _Spec(
        "InvalidRange",
        lambda x: {"RangeRequested": x.requested, "ActualObjectSize": str(x.size)},
    ),
    e.InvalidRequest: _Spec("InvalidRequest", message=lambda x: str(x.message)),
    e.InvalidStorageClass: _Spec(
        "InvalidStorageClass", lambda x: {"StorageClassRequested": x.storage_class}
    ),
    e.InvalidTag: _Spec(
        "InvalidTag",
        lambda x: {
            name: text for name, text in (("TagKey", x.tag_key), ("TagValue", x.tag_value)) if text
        },
        lambda x: str(x.message),
    ),
    e.IsDeleteMarker: _Spec("MethodNotAllowed", lambda _: {"ResourceType": "DeleteMarker"}),
    e.KeyTooLong: _Spec(
        "KeyTooLongError", lambda x: {"Size": str(x.size), "MaxSizeAllowed": str(x.limit)}
    ),
    e.KmsKeyDisabled: _Spec("KMS.DisabledException", message=lambda x: str(x.message)),
    e.KmsKeyNotFound: _Spec("KMS.NotFoundException", message=lambda x: str(x.message)),
    e.KmsKeyUnusable: _Spec("KMS.InvalidKeyUsageException", message=lambda x: str(x.message)),
    e.KmsUnavailable: _Spec("ServiceUnavailable"),
    e.MetadataTooLarge: _Spec(
        "MetadataTooLarge", lambda x: {"Size": str(x.size), "MaxSizeAllowed": str(x.limit)}
    ),
    e.NoSuchBucket: _Spec("NoSuchBucket", lambda x: {"BucketName": x.bucket}),
    e.NoSuchKey: _Spec("NoSuchKey", lambda x: {"Key": x.key}),
    e.NoSuchUpload: _Spec("NoSuchUpload", lambda x: {"UploadId": x.upload_id}),
    e.NoSuchVersion: _Spec("NoSuchVersion", lambda x: {"Key": x.key, "VersionId": x.version_id}),
    e.NotImplementedHere: _Spec(
        "NotImplemented",
        lambda x: {"Header": x.header} | ({"additionalMessage": x.detail} if x.detail else {}),
    ),
    e.NotModified: _Spec("NotModified"),
    e.ObjectLocked: _Spec(
        "AccessDenied", message=lambda _: "Access Denied because object protected by object lock."
    ),
    e.OperationAborted: _Spec("OperationAborted", lambda x: {"BucketName": x.bucket}),
    e.PreconditionFailed: _Spec("PreconditionFailed", lambda x: {"Condition": x.condition}),
    e.QuotaExceeded: _Spec("QuotaExceeded", lambda x: {"BucketName": x.bucket}),
    e.StoreFull: _Spec(_NO_ROOM),
    e.StoreUnavailable: _Spec("ServiceUnavailable"),
    e.TooManyBuckets: _Spec("TooManyBuckets"),
    e.TooManyConfigurations: _Spec("TooManyConfigurations"),
    e.TooManyTags: _Spec("BadRequest", message=lambda x: str(x.message)),
    e.Uncertain: _Spec("ServiceUnavailable"),
    e.WrongCustomerKey: _Spec(
        "AccessDenied",
        message=lambda _: (
            "Requests specifying Server Side Encryption with Customer provided keys must provide "
            "the correct secret key."
        ),
    ),
    # What only a bug or a broken disk lets reach here.
    e.BlobDamaged: _Spec("InternalError"),
    e.BlobExists: _Spec("InternalError"),
    e.BlobMissing: _Spec("InternalError"),
    e.Conflict: _Spec("SlowDown"),
    e.Exceeded: _Spec("SlowDown"),
    e.FormatError: _Spec("InternalError"),
    e.MasterKeyMissing: _Spec("InternalError"),
    e.StorageError: _Spec("InternalError"),
}


def describe(error: Exception, method: str = "") -> Failure:
    """The error answer for whatever was raised; what nobody foresaw is logged whole.

    ``method`` is the request's, which some answers name.
    """
    if isinstance(error, ProtocolError):
        says_when = any(name == b"retry-after" for name, _ in error.headers)
        headers = error.headers + (() if says_when else _retry(error.status))
        return Failure(error.code, error.status, error.message, error.fields, headers)
    if isinstance(error, SigError):
        return Failure(error.code, error.status, error.message, error.fields, _retry(error.status))
    if isinstance(error, BodyInterrupted):
        code = "RequestTimeout" if error.timed_out else "IncompleteBody"
        message = ERRORS[code].message
        if code == "IncompleteBody":
            message = "The request body terminated unexpectedly"
        return Failure(code, ERRORS[code].status, message)
    spec = STORAGE.get(type(error))
    if spec is None or spec.code == "InternalError":
        _log.error("unexpected failure", exc_info=error)
        spec = spec or _Spec("InternalError")
    elif isinstance(error, e.StoreFull | e.StoreUnavailable | e.Uncertain | e.KmsUnavailable):
        _log.error("the store refuses: %s: %s", type(error).__name__, error)
    status, message = ERRORS[spec.code]
    if spec.message is not None:
        message = spec.message(error)
    fields = spec.fields(error)
    if isinstance(error, e.IsDeleteMarker):
        fields = {"Method": method, **fields}
    return Failure(spec.code, status, message, tuple(fields.items()), _headers(error, status))


def _retry(status: int) -> tuple[tuple[bytes, bytes], ...]:
    return _RETRY if status == 503 else ()


def _headers(error: Exception, status: int) -> tuple[tuple[bytes, bytes], ...]:
    if isinstance(error, e.NoSuchKey) and error.delete_marker is not None:
        return (
            (b"x-amz-delete-marker", b"true"),
            (b"x-amz-version-id", error.delete_marker.encode()),
        )
    if isinstance(error, e.IsDeleteMarker):
        return (
            (b"x-amz-delete-marker", b"true"),
            (b"x-amz-version-id", error.version_id.encode()),
            # API Reference, GetObject and HeadObject, on delete markers.
            (b"last-modified", http_date(error.modified_ms).encode()),
            (b"allow", b"DELETE"),
        )
    return _retry(status)


__all__ = ["STORAGE", "Failure", "describe"]
