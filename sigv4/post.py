"""A browser's form: what it claims, who signed its policy, and the file it brings.

The signature covers the policy alone.  The policy is what binds the rest: a
form is accepted only with both, in that order.

Source: S3 API Reference, "Authenticating Requests: Browser-Based Uploads
Using POST", "POST Policy" and "POST Object".
"""

import base64
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from sigv4 import errors, form_errors, policy, sigv2
from sigv4.canonical import HMAC_SHA256
from sigv4.chunked import Buffer
from sigv4.credential import read_credential
from sigv4.form import AFTER_FILE_BYTES_MAX, Form, FormParser
from sigv4.keys import Credentials, Key, KeyCache
from sigv4.presigned import EXPIRES_MAX_S
from sigv4.scope import Scope, parse_timestamp, print_iso, print_timestamp

KEY_AGE_MAX_S: Final = EXPIRES_MAX_S  # a signing key is good for seven days

_V4: Final = {
    "x-amz-algorithm": "X-Amz-Algorithm",
    "x-amz-credential": "X-Amz-Credential",
    "x-amz-date": "X-Amz-Date",
    "x-amz-signature": "X-Amz-Signature",
    "policy": "policy",
}
_V2: Final = {"awsaccesskeyid": "AWSAccessKeyId", "signature": "Signature", "policy": "policy"}
_V4_MARKS: Final = frozenset(("x-amz-algorithm", "x-amz-credential", "x-amz-signature"))
_V2_MARKS: Final = frozenset(("awsaccesskeyid", "signature"))
# With neither kind of mark, these are the rest of a signature, not its absence.
_REMAINS: Final = frozenset(("x-amz-date", "x-amz-security-token"))

# Fields that need no condition.  Source: "POST Policy", "Conditions".
_EXEMPT: Final = {
    4: frozenset(("x-amz-signature", "policy", "file")),
    2: frozenset(("awsaccesskeyid", "signature", "policy", "file")),
}
_NEVER_EXPANDED: Final = frozenset((*_V4, *_V2, "x-amz-security-token"))

# Fields that are headers of the object by another means.
_HEADERS: Final = frozenset(
    (
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-md5",
        "content-type",
        "expires",
    )
)
# x-amz-* fields that are no headers of the object: of the signature, or of another body.
_NO_HEADERS: Final = (
    *_V4,
    "x-amz-content-",
    "x-amz-copy-source",
    "x-amz-decoded-content-",
    "x-amz-security-token",
    "x-amz-trailer",
)
_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]+\Z")
_NO_HEADER_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# Answers encode what else no header can have; S3 keeps a NUL of a form (recorded in LocalStack's
# test_post_object_with_unicode_metadata).
_NO_METADATA: Final = re.compile(r"[\r\n]")
_FORM: Final = errors.Head("InvalidArgument", "", "")


class FormFile(NamedTuple):
    """The payload of an accepted form: one file, after the fields that were read."""

    parser: FormParser
    fields: Mapping[str, str]  # by lower-case name, ``${filename}`` replaced
    size: policy.Range | None


class FormBody:
    """Gives a form's file, and holds its size against the policy."""

    hashes: Final = False

    def __init__(self, file: FormFile) -> None:
        self._parser = file.parser
        self._limits = file.size
        self._size = 0
        # Too large whatever follows the file: not one byte of it need be read.
        self._check_most((file.parser.expected_size or 0) - AFTER_FILE_BYTES_MAX)

    def feed(self, data: Buffer) -> Sequence[Buffer]:
        """The file's content; nothing is fed first to get what came with the fields.

        Raises:
            SigError: EntityTooLarge, and what the parser raises
        """
        pieces = self._parser.feed(data)
        self._size += sum(map(len, pieces))
        self._check_most(self._size)
        return pieces

    def finish(self) -> dict[str, str]:
        """No trailers.

        Raises:
            SigError: EntityTooSmall, MalformedPOSTRequest
        """
        self._parser.finish()
        if self._limits is not None and self._size < self._limits.least:
            raise form_errors.too_small(self._size, self._limits.least)
        return {}

    def _check_most(self, size: int) -> None:
        if self._limits is not None and size > self._limits.most:
            expected = self._parser.expected_size or 0
            raise form_errors.too_large(max(size, expected), self._limits.most)


class AnonymousForm(NamedTuple):
    """Nothing in the form looks like authentication."""

    parser: FormParser
    fields: Mapping[str, str]


class FormClaim(NamedTuple):
    """A form that names its signer, of which nothing is proven yet."""

    parser: FormParser
    fields: Mapping[str, str]
    version: Literal[2, 4]  # of the signature
    unverified_access_key: str
    session_token: str | None
    scope: Scope | None  # of version 4
    signature: bytes
    policy: bytes  # as it was sent, which is what is signed

    def is_signed_with(self, secret: str, cache: KeyCache) -> bool:
        """Whether the policy's signature is this secret's."""
        if self.scope is None:
            return hmac.compare_digest(sigv2.sign(secret, self.policy), self.signature)
        key = cache.get(self.unverified_access_key, secret, self.scope)
        return key.verifies(self.policy, self.signature)

    def admit(self, *, bucket: str, now: int) -> FormFile:
        """Hold the form against its policy, once the signature was found right.

        Raises:
            SigError: InvalidPolicyDocument, AccessDenied
        """
        rules = policy.parse(self.policy)
        rules.check(self.fields, bucket=bucket, now=now, exempt=_EXEMPT[self.version])
        return FormFile(self.parser, self.fields, rules.size)


def read_form(
    parser: FormParser,
    *,
    now: int,
    regions: Sequence[str],
    service: str = "s3",
    with_sigv2: bool = False,
) -> FormClaim | AnonymousForm:
    """Find out what a form claims, as soon as its file begins.

    ``now`` in Unix seconds.  The first of ``regions`` is the one that an error
    names as expected.

    Raises:
        SigError: InvalidArgument, a field is missing or ill-formed; InvalidRequest,
            it is signed in a way that is not allowed
    """
    assert parser.form is not None, "its fields have been read"
    fields = _fold(parser.form)
    if "key" not in fields:
        raise form_errors.field_missing("key")
    if not fields["key"]:
        raise form_errors.key_empty()
    is_v4, is_v2 = not _V4_MARKS.isdisjoint(fields), not _V2_MARKS.isdisjoint(fields)
    if is_v4 and is_v2:
        raise errors.two_mechanisms("")
    if is_v2:
        if not with_sigv2:
            raise errors.please_use_v4()
        return _read_v2(parser, fields)
    if is_v4 or not _REMAINS.isdisjoint(fields):
        return _read_v4(parser, fields, now, regions, service)
    if "policy" in fields:
        raise form_errors.access_denied()
    return AnonymousForm(parser, fields)


def _fold(form: Form) -> dict[str, str]:
    """The fields by lower-case name, the file's name where it is asked for.

    One that is checked and another that is used: only metadata may come twice,
    and is then joined as headers are.
    """
    name = re.split(r"[/\\]", form.filename)[-1] if form.filename is not None else None
    fields: dict[str, str] = {}
    for sent, value in form.fields:
        field = sent.lower()
        if name is not None and field not in _NEVER_EXPANDED:
            value = value.replace("${filename}", name)
        if field in fields and field.startswith("x-amz-meta-"):
            value = f"{fields[field]},{value}"
        elif field in fields and not field.startswith(policy.IGNORED_PREFIX):
            raise form_errors.field_repeated(sent)
        fields[field] = value
    return fields


def _need(fields: Mapping[str, str], names: Mapping[str, str]) -> None:
    for name, shown in names.items():
        if name not in fields:
            raise form_errors.field_missing(shown)


def _read_v2(parser: FormParser, fields: Mapping[str, str]) -> FormClaim:
    _need(fields, _V2)
    return FormClaim(
        parser,
        fields,
        2,
        fields["awsaccesskeyid"],
        fields.get("x-amz-security-token"),
        None,
        fields["signature"].encode(),
        fields["policy"].encode(),
    )


def _read_v4(
    parser: FormParser,
    fields: Mapping[str, str],
    now: int,
    regions: Sequence[str],
    service: str,
) -> FormClaim:
    _need(fields, _V4)
    if fields["x-amz-algorithm"] != HMAC_SHA256.decode():
        raise form_errors.algorithm(fields["x-amz-algorithm"])
    timestamp = fields["x-amz-date"]
    seconds = parse_timestamp(timestamp)
    if seconds is None:
        raise form_errors.date(timestamp)
    credential = fields["x-amz-credential"]
    try:
        # The policy's condition, not the grammar, is what tells a stray space.
        scope, access_key = read_credential(credential.strip().encode(), _FORM, regions, service)
        if scope.date != timestamp[:8]:
            raise _FORM.other_date(scope.date, timestamp[:8])
    except errors.SigError as error:
        raise form_errors.credential(error, credential) from None
    if now - seconds > KEY_AGE_MAX_S:
        raise form_errors.policy_expired()
    return FormClaim(
        parser,
        fields,
        4,
        access_key,
        fields.get("x-amz-security-token"),
        scope,
        fields["x-amz-signature"].encode(),
        fields["policy"].encode(),
    )


def headers_of(fields: Mapping[str, str]) -> dict[bytes, bytes]:
    """The headers that the fields of a form stand for.

    Raises:
        SigError: InvalidArgument, a name or a value that no header can have
    """
    headers: dict[bytes, bytes] = {}
    for field, value in fields.items():
        name = "x-amz-acl" if field == "acl" else field
        if name not in _HEADERS and not name.startswith("x-amz-"):
            continue
        if name.startswith(_NO_HEADERS):
            continue
        odd = _NO_METADATA if name.startswith("x-amz-meta-") else _NO_HEADER_VALUE
        if not _NAME.match(name) or odd.search(value):
            raise form_errors.field_invalid(field)
        if name.encode() in headers:
            raise form_errors.field_repeated(field)  # acl, and x-amz-acl
        headers[name.encode()] = value.strip(" \t").encode()
    return headers


# Signing

Condition = Mapping[str, str] | Sequence[str | int]


def sign_form(
    credentials: Credentials,
    scope: Scope,
    key: Key,
    *,
    fields: Mapping[str, str],
    conditions: Sequence[Condition],
    now: int,
    expires_s: int,
) -> dict[str, str]:
    """The fields of a form, in the order and the spelling of AWS's SDK for Python."""
    timestamp = print_timestamp(now)
    added = {
        "x-amz-algorithm": HMAC_SHA256.decode(),
        "x-amz-credential": f"{credentials.access_key}/{scope}",
        "x-amz-date": timestamp,
    }
    if credentials.session_token is not None:
        added["x-amz-security-token"] = credentials.session_token
    document: dict[str, Any] = {
        "expiration": print_iso(now + expires_s),
        "conditions": [*conditions, *({name: value} for name, value in added.items())],
    }
    encoded = base64.b64encode(json.dumps(document).encode())
    signature = key.sign(encoded).decode()
    return {**fields, **added, "policy": encoded.decode(), "x-amz-signature": signature}
