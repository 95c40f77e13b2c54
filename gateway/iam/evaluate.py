"""The decision of policies: an explicit deny wins, then an allow, else nothing was said.

Which statement decided is part of the answer, for whoever has to explain it.

Source: IAM User Guide, "Policy evaluation logic".
"""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

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


def evaluate(sources: Sequence[Source], request: Request) -> Verdict:
    """What policies that add to each other say.

    Of what allows, it names the statement that means whoever asks most directly.
    """
    who, action, resource, values = request
    verdict, reached = SILENT, Level.NONE
    for source in sources:
        for statement in source.policy.about(action):
            if statement.allows and reached is Level.DIRECT:
                continue
            level = statement.level(who)
            if level <= reached and statement.allows:
                continue
            if level and statement.applies(resource, values):
                if not statement.allows:
                    return Verdict(Effect.DENY, source.name, statement, source.kind)
                verdict = Verdict(Effect.ALLOW, source.name, statement, source.kind, level)
                reached = level
    return verdict
