"""S3's errors: code, status, words, in one table; and the document they are shown in.

Source: API Reference, "Error responses", "List of error codes".
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from gateway.protocol.xml import escape


class ErrorSpec(NamedTuple):
    """A code's HTTP status and S3's words for it."""

    status: int
    message: str


ERRORS: Final[Mapping[str, ErrorSpec]] = {
    code: ErrorSpec(status, message)
    for code, status, message in (
        ("AccessDenied", 403, "Access Denied"),
        ("AccessForbidden", 403, "CORSResponse: CORS is not enabled for this bucket."),
        ("BadDigest", 400, "The Content-MD5 you specified did not match what we received."),
        ("BadRequest", 400, "Bad Request"),
        (
            "BucketAlreadyExists",
            409,
            "The requested bucket name is not available. The bucket namespace is shared by all "
            "users of the system. Please select a different name and try again.",
        ),
        (
            "BucketAlreadyOwnedByYou",
            409,
            "Your previous request to create the named bucket succeeded and you already own it.",
        ),
        ("BucketNotEmpty", 409, "The bucket you tried to delete is not empty"),
        (
            "ConditionalRequestConflict",
            409,
            "The conditional request cannot succeed due to a conflicting operation against this "
            "resource.",
        ),
        ("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size"),
        (
            "EntityTooSmall",
            400,
            "Your proposed upload is smaller than the minimum allowed size",
        ),
        (
            "IllegalLocationConstraintException",
            400,
            "The unspecified location constraint is incompatible for the region specific "
            "endpoint this request was sent to.",
        ),
        (
            "IncompleteBody",
            400,
            "You did not provide the number of bytes specified by the Content-Length HTTP header",
        ),
        ("InternalError", 500, "We encountered an internal error. Please try again."),
        ("InvalidArgument", 400, "Invalid Argument"),
        ("InvalidBucketName", 400, "The specified bucket is not valid."),
        ("InvalidDigest", 400, "The Content-MD5 you specified was invalid."),
        (
            "InvalidLocationConstraint",
            400,
            "The specified location-constraint is not valid",
        ),
        (
            "InvalidPart",
            400,
            "One or more of the specified parts could not be found.  The part may not have been "
            "uploaded, or the specified entity tag may not match the part's entity tag.",
        ),
        (
            "InvalidPartNumber",
            416,
            "The requested partnumber is not satisfiable",
        ),
        (
            "InvalidPartOrder",
            400,
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        ),
        ("InvalidRange", 416, "The requested range is not satisfiable"),
        ("InvalidRequest", 400, "Invalid Request"),
        ("InvalidStorageClass", 400, "The storage class you specified is not valid"),
        ("InvalidTag", 400, "The tag provided was not a valid tag."),
        ("InvalidURI", 400, "Couldn't parse the specified URI."),
        ("KeyTooLongError", 400, "Your key is too long"),
        (
            "MalformedXML",
            400,
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        ),
        ("MaxMessageLengthExceeded", 400, "Your request was too big."),
        (
            "MetadataTooLarge",
            400,
            "Your metadata headers exceed the maximum allowed metadata size",
        ),
        ("MethodNotAllowed", 405, "The specified method is not allowed against this resource."),
        ("MissingContentLength", 411, "You must provide the Content-Length HTTP header."),
        ("MissingRequestBodyError", 400, "Request Body is empty"),
        ("NoSuchBucket", 404, "The specified bucket does not exist"),
        ("NoSuchKey", 404, "The specified key does not exist."),
        ("NoSuchTagSet", 404, "The TagSet does not exist"),
        (
            "NoSuchUpload",
            404,
            "The specified upload does not exist. The upload ID may be invalid, or the upload "
            "may have been aborted or completed.",
        ),
        ("NoSuchVersion", 404, "The specified version does not exist."),
        (
            "NotImplemented",
            501,
            "A header you provided implies functionality that is not implemented.",
        ),
        ("NotModified", 304, "Not Modified"),
        (
            "OperationAborted",
            409,
            "A conflicting conditional operation is currently in progress against this resource. "
            "Please try again.",
        ),
        (
            "PreconditionFailed",
            412,
            "At least one of the pre-conditions you specified did not hold",
        ),
        ("RequestHeaderSectionTooLarge", 400, "Your request header section exceeds the limit."),
        (
            "RequestTimeout",
            400,
            "Your socket connection to the server was not read from or written to within the "
            "timeout period.",
        ),
        ("ServiceUnavailable", 503, "Service is unable to handle request."),
        ("SlowDown", 503, "Please reduce your request rate."),
        (
            "TooManyBuckets",
            400,
            "You have attempted to create more buckets than allowed",
        ),
        ("URITooLong", 414, "The request URI is too long."),
    )
}


class ProtocolError(Exception):
    """A refusal by its code; ``fields`` are further members of the error document."""

    def __init__(self, code: str, message: str | None = None, **fields: str) -> None:
        spec = ERRORS[code]
        self.code = code
        self.status = spec.status
        self.message = spec.message if message is None else message
        self.fields = tuple(fields.items())
        super().__init__(code, self.message)


def invalid_argument(message: str, name: str, value: str) -> ProtocolError:
    """InvalidArgument with the argument it is about."""
    return ProtocolError("InvalidArgument", message, ArgumentName=name, ArgumentValue=value)


def error_document(
    code: str,
    message: str,
    fields: tuple[tuple[str, str], ...],
    *,
    resource: str | None,
    request_id: str,
    host_id: str,
) -> bytes:
    """The body of an error answer.  It has no namespace, as S3's has none."""
    members = [("Code", code), ("Message", message), *fields]
    if resource is not None and not any(name == "Resource" for name, _ in fields):
        members.append(("Resource", resource))
    members += [("RequestId", request_id), ("HostId", host_id)]
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'
    return text.encode("utf-8", "replace")
