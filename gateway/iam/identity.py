"""What entitles and limits whoever asks: policies of his own, a boundary, a session's.

An account itself has none of it: whatever it owns is its to use.

Source: IAM User Guide, "Policies and permissions in AWS Identity and Access
Management", "Policy types".
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from gateway.iam.evaluate import Effect, Request, Source, Verdict, evaluate

# Kinds of a Source, as decisions name what decided them.
POLICY: Final = "identity policy"
BOUNDARY: Final = "permissions boundary"
SESSION: Final = "session policy"
SCOPE: Final = "key's scope"

# Members of an enumeration are slow to look up.
_DENY: Final = Effect.DENY
_ALLOW: Final = Effect.ALLOW
_SILENT: Final = Effect.SILENT


@dataclass(frozen=True)
class Identity:
    """The policies of a user, a role's session or a federated user, compiled.

    ``session``: policies of which one must allow what is done with the session; None is no
    limit, () one that nothing passes (as of GetFederationToken without a policy).
    ``scope``: the same of a key whose limit nothing lifts, neither what a resource's policy
    gives its holder directly nor that he is the account itself.
    """

    policies: tuple[Source, ...] = ()
    boundary: Source | None = None
    session: tuple[Source, ...] | None = None
    scope: tuple[Source, ...] | None = None

    @cached_property
    def names(self) -> frozenset[str]:
        """The condition keys that some policy looks at, in lower case."""
        return frozenset[str]().union(*(one.policy.names for one in self.sources))

    @cached_property
    def limits(self) -> tuple[tuple[str, tuple[Source, ...]], ...]:
        """What has to allow a request besides, each by its kind; the scope is not among them."""
        found: list[tuple[str, tuple[Source, ...]]] = []
        if self.boundary is not None:
            found.append((BOUNDARY, (self.boundary,)))
        if self.session is not None:
            found.append((SESSION, self.session))
        return tuple(found)

    @property
    def is_limited(self) -> bool:
        """Whether more than a boundary keeps what is given elsewhere from its holder."""
        return self.session is not None or self.scope is not None

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every policy."""
        boundary = () if self.boundary is None else (self.boundary,)
        return (*self.policies, *boundary, *(self.session or ()), *(self.scope or ()))


class Opinion(NamedTuple):
    """What the policies of whoever asks say of a request, and what does not let it pass."""

    verdict: Verdict
    limit: str = ""  # the kind of limit that does not allow it

    @property
    def allows(self) -> bool:
        """Whether they are enough, if the resource is of the same account."""
        return self.verdict.effect is _ALLOW and not self.limit


def opinion(identity: Identity, request: Request) -> Opinion:
    """Ask every policy but the key's scope; an explicit deny in any ends it."""
    own = evaluate(identity.policies, request)
    if own.effect is _DENY or not identity.limits:
        return Opinion(own)
    limit = ""
    for kind, sources in identity.limits:
        found = evaluate(sources, request)
        if found.effect is _DENY:
            return Opinion(found, kind)
        if found.effect is _SILENT:
            limit = limit or kind
    return Opinion(own, limit)
