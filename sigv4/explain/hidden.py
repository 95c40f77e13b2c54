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
# What parameters of IAM's and STS's query API end with that are secret, in lower case; a request
# that is sent by GET has them in its target.  The models' trait "sensitive".
SECRET_FORM_PARAMETERS: Final = (
    *(b"password", b"privatekey", b"webidentitytoken", b"samlassertion"),
    *(b"tokencode", b"authenticationcode1", b"authenticationcode2"),
)
