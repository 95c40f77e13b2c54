"""Forms for tests: signed by our own signer and changed afterwards, read as a server reads them."""

import base64
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pytest

from sigv4 import (
    AnonymousForm,
    FormParser,
    KeyCache,
    Scope,
    SigError,
    Signer,
    Verified,
    accept_anonymous_form,
    check_form,
    encode_form,
    read_form,
)
from sigv4.keys import signing_key
from sigv4.post import Condition
from tests.sigv4.signing import KEYS, NOW, REGION, SIGNER

BUCKET: Final = "bkt"
BOUNDARY: Final = b"----WebKitFormBoundaryAbC123"
CONTENT_TYPE: Final = b"multipart/form-data; boundary=" + BOUNDARY
CONTENT: Final = b"hello"
ARGUMENT: Final = ("InvalidArgument", 400)
DENIED: Final = ("AccessDenied", 403)
LATER: Final = "2026-08-21T11:11:12Z"  # an hour after NOW: when a policy ends

Fields = Sequence[tuple[str, str]]


def signed(
    fields: Mapping[str, str] | None = None,
    conditions: Sequence[Condition] = (),
    *,
    key: str = "user/a",
    signer: Signer = SIGNER,
    now: int = NOW,
    expires_s: int = 3600,
) -> dict[str, str]:
    """The fields of a form that is right."""
    return signer.post_form(
        BUCKET, key, now=now, expires_s=expires_s, fields=fields or {}, conditions=conditions
    )


def resigned(policy: object, fields: Mapping[str, str] | None = None) -> dict[str, str]:
    """A right form's fields with another policy: a document, or the text of one."""
    text = policy if isinstance(policy, str) else json.dumps(policy)
    return with_policy(base64.b64encode(text.encode()).decode(), fields)


def with_policy(encoded: str, fields: Mapping[str, str] | None = None) -> dict[str, str]:
    """A right form's fields with another policy, as it stands in the form."""
    found = {**(signed() if fields is None else fields), "policy": encoded}
    key = signing_key(KEYS.secret_key, Scope("20260821", REGION, "s3"))
    return {**found, "x-amz-signature": key.sign(encoded.encode()).decode()}


def v2_signed(document: object, fields: Mapping[str, str] | None = None) -> dict[str, str]:
    """A form of Signature Version 2, signed without any code of ours."""
    encoded = base64.b64encode(json.dumps(document).encode())
    signature = base64.b64encode(hmac.digest(KEYS.secret_key.encode(), encoded, "sha1"))
    return {
        "key": "user/a",
        **(fields or {}),
        "AWSAccessKeyId": KEYS.access_key,
        "policy": encoded.decode(),
        "signature": signature.decode(),
    }


def body_of(
    fields: Mapping[str, str] | Fields, content: bytes = CONTENT, filename: str | None = "f.txt"
) -> bytes:
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    return encode_form(pairs, content, boundary=BOUNDARY, filename=filename)


def parsed(body: bytes, pieces: Iterable[bytes] | None = None, **options: Any) -> FormParser:
    """A parser that was fed until the file begins."""
    parser = FormParser(CONTENT_TYPE, content_length=len(body), **options)
    for piece in [body] if pieces is None else pieces:
        parser.feed(piece)
    return parser


def accept(
    fields: Mapping[str, str] | Fields,
    *,
    content: bytes = CONTENT,
    filename: str | None = "f.txt",
    bucket: str = BUCKET,
    now: int = NOW,
    with_sigv2: bool = False,
) -> Verified:
    """What the verifier makes of the form; raises SigError."""
    parser = parsed(body_of(fields, content, filename))
    if parser.form is None:
        parser.finish()
    claim = read_form(parser, now=now, regions=(REGION,), with_sigv2=with_sigv2)
    if isinstance(claim, AnonymousForm):
        return accept_anonymous_form(claim)
    secret = KEYS.secret_key if claim.unverified_access_key == KEYS.access_key else None
    return check_form(claim, secret, KeyCache(), bucket=bucket, now=now)


def upload(fields: Mapping[str, str] | Fields, **options: Any) -> bytes:
    """The file of a form that is accepted; raises SigError."""
    reader = accept(fields, **options).body()
    content = b"".join(map(bytes, reader.feed(b"")))
    reader.finish()
    return content


def refusal(fields: Mapping[str, str] | Fields, **options: Any) -> SigError:
    """Why the form, or its file, is refused."""
    with pytest.raises(SigError) as caught:
        upload(fields, **options)
    return caught.value


def refused(fields: Mapping[str, str] | Fields, **options: Any) -> tuple[str, int]:
    """The code and status of its refusal."""
    error = refusal(fields, **options)
    return error.code, error.status


def shown(fields: Mapping[str, str] | Fields, **options: Any) -> tuple[str, dict[str, str]]:
    """The message of its refusal, and what else the error document shows."""
    error = refusal(fields, **options)
    return error.message, dict(error.fields)


def missing(name: str) -> tuple[str, dict[str, str]]:
    """What is shown where a field is missing, in S3's words."""
    return (
        f"Bucket POST must contain a field named '{name}'.  "
        "If it is specified, please check the order of the fields.",
        {"ArgumentName": name, "ArgumentValue": ""},
    )


def without(fields: Mapping[str, str], *names: str) -> dict[str, str]:
    """The fields but some."""
    return {name: value for name, value in fields.items() if name not in names}
