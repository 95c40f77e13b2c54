"""A case for either engine, and what ours says."""

import json
from typing import Any

from gateway.iam.authorize import BucketPolicy, authorize
from gateway.iam.decision import DENY, Decision, authorize_account, authorize_trust
from gateway.iam.evaluate import Request, Source
from gateway.iam.identity import BOUNDARY, POLICY, SESSION, Identity
from gateway.iam.identity_policy import compile_identity_policy
from gateway.iam.policy import parse
from gateway.iam.trust_policy import compile_trust_policy
from storage.records import Bucket, Ownership, PublicAccessBlock
from tests.differential_iam.cases import CANONICAL, Case, Document

_RESTRICTED = PublicAccessBlock(
    public_acls=False, by_acls=False, public_policy=False, by_policy=True
)


def simulation(case: Case) -> dict[str, Any]:
    """The case as the other engine takes it."""
    return {
        "request": {
            "principal": case.who.arn,
            "action": case.action,
            "resource": {"resource": case.resource, "accountId": case.owner},
            "contextVariables": case.context,
        },
        "identityPolicies": [
            {"name": str(number), "policy": one} for number, one in enumerate(case.identity)
        ],
        "permissionBoundaryPolicies": (
            None if case.boundary is None else [{"name": "boundary", "policy": case.boundary}]
        ),
        "sessionPolicy": case.session,
        "resourcePolicy": case.policy,
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
        "additionalSettings": {"s3": {"blockPublicAccess": case.restricted}},
    }


def decide(case: Case, ignored: frozenset[str]) -> Decision:
    """What our engine decides; ``ignored`` are keys that the action does not have."""
    known = {
        name.lower(): tuple(value) if isinstance(value, list) else (value,)
        for name, value in case.context.items()
        if name not in ignored
    }
    request = Request(case.who, case.action, case.resource, lambda key: known.get(key) or None)
    boundary = None if case.boundary is None else _source(BOUNDARY, case.boundary)
    session = None if case.session is None else (_source(SESSION, case.session),)
    own = tuple(_source(POLICY, one) for one in case.identity)
    identity = Identity(own, boundary, session)
    if case.action.startswith("iam:"):
        return authorize_account(request, case.owner, identity)
    if case.action.startswith("sts:"):
        trust = Source("trust", compile_trust_policy(_bytes(case.policy)))
        return authorize_trust(request, case.owner, identity, trust)
    blocked = _RESTRICTED if case.restricted else None
    bucket = Bucket("bkt", case.owner, 0, "", ownership=Ownership.ENFORCED, blocked=blocked)
    policy = None if case.policy is None else BucketPolicy.of(parse(_bytes(case.policy)))
    return authorize(request, bucket, CANONICAL[case.owner], policy, None, identity)


def told(decision: Decision) -> str:
    """In the other engine's words."""
    if decision.allowed:
        return "Allowed"
    return "ExplicitlyDenied" if decision.by == DENY else "ImplicitlyDenied"


def _source(kind: str, document: Document) -> Source:
    return Source(kind, compile_identity_policy(_bytes(document)), kind)


def _bytes(document: Document | None) -> bytes:
    return json.dumps(document).encode()
