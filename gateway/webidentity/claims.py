"""What a believed token says: for whom it is, whose, until when; and tags for the session.

Source: OpenID Connect Core 1.0, sections 2 and 3.1.3.7; IAM User Guide,
"Available keys for AWS web identity federation", "Pass session tags in AWS STS",
"Passing session tags using AssumeRoleWithWebIdentity".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from gateway.webidentity.errors import expired, invalid
from storage.identity.records import OidcProvider

SKEW_S: Final = 300  # how much earlier than here it may be at the provider
SUBJECT_MAX: Final = 255  # STS API Reference, "SubjectFromWebIdentityToken"
AUDIENCES_MAX: Final = 100  # as many as a provider has here
CLAIMS_BYTES_MAX: Final = 1024  # of those that a session's token keeps

_TAGS: Final = "https://aws.amazon.com/tags"
_SOURCE_IDENTITY: Final = "https://aws.amazon.com/source_identity"
_NAME: Final = re.compile(r"[\w+=,.@-]{2,64}\Z", re.ASCII)  # STS API Reference, "SourceIdentity"


class WebIdentity(NamedTuple):
    """Whoever comes with a token."""

    subject: str
    audience: str  # for whom the token is, as answers show it
    keys: Mapping[str, tuple[str, ...]]  # condition keys, in lower case
    tags: Mapping[str, str]
    transitive: tuple[str, ...]
    source_identity: str


def issuer_of(claims: Mapping[str, Any]) -> str:
    """Who made a token, as it says itself.

    Raises:
        QueryError: InvalidIdentityToken
    """
    return _text(claims, "iss")


def read_claims(claims: Mapping[str, Any], provider: OidcProvider, now_s: int) -> WebIdentity:
    """What a token says, if it is for us and now.

    Raises:
        QueryError: InvalidIdentityToken, ExpiredTokenException
    """
    _check_times(claims, now_s)
    subject = _text(claims, "sub")
    if len(subject) > SUBJECT_MAX:
        raise invalid("The subject of the token is too long.")
    audiences = _texts(claims, "aud")
    found = {"aud": audiences, "sub": (subject,)}
    if "azp" in claims:
        # The party that the token was issued to is the audience, and what it says of one "oaud".
        found = {"aud": (_text(claims, "azp"),), "oaud": audiences, "sub": (subject,)}
    if "amr" in claims:
        found["amr"] = _texts(claims, "amr")
    audience = next((one for one in found["aud"] if one in provider.clients), None)
    if audience is None:
        raise invalid("Incorrect token audience")
    if sum(len(text.encode()) for texts in found.values() for text in texts) > CLAIMS_BYTES_MAX:
        raise invalid("The claims of the token are too long.")
    keys = {f"{provider.url}:{name}".lower(): texts for name, texts in found.items()}
    tags, transitive = _tags(claims)
    return WebIdentity(subject, audience, keys, tags, transitive, _source_identity(claims))


def _check_times(claims: Mapping[str, Any], now_s: int) -> None:
    expires_s = _seconds(claims, "exp")
    if now_s >= expires_s:
        raise expired(now_s, expires_s)
    for name in ("nbf", "iat"):
        if name in claims and _seconds(claims, name) > now_s + SKEW_S:
            raise invalid("The token is not valid yet.")


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    found = claims.get(name)
    if found is None:
        raise _missing(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or not abs(found) < 1e15:
        raise invalid(f"The claim {name} is not a time.")
    return int(found)


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    if found is None:
        raise _missing(name)
    if not isinstance(found, str) or not found:
        raise invalid(f"The claim {name} is not a text.")
    return found


def _texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A text, or a list of some."""
    found = claims.get(name)
    if found is None:
        raise _missing(name)
    texts: Sequence[Any] = found if isinstance(found, list) else (found,)
    if not 0 < len(texts) <= AUDIENCES_MAX or not all(isinstance(one, str) for one in texts):
        raise invalid(f"The claim {name} is neither a text nor a list of texts.")
    return tuple(texts)


def _tags(claims: Mapping[str, Any]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Tags of the session, nested or each in a claim of its own."""
    given = claims.get(_TAGS, {})
    if not isinstance(given, dict):
        raise invalid(f"The claim {_TAGS} is not an object.")
    principal, transitive = given.get("principal_tags", {}), given.get("transitive_tag_keys", [])
    if not isinstance(principal, dict):
        raise invalid("The tags of the token are not an object.")
    flat = f"{_TAGS}/principal_tags/"
    principal |= {
        name.removeprefix(flat): value for name, value in claims.items() if name.startswith(flat)
    }
    transitive = claims.get(f"{_TAGS}/transitive_tag_keys", transitive)
    if not isinstance(transitive, list) or not all(isinstance(one, str) for one in transitive):
        raise invalid("The transitive tag keys of the token are not texts.")
    return {name: _tag(value) for name, value in principal.items()}, tuple(transitive)


def _tag(value: Any) -> str:
    """A value, which stands in a list of one."""
    found = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not isinstance(found, str):
        raise invalid("The value of a tag of the token is not a text.")
    return found


def _source_identity(claims: Mapping[str, Any]) -> str:
    found = claims.get(_SOURCE_IDENTITY, "")
    if not isinstance(found, str) or (found and not _NAME.match(found)):
        raise invalid("The source identity of the token is invalid.")
    return found


def _missing(name: str) -> Exception:
    return invalid(f"Missing a required claim: {name}")
