"""Refusals in IAM's and STS's words: codes, statuses, and the document they are shown in.

Source: IAM API Reference and STS API Reference, "Common Errors" and the errors
of each operation; the service models, which have most statuses.
"""

from typing import Final

from gateway.protocol.xml import escape_readably

# What any operation may answer, and what the models leave out.
STATUSES: Final = {
    "AccessDenied": 403,
    "ConcurrentModification": 409,
    "DeleteConflict": 409,
    "EntityAlreadyExists": 409,
    "ExpiredToken": 403,
    "ExpiredTokenException": 400,
    "IDPCommunicationError": 400,
    "IDPRejectedClaim": 403,
    "IncompleteSignature": 403,
    "InternalFailure": 500,
    "InvalidAction": 400,
    "InvalidAuthorizationMessageException": 400,
    "InvalidClientTokenId": 403,
    "InvalidIdentityToken": 400,
    "InvalidInput": 400,
    "InvalidParameterValue": 400,
    "LimitExceeded": 409,
    "MalformedInput": 400,
    "MalformedPolicyDocument": 400,
    "MissingAction": 400,
    "MissingAuthenticationToken": 403,
    "NoSuchEntity": 404,
    "NotImplemented": 501,
    "OpenIdIdpCommunicationError": 400,
    "PackedPolicyTooLarge": 400,
    "PolicyEvaluation": 500,
    "PolicyNotAttachable": 400,
    "RegionDisabledException": 403,
    "RequestEntityTooLarge": 413,
    "RequestTimeout": 408,
    "ServiceFailure": 500,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "Throttling": 400,
    "UnmodifiableEntity": 400,
    "ValidationError": 400,
}


class QueryError(Exception):
    """A refusal by its code."""

    def __init__(self, code: str, message: str, details: bytes = b"") -> None:
        """``details``: why something was refused, for DecodeAuthorizationMessage alone."""
        self.code = code
        self.details = details
        self.status = STATUSES[code]
        self.message = message
        super().__init__(code, message)


def access_denied(
    arn: str, action: str, resource: str, why: str, details: bytes = b""
) -> QueryError:
    """AccessDenied as IAM words it.

    ``why`` is what follows: "because no identity-based policy allows the ... action".
    Source: IAM User Guide, "Troubleshoot access denied error messages".
    """
    text = f"User: {arn} is not authorized to perform: {action} on resource: {resource} {why}"
    return QueryError("AccessDenied", text, details)


def error_document(
    error: QueryError, namespace: str, request_id: str, encoded: str | None = None
) -> bytes:
    """The body of an error answer; any XML reader takes it.

    ``encoded`` are the error's details, sealed.  IAM's own answers have no such element.
    """
    more = ""
    if encoded is not None:
        more = f"<EncodedAuthorizationMessage>{encoded}</EncodedAuthorizationMessage>"
    kind = "Sender" if error.status < 500 else "Receiver"
    message = escape_readably(error.message)
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{kind}</Type><Code>{error.code}</Code>'
        f"<Message>{message}</Message>{more}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    ).encode()
