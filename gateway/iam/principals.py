"""Who a statement is about, and who asks.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, NamedTuple

_ACCOUNT: Final = re.compile(r"[0-9]{12}\Z", re.ASCII)
_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:(iam|sts)::([0-9]{12}):(root|(?:user|role|assumed-role|federated-user)/.+)\Z",
    re.ASCII,
)
_SERVICE: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?\Z", re.ASCII)

# The canonical id that S3 gives to whoever did not say who he is.
# Source: User Guide, "Access control list (ACL) overview".
ANONYMOUS_ID: Final = "65a011a29cdf8ec533ec3d1ccaae921c"
ANONYMOUS_ACCOUNT: Final = "anonymous"
ANONYMOUS_USER: Final = "anonymous"

# Kinds, as aws:PrincipalType has them.  IAM User Guide, "AWS global condition context keys".
ACCOUNT: Final = "Account"
USER: Final = "User"
FEDERATED_USER: Final = "FederatedUser"
ASSUMED_ROLE: Final = "AssumedRole"


class Who(NamedTuple):
    """Who asks, as policies and ACLs name him."""

    account: str  # 12 digits, or ANONYMOUS_ACCOUNT; "" for a service
    canonical_id: str = ANONYMOUS_ID
    arn: str = ""  # of a session: the session's own
    kind: str = "Anonymous"  # aws:PrincipalType
    user_id: str = ANONYMOUS_USER  # aws:userid
    user_name: str = ""  # aws:username
    service: str = ""  # a service of ours, as AWS calls it
    provider: str = ""  # who vouches for whoever comes to STS with a web identity
    issuer: str = ""  # of a session: the ARN of its role, or of the user who federated it

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody has said who he is."""
        return self.kind == "Anonymous"

    @property
    def is_root(self) -> bool:
        """Whether it is an account itself."""
        return self.kind == ACCOUNT

    @property
    def initiator(self) -> str:
        """As uploads remember who began them: an account's id, or an ARN."""
        return self.account if self.is_root or not self.arn else self.arn

    @property
    def principal_arn(self) -> str:
        """aws:PrincipalArn: a session's is that of its role.

        Source: IAM User Guide, "AWS global condition context keys", "aws:PrincipalArn".
        """
        return self.issuer if self.kind == ASSUMED_ROLE else self.arn


ANONYMOUS: Final = Who(ANONYMOUS_ACCOUNT)


def root_of(account: str, canonical_id: str) -> Who:
    """An account itself, which every access key of a configuration stands for."""
    return Who(account, canonical_id, f"arn:aws:iam::{account}:root", ACCOUNT, account)


def user_of(account: str, canonical_id: str, *, user_id: str, name: str, path: str = "/") -> Who:
    """A user; his path begins and ends with a slash."""
    arn = f"arn:aws:iam::{account}:user{path}{name}"
    return Who(account, canonical_id, arn, USER, user_id, name)


def session_of(
    account: str, canonical_id: str, *, role_id: str, role_arn: str, session: str
) -> Who:
    """A session of a role."""
    name = role_arn.rpartition("/")[2]
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    return Who(account, canonical_id, arn, ASSUMED_ROLE, f"{role_id}:{session}", issuer=role_arn)


def federated_of(account: str, canonical_id: str, *, name: str, issuer: str) -> Who:
    """Whom a user (or an account, which is "" here) gave credentials of GetFederationToken."""
    arn = f"arn:aws:sts::{account}:federated-user/{name}"
    return Who(account, canonical_id, arn, FEDERATED_USER, f"{account}:{name}", issuer=issuer)


def identified_by(provider: str) -> Who:
    """Whoever comes to STS with a token of a provider: its ARN, or its name as policies have it."""
    return Who("", "", "", "WebIdentity", "", "", provider=provider)


def service_of(name: str) -> Who:
    """A part of the server itself that acts by a bucket's policy, such as log delivery."""
    return Who("", "", "", "Service", "", "", name)


class Level(IntEnum):
    """How far what a statement gives is given to whoever asks.

    Source: IAM User Guide, "Policy evaluation for requests within a single account", "Analyzing
    resource-based policies"; "AWS JSON policy elements: Principal".
    """

    NONE = 0  # it is about others
    ACCOUNT = 1  # to his account, which has to give it to him
    ROLE = 2  # to the role or user behind a session, whose boundary and session policy limit it
    DIRECT = 3  # to him


# Members of an enumeration are slow to look up.
_NONE: Final = Level.NONE
_ACCOUNT_LEVEL: Final = Level.ACCOUNT
_ROLE: Final = Level.ROLE
_DIRECT: Final = Level.DIRECT


@dataclass(frozen=True, slots=True)
class Principals:
    """The Principal element, compiled."""

    anyone: bool = False
    accounts: frozenset[str] = frozenset()
    arns: frozenset[str] = frozenset()
    canonical_ids: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    federated: frozenset[str] = frozenset()  # of roles' policies: nobody who asks S3 is one

    def matches(self, who: Who) -> bool:
        """Whether it means whoever asks."""
        return self.level(who) is not _NONE

    def level(self, who: Who) -> Level:
        """How directly it means whoever asks."""
        if who.service:
            return _DIRECT if who.service in self.services else _NONE
        if who.provider:
            return _DIRECT if who.provider in self.federated else _NONE
        if self.anyone or (who.arn and who.arn in self.arns):
            return _DIRECT
        if who.issuer and who.issuer in self.arns:
            return _ROLE
        if who.account in self.accounts or who.canonical_id in self.canonical_ids:
            return _DIRECT if who.is_root or who.is_anonymous else _ACCOUNT_LEVEL
        return _NONE

    def excepts(self, who: Who) -> bool:
        """Whether a NotPrincipal leaves whoever asks alone: all that he is has to be named.

        The account first, then the role, then the session: who is named without
        his account is denied with it.

        Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal".
        """
        if who.service:
            return who.service in self.services
        if who.provider:
            return who.provider in self.federated
        if self.anyone:
            return True
        if who.account not in self.accounts and who.canonical_id not in self.canonical_ids:
            return False
        if who.is_root or who.is_anonymous:
            return True
        return who.arn in self.arns and (not who.issuer or who.issuer in self.arns)


def read_principals(given: Any) -> Principals:
    """The element's value.

    Raises:
        ValueError: it names nobody
    """
    if given == "*":
        return Principals(anyone=True)
    if not isinstance(given, dict) or not given:
        raise ValueError("no principal")
    named = {kind: _texts(names) for kind, names in given.items()}
    if not named.keys() <= {"AWS", "CanonicalUser", "Service", "Federated"}:
        raise ValueError("an unknown kind of principal")
    accounts, arns = set(), set()
    for name in named.get("AWS", ()):
        if name == "*":
            continue
        account = _account_of(name)
        if account is not None:
            accounts.add(account)
        else:
            arns.add(name)
    services = named.get("Service", ())
    if not all(_SERVICE.match(name) for name in services):
        raise ValueError("no service")
    return Principals(
        anyone="*" in named.get("AWS", ()),
        accounts=frozenset(accounts),
        arns=frozenset(arns),
        canonical_ids=frozenset(named.get("CanonicalUser", ())),
        services=frozenset(services),
        federated=frozenset(named.get("Federated", ())),
    )


def account_of_initiator(initiator: str) -> str:
    """The account that began an upload, or whose user did."""
    return account_of_arn(initiator) if initiator.startswith("arn:") else initiator


def account_of_arn(arn: str) -> str:
    """The account in an ARN of a principal."""
    return arn.split(":", 5)[4]


def _account_of(name: str) -> str | None:
    """The account that a name stands for; None if it is a user's or a role's.

    Raises:
        ValueError: it is nobody's
    """
    if _ACCOUNT.match(name):
        return name
    found = _ARN.match(name)
    if found is None or "*" in name or "?" in name:
        raise ValueError(f"{name} is no principal")
    return found[2] if found[3] == "root" else None


def _texts(given: Any) -> tuple[str, ...]:
    found = given if isinstance(given, list) else [given]
    if not found or not all(isinstance(one, str) and one for one in found):
        raise ValueError("no principal")
    return tuple(found)
