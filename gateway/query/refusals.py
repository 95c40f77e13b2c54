"""Whatever went wrong, in IAM's and STS's words.

Source: IAM API Reference, "Common Errors"; IAM User Guide, "Troubleshoot
Signature Version 4 request signing"; STS's answers.
"""

import re
from typing import Final

from gateway.exchange import BodyInterrupted
from gateway.failures import describe
from gateway.limits.gate import Limited
from gateway.query.errors import QueryError
from sigv4 import SigError
from sigv4.errors import MAX_SKEW_S
from sigv4.scope import parse_timestamp, print_timestamp
from storage import errors as e
from storage.identity.errors import IdentityError

NOBODYS: Final = "The security token included in the request is invalid."
NOT_SIGNED: Final = "Request is missing Authentication Token"
_MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_DIGITS: Final = re.compile(r"[^0-9TZ]")


def refusal_of(error: Exception) -> QueryError:
    """The answer to whatever was raised; what nobody foresaw is logged whole."""
    if isinstance(error, QueryError):
        return error
    if isinstance(error, IdentityError):
        return QueryError(type(error).__name__, error.message)
    if isinstance(error, SigError):
        refusal = _of_signature(error)
        why = dict(error.fields).get("Explanation")  # where the settings allow one
        return QueryError(refusal.code, f"{refusal.message} {why}") if why else refusal
    if isinstance(error, BodyInterrupted):
        return QueryError("RequestTimeout", "The request body did not arrive.")
    if isinstance(error, e.Busy | e.Conflict | e.Exceeded):
        text = "The request was rejected because multiple requests to change this object were "
        return QueryError("ConcurrentModification", text + "submitted simultaneously.")
    if isinstance(error, Limited):
        # SDKs repeat it after a pause.  Source: IAM API Reference, "Common Errors".
        return QueryError("Throttling", "Rate exceeded")
    failure = describe(error)  # which logs it
    if failure.status == 503:
        return QueryError("ServiceUnavailable", failure.message)
    if failure.status == 501:
        return QueryError("NotImplemented", failure.message)
    if failure.code == "AccessDenied":
        return QueryError("AccessDenied", failure.message)
    if failure.status < 500:
        return QueryError("MalformedInput", failure.message)
    return QueryError("InternalFailure", "The request processing has failed because of an error.")


def _of_signature(error: SigError) -> QueryError:
    fields = dict(error.fields)
    match error.code:
        case "InvalidAccessKeyId" | "InvalidToken":
            return QueryError("InvalidClientTokenId", NOBODYS)
        case "ExpiredToken":
            return QueryError(
                "ExpiredToken", "The security token included in the request is expired"
            )
        case "RequestTimeTooSkewed":
            return QueryError("SignatureDoesNotMatch", _skewed(fields))
        case "SignatureDoesNotMatch" | "XAmzContentSHA256Mismatch":
            return QueryError("SignatureDoesNotMatch", _MISMATCH)
        case "MissingAuthenticationToken":
            return QueryError("MissingAuthenticationToken", NOT_SIGNED)
    if "Expires" in fields:  # of a URL
        text = f"Signature expired: {fields['Expires']} is now earlier than {fields['ServerTime']}"
        return QueryError("SignatureDoesNotMatch", text)
    if "Region" in fields:
        text = "Credential should be scoped to a valid region. "
        return QueryError("SignatureDoesNotMatch", text)
    if error.status == 503:
        return QueryError("ServiceUnavailable", error.message)
    return QueryError("IncompleteSignature", error.message)


def _skewed(fields: dict[str, str]) -> str:
    """Of a request that is signed too early or too late."""
    signed, now = _seconds(fields["RequestTime"]), _seconds(fields["ServerTime"])
    minutes = f"{MAX_SKEW_S // 60} min.)"
    shown, at = print_timestamp(signed), print_timestamp(now)
    if signed < now:
        edge = print_timestamp(now - MAX_SKEW_S)
        return f"Signature expired: {shown} is now earlier than {edge} ({at} - {minutes}"
    edge = print_timestamp(now + MAX_SKEW_S)
    return f"Signature not yet current: {shown} is still later than {edge} ({at} + {minutes}"


def _seconds(text: str) -> int:
    found = parse_timestamp(_DIGITS.sub("", text))
    assert found is not None, "a time that the signature's rules have read"
    return found
