"""What to do about a refusal that is not about the signature's bytes: clocks, scopes, tokens ...

Everything said here follows from the request and the rule alone.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final, NamedTuple

from sigv4.errors import SigError
from sigv4.explain.case import Case
from sigv4.explain.of_payloads import related

_ZONE_STEP_S: Final = 1800  # most offsets from UTC are whole or half hours
_NEARLY_S: Final = 120

BOTO3: Final = 'boto3.client("s3", ..., config=Config(signature_version="s3v4"))'


class Situation(NamedTuple):
    """A refusal, and what is known around it."""

    refusal: SigError
    case: Case | None
    now: int  # Unix seconds, at the server

    def field(self, name: str) -> str:
        """A member of the error document."""
        return dict(self.refusal.fields).get(name, "")


def _apart(seconds: int) -> str:
    return f"{seconds} s ({timedelta(seconds=seconds)})"


def _clock(it: Situation) -> Iterator[str]:
    if it.case is None:
        return
    apart = it.case.seconds - it.now
    ahead = "ahead of" if apart > 0 else "behind"
    yield f"The client's clock is {_apart(abs(apart))} {ahead} the server's. Set it (NTP)."
    off = abs(apart) % _ZONE_STEP_S
    if abs(apart) >= _ZONE_STEP_S - _NEARLY_S and min(off, _ZONE_STEP_S - off) <= _NEARLY_S:
        yield "That is nearly whole hours or half ones: local time was sent as if it were UTC."


def _expired(it: Situation) -> Iterator[str]:
    expires = it.field("X-Amz-Expires")
    if it.case is not None and it.case.scheme == "v2":
        yield f"The URL was good until {it.field('Expires')}; it is {it.field('ServerTime')}."
        yield "Make a new one; Version 2 sets no limit to the time it is good for."
    if it.case is None or not expires.isdecimal():
        return
    late = it.now - it.case.seconds - int(expires)
    yield f"The URL was made at {it.case.timestamp} for {expires} s and came {_apart(late)} late."
    yield "Make a new one, or one that is good for longer (604800 s at most)."


def _unsigned(it: Situation) -> Iterator[str]:
    names = it.field("HeadersNotSigned")
    yield f"These headers arrived and are not in SignedHeaders: {names}."
    yield (
        "Give them to the signer (for a presigned URL, when making it), or do not send them; "
        "or something on the way adds them."
    )


def _scope(it: Situation) -> Iterator[str]:
    region = it.field("Region")
    if region and it.case is not None:
        yield f"The client signed for region {it.case.scope.region!r}, the server is {region!r}."
        yield f"Set the client's region to {region}, or the server's region to the client's."


def _unknown_key(it: Situation) -> Iterator[str]:
    if it.case is None:
        return
    given = it.case.access_key
    yield f"No account has the access key {given!r}."
    for pair in it.case.known.credentials:
        if pair.access_key.strip().lower() == given.strip("\"' \t").lower():
            yield f"It differs from {pair.access_key!r} only in case, white space or quotes."
        elif given == pair.secret_key:
            yield "It is a secret of yours: access key and secret are exchanged."


def _use_v4(_: Situation) -> Iterator[str]:
    yield "The client signed with the obsolete Signature Version 2."
    yield f"boto3 does so for presigned URLs unless told otherwise: {BOTO3}"


def _no_hash(_: Situation) -> Iterator[str]:
    yield "The client did not send x-amz-content-sha256, which S3 requires and signs."
    yield "curl before version 8: add -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD'."


def _incomplete(_: Situation) -> Iterator[str]:
    yield "The URL has lost parameters of its signature."
    yield "In a shell, put it in single quotes: an & outside quotes ends the command."


def _mechanisms(_: Situation) -> Iterator[str]:
    yield "An Authorization header was sent together with a presigned URL."
    yield "Use the URL with a plain HTTP client, without credentials of its own."


def _token(_: Situation) -> Iterator[str]:
    yield "A session token was sent with a key that has none."
    yield "Unset AWS_SESSION_TOKEN, which is left over from temporary credentials."


def _body(it: Situation) -> Iterator[str]:
    yield (
        f"The client signed the hash {it.field('ClientComputedContentSHA256')}, the body that "
        f"arrived has {it.field('S3ComputedContentSHA256')}: it was changed after signing."
    )
    bodies = related(it.case.known.body if it.case is not None else None)
    what: dict[str, str] = {}
    for how, body in (*bodies, ("no body", b"")):
        what.setdefault(hashlib.sha256(body).hexdigest(), how)  # the first is the most usual
    signed = it.field("ClientComputedContentSHA256").lower()
    if signed in what:
        yield f"What was signed is the hash of {what[signed]}."


def _chunk(it: Situation) -> Iterator[str]:
    if it.field("StringToSign").startswith(("AWS4-HMAC-SHA256-", "AWS4-ECDSA-P256-SHA256-")):
        yield "It is a chunk of the body whose signature is wrong, not the request's head."
        yield "Its data was changed on the way, or the chunk before it was not signed as sent."


def _parameters_not_signed(it: Situation) -> Iterator[str]:
    names = it.field("ParametersNotSigned")
    yield f"Version 2 leaves {names} unsigned: whoever has the URL could change it."
    yield f"Sign with Version 4, which signs all of them: {BOTO3}"


# Forms

_CONDITION: Final = re.compile(r"\$([^\"]+)\"|\{\"([^\"]+)\"")


def _condition(it: Situation) -> Iterator[str]:
    found = _CONDITION.search(it.refusal.message)
    if found is None or it.case is None:
        return
    name = found[1] or found[2]
    value = it.case.parameters.get(name.lower())
    if name.lower() == "bucket":
        yield "The form was made for another bucket than it was sent to."
    elif value is None:
        yield f"The form has no field {name!r} before its file; what follows the file is not read."
    else:
        yield f"The form's field {name!r} is {value!r}, which the policy does not allow."
    yield "Send what the policy says, or change the condition and sign the policy again."


def _extra_field(it: Situation) -> Iterator[str]:
    name = it.refusal.message.rpartition(": ")[2]
    yield f"The form sends a field {name!r} that its policy does not mention."
    yield (
        f'Add a condition before signing, {{"{name}": VALUE}} or ["starts-with", "${name}", ""], '
        "or do not send it."
    )


def _policy_expired(_: Situation) -> Iterator[str]:
    yield "The form is too old: its policy's `expiration` has passed, or its key is of last week."
    yield "Make a new form for each visitor, or one that is good for longer (seven days at most)."


def _field_missing(_: Situation) -> Iterator[str]:
    yield "Fields after the file are not read: send `file` last."
    yield "Signing fields come together: policy, x-amz-algorithm, -credential, -date, -signature."


def _size(it: Situation) -> Iterator[str]:
    least, most = it.field("MinSizeAllowed"), it.field("MaxSizeAllowed")
    limit = f"at least {least}" if least else f"at most {most}"
    yield f"The file has {it.field('ProposedSize')} bytes; the policy's content-length-range wants"
    yield f"{limit}. Send another file, or sign a policy with another range."


def _policy_document(_: Situation) -> Iterator[str]:
    yield "The signature is right, and what it signs is no policy: see the message above."


Advice = Callable[[Situation], Iterator[str]]
# By code, and by words of the message where a code has several meanings.
ADVICE: Final[tuple[tuple[str, str, Advice], ...]] = (
    ("RequestTimeTooSkewed", "", _clock),
    ("AccessDenied", "not valid yet", _clock),
    ("AccessDenied", "has expired", _expired),
    ("AccessDenied", "headers present", _unsigned),
    ("AuthorizationHeaderMalformed", "region", _scope),
    ("AuthorizationQueryParametersError", "the region", _scope),
    ("AuthorizationQueryParametersError", "requires the", _incomplete),
    ("InvalidAccessKeyId", "", _unknown_key),
    ("InvalidRequest", "Please use AWS4-HMAC-SHA256", _use_v4),
    ("InvalidRequest", "x-amz-content-sha256", _no_hash),
    ("InvalidArgument", "Only one auth mechanism", _mechanisms),
    ("InvalidToken", "", _token),
    ("XAmzContentSHA256Mismatch", "", _body),
    ("SignatureDoesNotMatch", "", _chunk),
    ("AccessDenied", "query parameters present", _parameters_not_signed),
    ("AccessDenied", "requires the Signature", _incomplete),
    ("AccessDenied", "Condition failed", _condition),
    ("AccessDenied", "Extra input fields", _extra_field),
    ("AccessDenied", "Policy expired", _policy_expired),
    ("InvalidArgument", "must contain a field", _field_missing),
    ("EntityTooLarge", "", _size),
    ("EntityTooSmall", "", _size),
    ("InvalidPolicyDocument", "", _policy_document),
)


def advise(situation: Situation) -> tuple[str, ...]:
    """Sentences for whoever has to mend it."""
    refusal = situation.refusal
    return tuple(
        sentence
        for code, words, advice in ADVICE
        if refusal.code == code and words in refusal.message
        for sentence in advice(situation)
    )
