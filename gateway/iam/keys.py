"""Condition keys: which there are, and where the value of each comes from.  A closed table.

What the server knows itself (who asks, from where, when, what is there) is
never taken from what a request says; a header fills the one key that is named
after it, and no other.  A key that this server has no source for is absent.

Source: IAM User Guide, "AWS global condition context keys"; Service
Authorization Reference, "Condition keys for Amazon S3"; API Reference, "Amazon
S3 Signature Version 4 Authentication Specific Policy Keys".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from gateway.iam.principals import ANONYMOUS, Who
from gateway.iam.session import Session

_DAY_MS: Final = 24 * 3600 * 1000


class Signature(NamedTuple):
    """How a request was signed."""

    auth_type: str | None = None  # REST-HEADER, REST-QUERY-STRING, POST; None if it was not
    version: str | None = None
    signed_ms: int | None = None  # when, as it says itself and the signature covers


class Hold(NamedTuple):
    """What a request asks for that keeps a version from being deleted."""

    mode: str | None = None
    until_ms: int | None = None
    legal_hold: str | None = None
    event_hold: str | None = None
    event_days: int | None = None  # its duration: a year has 365 of them


_UNSIGNED: Final = Signature()
_NO_HOLD: Final = Hold()


@dataclass(slots=True)
class Facts:
    """What is known of a request, beside its action and resource."""

    who: Who = ANONYMOUS
    headers: Mapping[bytes, bytes] = field(default_factory=dict)  # those that a handler may see
    parameters: Mapping[str, str] = field(default_factory=dict)  # by condition key
    remote: str = ""  # the client's address
    secure: bool = False
    tls_version: str | None = None  # "1.3"
    now_ms: int = 0
    region: str = ""
    owner: str = ""  # the account of the bucket
    signature: Signature = _UNSIGNED
    copy_source: str | None = None  # bucket/key, decoded
    request_tags: Mapping[str, str] | None = None  # that an object is to have
    object_tags: Mapping[str, str] | None = None  # that it has
    hold: Hold = _NO_HOLD
    session: Session | None = None  # of temporary credentials
    principal_tags: Mapping[str, str] | None = None
    given_tags: Mapping[str, str] | None = None  # aws:RequestTag: of what is no object
    resource_tags: Mapping[str, str] | None = None  # aws:ResourceTag, iam:ResourceTag
    tag_keys: Sequence[str] | None = None  # that are taken away; given_tags' are known
    claims: Mapping[str, tuple[str, ...]] | None = None  # of a web identity, by "provider:claim"
    # What handlers of IAM and STS say of a request, under the names in GIVEN, in lower case.
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def value(self, key: str) -> tuple[str, ...] | None:
        """What the request has under a condition key, in lower case; None if nothing."""
        found = _KEYS.get(key)
        if found is not None:
            return found(self)
        family, slash, name = key.partition("/")
        if slash and family in _FAMILIES:
            return _tag(_FAMILIES[family](self), name)
        if key in GIVEN:
            return self.given.get(key)
        claims = self.claims if self.session is None else self.session.claims
        return None if claims is None else claims.get(key)


class Lazy:
    """Facts that are gathered when a policy asks for the first of them.

    ``caller`` is what is known of whoever asks: enough for the keys that say no more.
    """

    __slots__ = ("_caller", "_facts", "_gather", "_gather_caller")

    def __init__(
        self, gather: Callable[[], Facts], caller: Callable[[], Facts] | None = None
    ) -> None:
        self._gather = gather
        self._gather_caller = caller
        self._facts: Facts | None = None
        self._caller: Facts | None = None

    def value(self, key: str) -> tuple[str, ...] | None:
        """As of ``Facts``."""
        if self._facts is not None:
            return self._facts.value(key)
        if key in _OF_CALLERS and self._gather_caller is not None:
            if self._caller is None:
                self._caller = self._gather_caller()
            return self._caller.value(key)
        self._facts = self._gather()
        return self._facts.value(key)


_Read = Callable[[Facts], tuple[str, ...] | None]


def is_known(key: str) -> bool:
    """Whether a bucket's policy may ask for a key; names are not case-sensitive."""
    lower = key.lower()
    family, slash, name = lower.partition("/")
    if family == "iam:resourcetag":
        return False
    return lower in _KEYS or (bool(slash) and bool(name) and family in _FAMILIES)


def _one(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else (text,)


def _tag(tags: Mapping[str, str] | None, name: str) -> tuple[str, ...] | None:
    """The values of tags of a name, which in condition keys has no case."""
    return tuple(value for key, value in (tags or {}).items() if key.lower() == name) or None


def _absent(_: Facts) -> None:
    """Of what this server has nothing: networks, organizations, devices."""


def _header(name: bytes) -> _Read:
    def read(facts: Facts) -> tuple[str, ...] | None:
        found = facts.headers.get(name)
        return None if found is None else (found.decode("utf-8", "replace"),)

    return read


def _parameter(key: str) -> _Read:
    return lambda facts: _one(facts.parameters.get(key))


def _known(text: str) -> tuple[str, ...] | None:
    """What is empty where there is none."""
    return (text,) if text else None


def _truth(value: bool) -> tuple[str, ...]:
    return ("true" if value else "false",)


def iso(moment_ms: int) -> str:
    """A moment as condition keys of dates have it."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _signature_age(facts: Facts) -> tuple[str, ...] | None:
    signed = facts.signature.signed_ms
    return None if signed is None else (str(max(facts.now_ms - signed, 0)),)


def _until_ms(facts: Facts) -> int | None:
    """To when a version is retained at least: an event hold keeps it for its duration from now."""
    hold = facts.hold
    if hold.event_days is None:
        return hold.until_ms
    return max(hold.until_ms or 0, facts.now_ms + hold.event_days * _DAY_MS)


def _retain_until(facts: Facts) -> tuple[str, ...] | None:
    until = _until_ms(facts)
    return None if until is None else (iso(until),)


def _remaining_days(facts: Facts) -> tuple[str, ...] | None:
    until = _until_ms(facts)
    return None if until is None else (str(-((facts.now_ms - until) // _DAY_MS)),)


def _event_days(facts: Facts) -> tuple[str, ...] | None:
    days = facts.hold.event_days
    return None if days is None else (str(days),)


def _copy_source(facts: Facts) -> tuple[str, ...] | None:
    """With and without the slash that AWS's examples begin it with, and clients may."""
    source = facts.copy_source
    return None if source is None else (source, f"/{source}")


def _object_tag_keys(facts: Facts) -> tuple[str, ...] | None:
    return tuple(facts.request_tags or ()) or None


def _tag_keys(facts: Facts) -> tuple[str, ...] | None:
    return tuple(dict.fromkeys((*(facts.given_tags or ()), *(facts.tag_keys or ())))) or None


def _issued(facts: Facts) -> tuple[str, ...] | None:
    return None if facts.session is None else (iso(facts.session.issued_ms),)


def _has_mfa(facts: Facts) -> tuple[str, ...] | None:
    """Only temporary credentials say it, one way or the other."""
    return None if facts.session is None else _truth(facts.session.mfa_ms is not None)


def _mfa_age(facts: Facts) -> tuple[str, ...] | None:
    if facts.session is None or facts.session.mfa_ms is None:
        return None
    return (str(max(facts.now_ms - facts.session.mfa_ms, 0) // 1000),)


_KEYS: Final[Mapping[str, _Read]] = {
    # Who asks
    "aws:principalarn": lambda facts: _known(facts.who.principal_arn),
    "aws:principalaccount": lambda facts: (
        None if facts.who.is_anonymous else _known(facts.who.account)
    ),
    "aws:principaltype": lambda facts: (facts.who.kind,),
    "aws:userid": lambda facts: _known(facts.who.user_id),
    "aws:username": lambda facts: _known(facts.who.user_name),
    "aws:principalisawsservice": lambda facts: _truth(bool(facts.who.service)),
    "aws:principalservicename": lambda facts: _known(facts.who.service),
    "aws:principalservicenameslist": lambda facts: _known(facts.who.service),
    "aws:viaawsservice": lambda _: ("false",),
    "aws:principalorgid": _absent,
    "aws:principalorgpaths": _absent,
    "aws:federatedprovider": lambda facts: (
        None if facts.session is None else _known(facts.session.provider)
    ),
    "aws:multifactorauthpresent": _has_mfa,
    "aws:multifactorauthage": _mfa_age,
    "aws:tokenissuetime": _issued,
    "aws:sourceidentity": lambda facts: (
        None if facts.session is None else _known(facts.session.source_identity)
    ),
    "aws:calledvia": _absent,
    "aws:calledviafirst": _absent,
    "aws:calledvialast": _absent,
    # From where, when and how
    "aws:sourceip": lambda facts: _known(facts.remote),
    "aws:securetransport": lambda facts: _truth(facts.secure),
    "aws:currenttime": lambda facts: (iso(facts.now_ms),),
    "aws:epochtime": lambda facts: (str(facts.now_ms // 1000),),
    "aws:requestedregion": lambda facts: _known(facts.region),
    "aws:referer": _header(b"referer"),
    "aws:useragent": _header(b"user-agent"),
    "aws:sourcevpc": _absent,
    "aws:sourcevpcarn": _absent,
    "aws:sourcevpce": _absent,
    "aws:vpcsourceip": _absent,
    "aws:sourcearn": _absent,
    "aws:sourceaccount": _absent,
    "aws:sourceowner": _absent,
    "aws:sourceorgid": _absent,
    "aws:sourceorgpaths": _absent,
    # What is asked for
    "aws:resourceaccount": lambda facts: _known(facts.owner),
    "aws:resourceorgid": _absent,
    "aws:resourceorgpaths": _absent,
    "aws:tagkeys": _tag_keys,
    "s3:resourceaccount": lambda facts: _known(facts.owner),
    "s3:accesspointnetworkorigin": _absent,
    "s3:dataaccesspointaccount": _absent,
    "s3:dataaccesspointarn": _absent,
    "s3:accessgrantsinstancearn": _absent,
    "s3:inventoryaccessibleoptionalfields": _absent,
    "s3:isreplicationpauserequest": _absent,
    "s3:locationconstraint": _parameter("s3:locationconstraint"),
    "s3:prefix": _parameter("s3:prefix"),
    "s3:delimiter": _parameter("s3:delimiter"),
    "s3:max-keys": _parameter("s3:max-keys"),
    "s3:versionid": _parameter("s3:versionid"),
    "s3:requestobjecttagkeys": _object_tag_keys,
    "s3:object-lock-mode": lambda facts: _one(facts.hold.mode),
    "s3:object-lock-retain-until-date": _retain_until,
    "s3:object-lock-remaining-retention-days": _remaining_days,
    "s3:object-lock-legal-hold": lambda facts: _one(facts.hold.legal_hold),
    "s3:object-lock-event-hold": lambda facts: _one(facts.hold.event_hold),
    "s3:object-lock-event-hold-duration-days": _event_days,
    # How it was signed
    "s3:authtype": lambda facts: _one(facts.signature.auth_type),
    "s3:signatureversion": lambda facts: _one(facts.signature.version),
    "s3:signatureage": _signature_age,
    "s3:tlsversion": lambda facts: _one(facts.tls_version),
    # What it says, in a header of that very name
    "s3:if-match": _header(b"if-match"),
    "s3:if-none-match": _header(b"if-none-match"),
    "s3:x-amz-acl": _header(b"x-amz-acl"),
    "s3:x-amz-content-sha256": _header(b"x-amz-content-sha256"),
    "s3:x-amz-copy-source": _copy_source,
    "s3:x-amz-grant-full-control": _header(b"x-amz-grant-full-control"),
    "s3:x-amz-grant-read": _header(b"x-amz-grant-read"),
    "s3:x-amz-grant-read-acp": _header(b"x-amz-grant-read-acp"),
    "s3:x-amz-grant-write": _header(b"x-amz-grant-write"),
    "s3:x-amz-grant-write-acp": _header(b"x-amz-grant-write-acp"),
    "s3:x-amz-metadata-directive": _header(b"x-amz-metadata-directive"),
    "s3:x-amz-object-ownership": _header(b"x-amz-object-ownership"),
    "s3:x-amz-server-side-encryption": _header(b"x-amz-server-side-encryption"),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": _header(
        b"x-amz-server-side-encryption-aws-kms-key-id"
    ),
    "s3:x-amz-server-side-encryption-customer-algorithm": _header(
        b"x-amz-server-side-encryption-customer-algorithm"
    ),
    "s3:x-amz-storage-class": _header(b"x-amz-storage-class"),
    "s3:x-amz-website-redirect-location": _header(b"x-amz-website-redirect-location"),
    "s3:objectcreationoperation": _parameter("s3:objectcreationoperation"),
}

# Which are the same whatever is asked for, and cost nothing to know.
_OF_CALLERS: Final = frozenset(
    (
        *("aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:userid"),
        *("aws:username", "aws:sourceip", "aws:securetransport", "aws:currenttime"),
        *("aws:epochtime", "aws:multifactorauthpresent", "aws:tokenissuetime"),
    )
)

# Keys with a tag's name behind a slash.
_FAMILIES: Final[Mapping[str, Callable[[Facts], Mapping[str, str] | None]]] = {
    "s3:existingobjecttag": lambda facts: facts.object_tags,
    "s3:requestobjecttag": lambda facts: facts.request_tags,
    "aws:requesttag": lambda facts: facts.given_tags,
    "aws:resourcetag": lambda facts: facts.resource_tags,
    "iam:resourcetag": lambda facts: facts.resource_tags,
    "aws:principaltag": lambda facts: facts.principal_tags,
    "s3:buckettag": _absent,
    "s3:accesspointtag": _absent,
}

# Condition keys that only handlers of IAM and STS fill.  Service Authorization Reference,
# "Condition keys for AWS Identity and Access Management" and "... AWS Security Token Service".
GIVEN: Final = frozenset(
    (
        *("iam:policyarn", "iam:permissionsboundary", "iam:passedtoservice"),
        *("iam:associatedresourcearn", "iam:awsservicename"),
        *("sts:externalid", "sts:rolesessionname", "sts:durationseconds", "sts:sourceidentity"),
        *("sts:transitivetagkeys", "sts:requestcontext", "sts:awsservicename"),
    )
)

EXISTING_TAG: Final = "s3:existingobjecttag/"
ENCRYPTION: Final = "s3:x-amz-server-side-encryption"
# Of what stands in a document: nobody knows it before that was read.
REQUEST_TAGS: Final = ("s3:requestobjecttag", "s3:object-lock-")
OF_NEW_BUCKETS: Final = ("s3:locationconstraint", "aws:requesttag/", "aws:tagkeys")


@lru_cache(maxsize=1024)
def asks_for(names: frozenset[str], beginnings: tuple[str, ...] | str) -> bool:
    """Whether one of a policy's condition keys begins so."""
    return any(name.startswith(beginnings) for name in names)
