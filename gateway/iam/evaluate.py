"""The decision of policies: an explicit deny wins, then an allow, else nothing was said.

Which statement decided is part of the answer, for whoever has to explain it.

Source: IAM User Guide, "Policy evaluation logic".
"""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from gateway.iam.policy import Policy, Statement
from gateway.iam.principals import Who
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
    """A policy, and whose it is: "bucket"; an identity's, a boundary and a session come later."""

    name: str
    policy: Policy


class Verdict(NamedTuple):
    """What was decided, and by which statement of which policy."""

    effect: Effect
    source: str = ""
    statement: Statement | None = None


SILENT = Verdict(Effect.SILENT)


def evaluate(sources: Sequence[Source], request: Request) -> Verdict:
    """What policies that add to each other say."""
    verdict = SILENT
    for source in sources:
        for statement in source.policy.about(request.action):
            if statement.allows and verdict.effect is Effect.ALLOW:
                continue
            if statement.applies(request.who, request.resource, request.values):
                if not statement.allows:
                    return Verdict(Effect.DENY, source.name, statement)
                verdict = Verdict(Effect.ALLOW, source.name, statement)
    return verdict
