"""What to do about a refusal that is not about the signature's bytes: clocks, scopes, tokens ...

Everything said here follows from the request and the rule alone.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final, NamedTuple

from sigv4.errors import SigError
from sigv4.explain.case import Case

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


def _chunk(it: Situation) -> Iterator[str]:
    if it.field("StringToSign").startswith(("AWS4-HMAC-SHA256-", "AWS4-ECDSA-P256-SHA256-")):
        yield "It is a chunk of the body whose signature is wrong, not the request's head."
        yield "Its data was changed on the way, or the chunk before it was not signed as sent."


Advice = Callable[[Situation], Iterator[str]]
# By code, and by words of the message where a code has several meanings.
ADVICE: Final[tuple[tuple[str, str, Advice], ...]] = (
    ("RequestTimeTooSkewed", "", _clock),
    ("AccessDenied", "not valid yet", _clock),
    ("AccessDenied", "has expired", _expired),
    ("AccessDenied", "were not signed", _unsigned),
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
