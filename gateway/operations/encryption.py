"""The headers of encryption: what a request asks for, what an answer tells.

Source: User Guide, "Protecting data with encryption" and its pages; API
Reference, PutObject, GetObject, UploadPart, CompleteMultipartUpload; S3's
refusals as LocalStack recorded them (test_s3_sse_validate_kms_key and the tests
of SSE-C).
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from typing import Any, Final

import msgspec

from gateway.call import Call
from gateway.configurations import encryption as document
from gateway.protocol.errors import ProtocolError, invalid_argument
from storage.encryption import KEY_BYTES
from storage.errors import KmsKeyNotFound, WrongCustomerKey
from storage.kms import AWS_MANAGED, parse_arn
from storage.protection import AES256, CUSTOMER, DSSE, KMS, Protection, Wish
from storage.records import Encryption, ObjectVersion, Upload

SSE: Final = "x-amz-server-side-encryption"
_SSE: Final = SSE.encode()
_PLAIN: Final[dict[str, Any]] = {}
_BY_DEFAULT: Final = Wish(AES256)


# What is written


async def wish_of(call: Call, ask: Any) -> Wish | None:
    """How what is written is to be encrypted: as asked, else as its bucket says, else as we do.

    Raises:
        ProtocolError: InvalidArgument, InvalidRequest, InvalidEncryptionAlgorithmError,
            AccessDenied
        KmsKeyNotFound, KmsKeyDisabled, KmsKeyUnusable, KmsUnavailable
    """
    default = document.UNCONFIGURED
    if document.KIND in call.bucket.record.documents:
        default = await default_of(call)
    elif not is_asked(ask):
        return _BY_DEFAULT if call.services.encrypts else None
    algorithm, key_id = ask.server_side_encryption, ask.ssekms_key_id
    customer_key = written_customer_key(call, ask, default)
    if customer_key is not None:
        return Wish(CUSTOMER, customer_key=customer_key)
    if algorithm not in (KMS, DSSE) and not (key_id is None and _has_no_context(ask)):
        raise invalid_argument(
            f"Server Side Encryption with AWS KMS managed key requires HTTP header {SSE} : aws:kms",
            SSE,
            algorithm or "null",
        )
    if algorithm is None:
        algorithm, key_id = default.algorithm, default.key_id
    if algorithm is None:
        return _BY_DEFAULT if call.services.encrypts else None
    if algorithm == AES256:
        return _BY_DEFAULT
    if algorithm not in (KMS, DSSE):
        raise invalid_argument("The encryption method specified is not supported", SSE, algorithm)
    context = read_context(ask.ssekms_encryption_context)
    key = await kms_key_of(call, key_id or AWS_MANAGED)
    asked = ask.bucket_key_enabled
    bucket_key = default.bucket_key if asked is None else asked
    return Wish(algorithm, key, context, bucket_key=bucket_key and algorithm == KMS)


async def kms_key_of(call: Call, key_id: str) -> str:
    """The KMS key that a request or a bucket's default names, by its own name.

    Keys that are declared by their ids alone are of the account that asks and of the bucket's;
    an ARN of any other account means none of them.

    Raises:
        ProtocolError: AccessDenied, in KMS's words for keys of other accounts
        KmsKeyNotFound, KmsKeyDisabled, KmsKeyUnusable, KmsUnavailable

    Source: KMS Developer Guide, "Allowing users in other accounts to use a KMS key": the key is
    named by its ARN, and its own account has to allow it; User Guide, "Using server-side
    encryption with AWS KMS keys": an id without an ARN is of the requester's account.
    """
    kms, region = call.services.objects.protection.kms, call.services.region
    arn = parse_arn(key_id)
    if arn is None or arn.region != region:
        return await kms.describe(key_id)
    is_near = arn.account in (call.who.account, call.bucket.record.account)
    try:
        found = await kms.describe(key_id)
    except KmsKeyNotFound:
        if is_near:
            raise
        raise _of_others(call, key_id) from None
    declared = parse_arn(found)
    if is_near if declared is None else declared.account == arn.account:
        return found
    raise KmsKeyNotFound(f"Key '{key_id}' does not exist") if is_near else _of_others(call, key_id)


def _of_others(call: Call, arn: str) -> ProtocolError:
    """It is not told whether there is such a key."""
    return ProtocolError(
        "AccessDenied",
        f"User: {call.who.arn or 'anonymous'} is not authorized to perform: kms:GenerateDataKey on "
        f"resource: {arn} because the resource does not exist in this Region, no resource-based "
        "policies allow access, or a resource-based policy explicitly denies access",
    )


def asked_of(ask: Any) -> dict[str, str]:
    """What a request itself says of encryption, as far as policies may ask for it, by header."""
    found = {name: getattr(ask, attribute) for name, attribute in _ASKED.items()}
    return {name: text for name, text in found.items() if text is not None}


_ASKED: Final = {
    SSE: "server_side_encryption",
    f"{SSE}-aws-kms-key-id": "ssekms_key_id",
    f"{SSE}-customer-algorithm": "sse_customer_algorithm",
}


def is_asked(ask: Any) -> bool:
    """Whether the request itself says anything of encryption."""
    return not (
        ask.server_side_encryption is None
        and ask.ssekms_key_id is None
        and ask.bucket_key_enabled is None
        and ask.ssekms_encryption_context is None
        and ask.sse_customer_algorithm is None
        and ask.sse_customer_key is None
        and ask.sse_customer_key_md5 is None
    )


def _has_no_context(ask: Any) -> bool:
    return ask.ssekms_encryption_context is None


async def default_of(call: Call) -> document.Default:
    """What the bucket's document says."""
    found = await call.services.configurations.compiled(
        call.bucket, document.KIND, document.compiled
    )
    return found or document.UNCONFIGURED


def written_customer_key(call: Call, ask: Any, default: document.Default) -> bytes | None:
    """The key that the client wants its object encrypted with.

    Raises:
        ProtocolError: AccessDenied, where the bucket blocks that; as ``customer_key_of``
    """
    given = (ask.sse_customer_algorithm, ask.sse_customer_key, ask.sse_customer_key_md5)
    if given == (None, None, None):
        return None
    algorithm = getattr(ask, "server_side_encryption", None)
    if algorithm is not None:
        raise invalid_argument(
            "Server Side Encryption with Customer provided key is incompatible with the "
            "encryption method specified",
            SSE,
            algorithm,
        )
    if default.blocks_customers:
        place = f"arn:aws:s3:::{call.bucket.record.name}/{call.key.decode()}"
        raise ProtocolError(
            "AccessDenied",
            f"User: arn:aws:iam::{call.account.id}:root is not authorized to perform: "
            f's3:PutObject on resource: "{place}" because this bucket has blocked upload requests '
            "that specify Server Side Encryption with Customer provided keys (SSE-C). Please "
            "specify a different server-side encryption type",
        )
    return _read_customer_key(call, *given)


def read_context(text: str | None) -> str:
    """An encryption context in one spelling; "" is none.

    Raises:
        ProtocolError: InvalidArgument
    """
    if text is None:
        return ""
    try:
        raw = b64decode(text, validate=True)
        pairs = msgspec.json.decode(raw, type=dict[str, str])
    except (ValueError, msgspec.MsgspecError, RecursionError):
        raise invalid_argument(
            f"The header '{SSE}-context' shall be Base64-encoded UTF-8 string holding JSON which "
            "represents a string-string map",
            f"{SSE}-context",
            text,
        ) from None
    return msgspec.json.encode(dict(sorted(pairs.items()))).decode()


# Keys of customers


def customer_key_of(call: Call, ask: Any) -> bytes | None:
    """The key that a request for an object of SSE-C brings; None if it brings none.

    Raises:
        ProtocolError: InvalidRequest, InvalidArgument, InvalidEncryptionAlgorithmError
    """
    algorithm, key, md5 = (
        ask.sse_customer_algorithm,
        ask.sse_customer_key,
        ask.sse_customer_key_md5,
    )
    if algorithm is None and key is None and md5 is None:
        return None
    return _read_customer_key(call, algorithm, key, md5)


def source_key_of(call: Call, ask: Any) -> bytes | None:
    """The same for the source of a copy."""
    algorithm, key, md5 = (
        ask.copy_source_sse_customer_algorithm,
        ask.copy_source_sse_customer_key,
        ask.copy_source_sse_customer_key_md5,
    )
    if algorithm is None and key is None and md5 is None:
        return None
    return _read_customer_key(call, algorithm, key, md5)


def _read_customer_key(
    call: Call, algorithm: str | None, key: str | None, md5: str | None
) -> bytes:
    if not (call.secure or call.services.sse_c_without_tls):
        raise _about_customers("must be made over a secure connection.", "InvalidRequest")
    if algorithm is None:
        raise _about_customers("must provide a valid encryption algorithm.")
    if algorithm != AES256:
        raise ProtocolError(
            "InvalidEncryptionAlgorithmError",
            "The Encryption request you specified is not valid. Supported value: AES256.",
            ArgumentName=SSE,
            ArgumentValue=algorithm,
        )
    if key is None:
        raise _about_customers("must provide an appropriate secret key.")
    if md5 is None:
        raise _about_customers("must provide the client calculated MD5 of the secret key.")
    try:
        raw = b64decode(key, validate=True)
    except ValueError:
        raise _bad_key() from None
    calculated = b64encode(hashlib.md5(raw).digest())
    if not hmac.compare_digest(calculated, md5.encode()):
        text = "The calculated MD5 hash of the key did not match the hash that was provided."
        raise invalid_argument(text, SSE, "null")
    if len(raw) != KEY_BYTES:
        raise _bad_key()
    return raw


def _about_customers(text: str, code: str = "InvalidArgument") -> ProtocolError:
    message = f"Requests specifying Server Side Encryption with Customer provided keys {text}"
    if code != "InvalidArgument":
        return ProtocolError(code, message)
    return invalid_argument(message, SSE, "null")


def _bad_key() -> ProtocolError:
    text = "The secret key was invalid for the specified algorithm."
    return invalid_argument(text, SSE, "null")


def check_has_key(bucket_id: bytes, found: ObjectVersion, customer_key: bytes | None) -> None:
    """Refuse to tell of an object without its customer's key, or with one that it has not.

    Raises:
        ProtocolError: InvalidRequest
        WrongCustomerKey
    """
    record = found.encryption
    if record is None or record.algorithm != CUSTOMER:
        if customer_key is not None:
            text = "The encryption parameters are not applicable to this object."
            raise ProtocolError("InvalidRequest", text)
        return
    if customer_key is None:
        raise ProtocolError(
            "InvalidRequest",
            "The object was stored using a form of Server Side Encryption. The correct parameters "
            "must be provided to retrieve the object.",
        )
    Protection.open_customers(bucket_id, record, customer_key)


def check_part_key(call: Call, upload: Upload, customer_key: bytes | None) -> None:
    """Refuse a part that comes with another key than its upload began with.

    Raises:
        ProtocolError: InvalidRequest
    """
    record = upload.encryption
    is_customers = record is not None and record.algorithm == CUSTOMER
    if is_customers != (customer_key is not None):
        raise ProtocolError(
            "InvalidRequest",
            "The multipart upload initiate requested encryption. Subsequent part requests must "
            "include the appropriate encryption parameters.",
        )
    if record is not None and customer_key is not None:
        try:
            Protection.open_customers(call.bucket.id, record, customer_key)
        except WrongCustomerKey:
            text = "The provided encryption parameters did not match the ones used originally."
            raise ProtocolError("InvalidRequest", text) from None


async def part_key_of(call: Call, ask: Any, upload: Upload) -> bytes | None:
    """The key of the customer that a part is encrypted with, if its upload is.

    Raises:
        ProtocolError: AccessDenied, as ``customer_key_of``, as ``check_part_key``
    """
    default = document.UNCONFIGURED
    if document.KIND in call.bucket.record.documents:
        default = await default_of(call)
    customer_key = written_customer_key(call, ask, default)
    check_part_key(call, upload, customer_key)
    return customer_key


def check_asks_nothing(call: Call, made: Encryption | None = None) -> None:
    """How an object is encrypted is said when it is made, and at no other time.

    A part may say of its upload what is so anyway, as many clients do.

    Raises:
        ProtocolError: InvalidArgument
    """
    asked = call.headers.get(_SSE)
    if asked is not None and (made is None or made.algorithm.encode() != asked):
        text = f"{SSE} header is not supported for this operation."
        raise invalid_argument(text, SSE, asked.decode("latin-1"))


# Answers


def encryption_members(
    give: type[msgspec.Struct], made: Wish | Encryption | None, ask: Any
) -> dict[str, Any]:
    """What an answer tells of encryption, as the members that its shape has."""
    if made is None:
        return _PLAIN
    if made.algorithm == CUSTOMER:
        members = {
            "sse_customer_algorithm": AES256,
            "sse_customer_key_md5": ask.sse_customer_key_md5,
        }
    else:
        members = {"server_side_encryption": made.algorithm}
        if made.key_id:
            members["ssekms_key_id"] = made.key_id
        if made.context:
            members["ssekms_encryption_context"] = b64encode(made.context.encode()).decode()
        if made.bucket_key:
            members["bucket_key_enabled"] = True
    return {name: value for name, value in members.items() if name in give.__struct_fields__}


def encryption_headers(made: Encryption, ask: Any) -> list[tuple[bytes, bytes]]:
    """The same as headers, of an object that is read."""
    if made.algorithm == CUSTOMER:
        return [
            (_SSE + b"-customer-algorithm", AES256.encode()),
            (_SSE + b"-customer-key-MD5", (ask.sse_customer_key_md5 or "").encode()),
        ]
    headers = [(_SSE, made.algorithm.encode())]
    if made.key_id:
        headers.append((_SSE + b"-aws-kms-key-id", made.key_id.encode()))
    if made.bucket_key:
        headers.append((_SSE + b"-bucket-key-enabled", b"true"))
    return headers
