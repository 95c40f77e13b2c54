"""Why a request was not accepted: S3's code, status, words and fields.  One factory a message.

Source: S3 API Reference, "Error responses"; texts recorded on S3 where no page has them.
"""

from collections.abc import Sequence
from typing import Final

MAX_SKEW_S: Final = 900


class SigError(Exception):
    """A refusal, as S3 words it.  ``fields`` are further members of the error document."""

    def __init__(
        self, code: str, status: int, message: str, fields: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.status = status
        self.message = message
        self.fields = tuple(fields)


def _argument(message: str, name: str, value: str) -> SigError:
    fields = (("ArgumentName", name), ("ArgumentValue", value))
    return SigError("InvalidArgument", 400, message, fields)


# Which mechanism


def two_mechanisms(value: str) -> SigError:
    return _argument(
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature "
        "query string parameter or the Authorization header should be specified",
        "Authorization",
        value,
    )


def unsupported_type(value: str) -> SigError:
    return _argument("Unsupported Authorization Type", "Authorization", value)


def no_space(value: str) -> SigError:
    text = "Authorization header is invalid -- one and only one ' ' (space) required."
    return _argument(text, "Authorization", value)


def please_use_v4() -> SigError:
    return SigError(
        "InvalidRequest",
        400,
        "The authorization mechanism you have provided is not supported. "
        "Please use AWS4-HMAC-SHA256.",
    )


def v4a_not_implemented(header: str) -> SigError:
    """What verifies 4A is not installed."""
    return SigError(
        "NotImplemented",
        501,
        "A header you provided implies functionality that is not implemented.",
        (("Header", header),),
    )


# Claims: the same tails under two heads


class Head:
    """How a header's or a query's complaint begins, and its code."""

    def __init__(self, code: str, prefix: str, credential: str) -> None:
        self.code = code
        self.prefix = prefix
        self.credential = credential

    def error(self, tail: str, fields: Sequence[tuple[str, str]] = ()) -> SigError:
        """A complaint about the claim as a whole."""
        return SigError(self.code, 400, f"{self.prefix}{tail}", fields)

    def bad_credential(self, scope: str = "YYYYMMDD/REGION/SERVICE") -> SigError:
        return SigError(
            self.code,
            400,
            f"{self.credential}the Credential is mal-formed; expecting "
            f'"<YOUR-AKID>/{scope}/aws4_request".',
        )

    def wrong_region(self, region: str, expected: str) -> SigError:
        text = f"{self.credential}the region '{region}' is wrong; expecting '{expected}'"
        return SigError(self.code, 400, text, (("Region", expected),))

    def wrong_service(self, service: str, expected: str) -> SigError:
        return SigError(
            self.code,
            400,
            f'{self.credential}incorrect service "{service}". '
            f'This endpoint belongs to "{expected}".',
        )

    def wrong_terminal(self, terminal: str) -> SigError:
        return SigError(
            self.code,
            400,
            f'{self.credential}incorrect terminal "{terminal}". This endpoint uses "aws4_request".',
        )

    def wrong_date_format(self, date: str) -> SigError:
        return SigError(
            self.code,
            400,
            f'{self.credential}incorrect date format "{date}". '
            'This date in the credential must be in the format "yyyyMMdd".',
        )

    def other_date(self, scope_date: str, date: str) -> SigError:
        prefix = self.prefix if self is HEADER else ""
        return SigError(
            self.code,
            400,
            f'{prefix}Invalid credential date "{scope_date}". '
            f'This date is not the same as X-Amz-Date: "{date}".',
        )


_MALFORMED: Final = "The authorization header is malformed; "
HEADER: Final = Head("AuthorizationHeaderMalformed", _MALFORMED, _MALFORMED)
QUERY: Final = Head(
    "AuthorizationQueryParametersError", "", "Error parsing the X-Amz-Credential parameter; "
)


def header_incomplete(missing: str) -> SigError:
    return HEADER.error(f"missing {missing}.")


def header_without_components() -> SigError:
    return HEADER.error(
        "the authorization header requires three components: "
        "Credential, SignedHeaders, and Signature."
    )


def query_incomplete() -> SigError:
    return QUERY.error(
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
        "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
    )


def query_without_region_set() -> SigError:
    return QUERY.error(
        "Query-string authentication version 4A requires the X-Amz-Region-Set parameter."
    )


def query_repeated(name: str) -> SigError:
    return QUERY.error(f"The {name} parameter must be given once, in this spelling.")


def query_algorithm() -> SigError:
    return QUERY.error(
        'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'
    )


def header_in_query_invalid(name: str) -> SigError:
    return QUERY.error(f"The {name} parameter is given twice or is no header's value.")


def query_date() -> SigError:
    return QUERY.error("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")


def query_signed_headers() -> SigError:
    return QUERY.error("X-Amz-SignedHeaders must be a list of lower-case header names.")


def expires_not_a_number() -> SigError:
    return QUERY.error("X-Amz-Expires should be a number")


def expires_negative() -> SigError:
    return QUERY.error("X-Amz-Expires must be non-negative")


def expires_too_large() -> SigError:
    return QUERY.error(
        "X-Amz-Expires must be less than a week (in seconds); "
        "that is, the given X-Amz-Expires must be less than 604800 seconds"
    )


# Time


def no_date() -> SigError:
    text = "AWS authentication requires a valid Date or x-amz-date header"
    return SigError("AccessDenied", 403, text)


def skewed(request_time: str, server_time: str) -> SigError:
    return SigError(
        "RequestTimeTooSkewed",
        403,
        "The difference between the request time and the current time is too large.",
        (
            ("RequestTime", request_time),
            ("ServerTime", server_time),
            ("MaxAllowedSkewMilliseconds", str(MAX_SKEW_S * 1000)),
        ),
    )


def expired(expires_s: int, expires: str, server_time: str) -> SigError:
    return SigError(
        "AccessDenied",
        403,
        "Request has expired",
        (("X-Amz-Expires", str(expires_s)), ("Expires", expires), ("ServerTime", server_time)),
    )


def not_yet_valid() -> SigError:
    return SigError("AccessDenied", 403, "Request is not valid yet")


# Keys, tokens, signatures


def unknown_key(access_key: str) -> SigError:
    return SigError(
        "InvalidAccessKeyId",
        403,
        "The AWS Access Key Id you provided does not exist in our records.",
        (("AWSAccessKeyId", access_key),),
    )


def invalid_token(token: str) -> SigError:
    text = "The provided token is malformed or otherwise invalid."
    return SigError("InvalidToken", 400, text, (("Token-0", token),))


def expired_token(token: str) -> SigError:
    """Source: S3 API Reference, "Error responses": ExpiredToken."""
    return SigError("ExpiredToken", 400, "The provided token has expired.", (("Token-0", token),))


def headers_not_signed(names: Sequence[str]) -> SigError:
    return SigError(
        "AccessDenied",
        403,
        "There were headers present in the request which were not signed",
        (("HeadersNotSigned", ", ".join(names)),),
    )


def mismatch(
    access_key: str, string_to_sign: bytes, provided: bytes, canonical: bytes | None
) -> SigError:
    """``canonical`` is None for what has no canonical request; for a chunk it is its request's."""
    fields = [
        ("AWSAccessKeyId", access_key),
        ("StringToSign", string_to_sign.decode("utf-8", "replace")),
        ("SignatureProvided", provided.decode("utf-8", "replace")),
        ("StringToSignBytes", string_to_sign.hex(" ")),
    ]
    if canonical is not None:
        fields += [
            ("CanonicalRequest", canonical.decode("utf-8", "replace")),
            ("CanonicalRequestBytes", canonical.hex(" ")),
        ]
    return SigError(
        "SignatureDoesNotMatch",
        403,
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method.",
        fields,
    )


def target_invalid() -> SigError:
    return SigError("InvalidURI", 400, "Couldn't parse the specified URI.")


def host_invalid() -> SigError:
    text = "The request must contain exactly one Host header."
    return SigError("InvalidRequest", 400, text)


# Bodies


def region_set_missing() -> SigError:
    fields = (("MissingHeaderName", "x-amz-region-set"),)
    return SigError(
        "MissingSecurityHeader", 400, "Your request is missing a required header.", fields
    )


def sha256_missing() -> SigError:
    text = "Missing required header for this request: x-amz-content-sha256"
    return SigError("InvalidRequest", 400, text)


def sha256_invalid(value: str) -> SigError:
    return _argument(
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, "
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
        "x-amz-content-sha256",
        value,
    )


def streaming_elsewhere() -> SigError:
    """A streaming value on an operation that takes no object's content, or of another algorithm."""
    text = "The value of x-amz-content-sha256 header is invalid."
    return SigError("InvalidRequest", 400, text)


def streaming_anonymous() -> SigError:
    return SigError(
        "InvalidRequest",
        400,
        "Anonymous requests don't support this x-amz-content-sha256 value. "
        "Please use UNSIGNED-PAYLOAD or STREAMING-UNSIGNED-PAYLOAD-TRAILER.",
    )


def unsigned_aws_chunked() -> SigError:
    return _argument(
        "aws-chunked encoding is not supported when x-amz-content-sha256 UNSIGNED-PAYLOAD "
        "is supplied",
        "Content-Encoding",
        "aws-chunked",
    )


def sha256_mismatch(claimed: str, computed: str) -> SigError:
    return SigError(
        "XAmzContentSHA256Mismatch",
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        (("ClientComputedContentSHA256", claimed), ("S3ComputedContentSHA256", computed)),
    )


def length_missing() -> SigError:
    text = "You must provide the Content-Length HTTP header."
    return SigError("MissingContentLength", 411, text)


def body_truncated() -> SigError:
    return SigError("IncompleteBody", 400, "The request body terminated unexpectedly")


def body_length(expected: int, provided: int) -> SigError:
    return SigError(
        "IncompleteBody",
        400,
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
        (("NumberBytesExpected", str(expected)), ("NumberBytesProvided", str(provided))),
    )


def chunk_too_small(following: int, size: int) -> SigError:
    return SigError(
        "InvalidChunkSizeError",
        403,
        "Only the last chunk is allowed to have a size less than 8192 bytes",
        (("Chunk", str(following)), ("BadChunkSize", str(size))),
    )


def trailer_malformed() -> SigError:
    return SigError(
        "MalformedTrailerError",
        400,
        "The request contained trailing data that was not well-formed "
        "or did not conform to our published schema.",
    )


def several_checksums() -> SigError:
    return SigError(
        "InvalidRequest",
        400,
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    )


def trailer_unsupported() -> SigError:
    text = "The value specified in the x-amz-trailer header is not supported"
    return SigError("InvalidRequest", 400, text)


# Signature Version 2


def v2_incomplete() -> SigError:
    return SigError(
        "AccessDenied",
        403,
        "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
    )


def v2_expires(value: str) -> SigError:
    text = f"Invalid date (should be seconds since epoch): {value}"
    return SigError("AccessDenied", 403, text)


def v2_expired(expires: str, server_time: str) -> SigError:
    fields = (("Expires", expires), ("ServerTime", server_time))
    return SigError("AccessDenied", 403, "Request has expired", fields)


def parameters_not_signed(names: Sequence[str]) -> SigError:
    """Ours: S3 lets them change the result."""
    return SigError(
        "AccessDenied",
        403,
        "There were query parameters present in the request which were not signed. "
        "Please use AWS4-HMAC-SHA256.",
        (("ParametersNotSigned", ", ".join(names)),),
    )
