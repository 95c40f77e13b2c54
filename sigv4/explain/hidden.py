"""What nobody is shown: the secrets that requests carry."""

from typing import Final

HIDDEN: Final = b"(hidden)"

# Source: S3 API Reference, "Common request headers"; "Using server-side encryption with
# customer-provided keys"; CreateSession.
SECRET_HEADERS: Final = (
    b"x-amz-security-token",
    b"x-amz-s3session-token",
    b"x-amz-server-side-encryption-customer-key",
    b"x-amz-copy-source-server-side-encryption-customer-key",
)
# SDKs move headers into presigned URLs.
SECRET_PARAMETERS: Final = SECRET_HEADERS
