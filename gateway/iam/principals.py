"""Who a statement is about, and who asks.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

import re
from dataclasses import dataclass
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


class Who(NamedTuple):
    """Who asks, as policies and ACLs name him."""

    account: str  # 12 digits, or ANONYMOUS_ACCOUNT; "" for a service
    canonical_id: str = ANONYMOUS_ID
    arn: str = ""
    kind: str = "Anonymous"  # aws:PrincipalType
    user_id: str = ANONYMOUS_USER  # aws:userid
    user_name: str = ""  # aws:username
    service: str = ""  # a service of ours, as AWS calls it

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody has said who he is."""
        return self.kind == "Anonymous"

    @property
    def is_root(self) -> bool:
        """Whether it is an account itself."""
        return self.kind == "Account"


ANONYMOUS: Final = Who(ANONYMOUS_ACCOUNT)


def root_of(account: str, canonical_id: str) -> Who:
    """An account itself, which every access key of a configuration stands for."""
    return Who(account, canonical_id, f"arn:aws:iam::{account}:root", "Account", account)


def service_of(name: str) -> Who:
    """A part of the server itself that acts by a bucket's policy, such as log delivery."""
    return Who("", "", "", "Service", "", "", name)


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
        if who.service:
            return who.service in self.services
        if self.anyone:
            return True
        return (
            who.account in self.accounts
            or (bool(who.arn) and who.arn in self.arns)
            or who.canonical_id in self.canonical_ids
        )


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
