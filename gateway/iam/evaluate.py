"""The decision of policies: an explicit deny wins, then an allow, else nothing was said.

Which statement decided is part of the answer, for whoever has to explain it.

Source: IAM User Guide, "Policy evaluation logic".
"""

from collections.abc import Sequence
from enum import Enum
from typing import Final, NamedTuple

from gateway.iam.policy import Policy, Statement
from gateway.iam.principals import Level, Who
from gateway.iam.variables import Values


class Effect(Enum):
    """What policies say of a request."""

    DENY = "explicit deny"
    ALLOW = "allow"
    SILENT = "implicit deny"


class Request(NamedTuple):
    """What is to be decided."""

    who: Who
    action: str  # "s3:GetObject"
    resource: str  # its ARN
    values: Values


class Source(NamedTuple):
    """A policy, whose it is, and what it is to whoever asks."""

    name: str  # "bucket"; an identity's: its ARN, or its name there
    policy: Policy
    kind: str = ""  # one of ``identity``'s


class Verdict(NamedTuple):
    """What was decided, and by which statement of which policy."""

    effect: Effect
    source: str = ""
    statement: Statement | None = None
    kind: str = ""
    level: Level = Level.NONE  # how directly whoever asks is meant, if it allows


SILENT = Verdict(Effect.SILENT)

# Members of an enumeration are slow to look up.
_NONE: Final = Level.NONE
_DIRECT: Final = Level.DIRECT
_DENY: Final = Effect.DENY
_ALLOW: Final = Effect.ALLOW


def evaluate(sources: Sequence[Source], request: Request) -> Verdict:
    """What policies that add to each other say.

    Of what allows, it names the statement that means whoever asks most directly.
    """
    who, action, resource, values = request
    verdict, reached = SILENT, _NONE
    for source in sources:
        about = source.policy.about(action)
        for hints, is_sure, statement in about.denies:
            if (
                resource.startswith(hints)
                and (is_sure or statement.covers(resource, values))
                and statement.level(who)
                and statement.holds(values)
            ):
                return Verdict(_DENY, source.name, statement, source.kind)
        if reached is _DIRECT:
            continue
        for hints, is_sure, statement in about.allows:
            if not resource.startswith(hints):
                continue
            if not is_sure and not statement.covers(resource, values):
                continue
            level = statement.level(who)
            if level > reached and statement.holds(values):
                verdict = Verdict(_ALLOW, source.name, statement, source.kind, level)
                reached = level
                if level is _DIRECT:
                    break
    return verdict
