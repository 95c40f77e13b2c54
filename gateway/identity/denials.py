"""What there is to tell of a refusal, for whoever may decode it (``messages``).

Source: STS API Reference, DecodeAuthorizationMessage, which has an example.
"""

import json
from typing import Any, Final

from gateway.iam.decision import Decision
from gateway.iam.evaluate import Effect, Request

VALUE_MAX: Final = 256  # characters of a condition key's value: a user agent may be long
# Condition keys that are told.
_TOLD: Final = (
    *("aws:PrincipalArn", "aws:PrincipalType", "aws:SourceIp", "aws:SecureTransport"),
    *("aws:CurrentTime", "aws:UserAgent", "aws:MultiFactorAuthPresent", "aws:TokenIssueTime"),
)


def details(request: Request, decision: Decision) -> bytes:
    """Who was refused what, under which conditions, and by which statement."""
    verdict, who = decision.verdict, request.who
    matched = []
    if verdict.statement is not None:
        said = {"statementId": verdict.statement.sid or "", "sourcePolicyId": verdict.source}
        matched.append(said | {"effect": "DENY" if verdict.effect is Effect.DENY else "ALLOW"})
    conditions = [_condition(request, key) for key in _TOLD]
    told = {
        "allowed": False,
        "explicitDeny": verdict.effect is Effect.DENY,
        "matchedStatements": {"items": matched},
        "failures": {"items": []},
        "context": {
            "principal": {"id": who.user_id, "arn": who.arn},
            "action": request.action,
            "resource": request.resource,
            "conditions": {"items": [one for one in conditions if one is not None]},
        },
    }
    return json.dumps({"account": who.account, "told": told}).encode()


def _condition(request: Request, key: str) -> dict[str, Any] | None:
    found = request.values(key.lower())
    if found is None:
        return None
    return {"key": key, "values": {"items": [{"value": value[:VALUE_MAX]} for value in found]}}
