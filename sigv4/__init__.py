"""AWS Signature Versions 4 and 4A, signing and verification, without I/O.

``claims.read`` says what a request claims, ``verify.check`` whether it is
true; ``Signer`` signs with the same code.
"""

from sigv4.canonical import GENERIC, HMAC_SHA256, S3, Profile, Request
from sigv4.claims import Anonymous, Claim, read
from sigv4.document import error_document
from sigv4.errors import SigError
from sigv4.form import Form, FormParser, encode_form
from sigv4.keys import Credentials, KeyCache
from sigv4.payload import Chunked, Exact, Payload, Unsigned
from sigv4.post import AnonymousForm, FormClaim, FormFile, read_form
from sigv4.presigned import AUTH_PARAMETERS
from sigv4.scope import Scope
from sigv4.sign import Signer
from sigv4.sigv2 import ClaimV2
from sigv4.v4a import ECDSA_SHA256
from sigv4.verifier import Accepted, Verifier
from sigv4.verify import Verified, accept_anonymous, accept_anonymous_form, check, check_form

__all__ = [
    "AUTH_PARAMETERS",
    "ECDSA_SHA256",
    "GENERIC",
    "HMAC_SHA256",
    "S3",
    "Accepted",
    "Anonymous",
    "AnonymousForm",
    "Chunked",
    "Claim",
    "ClaimV2",
    "Credentials",
    "Exact",
    "Form",
    "FormClaim",
    "FormFile",
    "FormParser",
    "KeyCache",
    "Payload",
    "Profile",
    "Request",
    "Scope",
    "SigError",
    "Signer",
    "Unsigned",
    "Verified",
    "Verifier",
    "accept_anonymous",
    "accept_anonymous_form",
    "check",
    "check_form",
    "encode_form",
    "error_document",
    "read",
    "read_form",
]
