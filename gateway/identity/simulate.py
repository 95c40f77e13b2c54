"""What policies would decide, by the evaluator that decides requests.

Nothing of the request that asks counts: who asks, what and by which conditions
stands in its parameters.  Of whoever is simulated as a user the keys that
name him are known; any other key has a value only if it is given.

Source: IAM API Reference, SimulateCustomPolicy, SimulatePrincipalPolicy,
EvaluationResult; IAM User Guide, "IAM policy testing with the IAM policy
simulator".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway import threads
from gateway.call import Call
from gateway.iam.bucket_policy import compile_bucket_policy
from gateway.iam.decision import DENY, Given, weigh
from gateway.iam.evaluate import Effect, Request, Source, Verdict, evaluate
from gateway.iam.identity import BOUNDARY, POLICY, Identity
from gateway.iam.identity_policy import compile_identity_policy
from gateway.iam.policy import MalformedPolicy
from gateway.iam.principals import Who, user_of
from gateway.identity.common import limit_of, marker_of, position_of
from gateway.identity.documents import check_identity_document
from gateway.identity.held import Held, held_by, managed_of, permitted
from gateway.identity.permission import check
from gateway.query import types_iam as t
from gateway.query.errors import QueryError
from gateway.query.registry import operation
from storage.identity.names import is_account, split_arn
from storage.identity.records import Group, User

ALLOWED: Final = "allowed"
EXPLICIT: Final = "explicitDeny"
IMPLICIT: Final = "implicitDeny"
EVERYTHING: Final = "*"
RESOURCE: Final = "resource"
# What would have no effect: instances of EC2, organizations, to leave policies out.
_OF_CUSTOM: Final = ("ResourceHandlingOption", "OrderedOrganizationPolicyInputList")
_OF_PRINCIPAL: Final = ("ResourceHandlingOption", "PolicyExclusionList")


@dataclass(frozen=True, slots=True)
class Simulation:
    """Policies and what they are asked."""

    policies: tuple[Held, ...]
    boundary: Held | None
    resource_policy: str | None
    owner: str  # the account that resources are of
    who: Who
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    context: Mapping[str, tuple[str, ...]]  # by key, in lower case

    @property
    def count(self) -> int:
        """How many questions that are."""
        return len(self.actions) * len(self.resources)


@operation("iam", "SimulateCustomPolicy", refused=_OF_CUSTOM)
async def simulate_custom_policy(
    call: Call, ask: t.SimulateCustomPolicyRequest
) -> t.SimulatePolicyResponse:
    """What the policies that are given would decide."""
    check(call, "iam:SimulateCustomPolicy", EVERYTHING)
    given = await _given("PolicyInputList", ask.policy_input_list)
    bounds = await _given(
        "PermissionsBoundaryPolicyInputList", ask.permissions_boundary_policy_input_list
    )
    return await _answer(call, ask, (*given,), bounds[0] if bounds else None)


@operation("iam", "SimulatePrincipalPolicy", refused=_OF_PRINCIPAL)
async def simulate_principal_policy(
    call: Call, ask: t.SimulatePrincipalPolicyRequest
) -> t.SimulatePolicyResponse:
    """What the policies of a user, a group or a role would decide, with those that are given."""
    assert ask.policy_source_arn is not None, "the model requires it"
    holder = await permitted(call, "iam:SimulatePrincipalPolicy", ask.policy_source_arn)
    given = await _given("PolicyInputList", ask.policy_input_list)
    bounds = await _given(
        "PermissionsBoundaryPolicyInputList", ask.permissions_boundary_policy_input_list
    )
    boundary = bounds[0] if bounds else None
    if boundary is None and not isinstance(holder, Group) and holder.boundary:
        boundary = await managed_of(call, holder.boundary)
    held = await held_by(call, holder)
    user = holder if isinstance(holder, User) else None
    return await _answer(call, ask, (*held, *given), boundary, user)


async def _given(member: str, documents: Sequence[str] | None) -> list[Held]:
    """The policies of a request, named by their places.

    Raises:
        QueryError: MalformedPolicyDocument
    """
    found = []
    for number, document in enumerate(documents or (), 1):
        await check_identity_document(document)
        found.append(Held(f"{member}.{number}", "IAM Policy", document))
    return found


async def _answer(
    call: Call,
    ask: t.SimulateCustomPolicyRequest | t.SimulatePrincipalPolicyRequest,
    policies: tuple[Held, ...],
    boundary: Held | None,
    user: User | None = None,
) -> t.SimulatePolicyResponse:
    if ask.resource_policy is not None and ask.caller_arn is None and user is None:
        raise QueryError("InvalidInput", "A ResourcePolicy needs a CallerArn.")
    simulation = Simulation(
        policies,
        boundary,
        ask.resource_policy,
        _account_of(call, ask.resource_owner),
        _who(call, ask.caller_arn, user),
        tuple(ask.action_names or ()),
        tuple(ask.resource_arns or (EVERYTHING,)),
        {
            (entry.context_key_name or "").lower(): tuple(entry.context_key_values or ())
            for entry in ask.context_entries or ()
        },
    )
    first = _number(position_of(ask.marker))
    last = min(first + limit_of(ask.max_items), simulation.count)
    results = await threads.beside(threads.parsing, simulate, simulation, range(first, last))
    is_more = last < simulation.count
    return t.SimulatePolicyResponse(
        evaluation_results=results,
        is_truncated=is_more,
        marker=marker_of(str(last)) if is_more else None,
    )


def _number(position: str) -> int:
    if not position:
        return 0
    if not (position.isascii() and position.isdigit()) or len(position) > len(str(2**31)):
        raise QueryError("ValidationError", "Invalid Marker.")
    return int(position)


def _account_of(call: Call, owner: str | None) -> str:
    """The account that a ResourceOwner names: its id, or its ARN; by default the one that asks.

    Raises:
        QueryError: InvalidInput
    """
    if owner is None:
        return call.account.id
    account = (*owner.split(":"), "", "", "", "", "")[4] if ":" in owner else owner
    if not is_account(account):
        raise QueryError("InvalidInput", f"Invalid Entity Arn: {owner} names no account")
    return account


def _who(call: Call, arn: str | None, user: User | None) -> Who:
    """Who is simulated: a user."""
    if arn is not None and (user is None or arn != user.arn):
        parts = split_arn(arn, "user")
        if parts is None:
            raise QueryError("InvalidInput", f"Invalid Entity Arn: {arn} is no user's")
        account, path, name = parts
        return user_of(account, "", user_id="", name=name, path=path)
    if user is not None:
        return user_of(user.account, "", user_id=user.id, name=user.name, path=user.path)
    return Who(call.account.id, "", "", "User", "")


def simulate(simulation: Simulation, wanted: range) -> list[t.EvaluationResult]:
    """Answer some of the questions: each action on each resource, in order.

    Raises:
        QueryError: MalformedPolicyDocument
    """
    held = {one.name: one for one in simulation.policies}
    sources = tuple(
        Source(one.name, compile_identity_policy(one.document.encode()), POLICY)
        for one in simulation.policies
    )
    boundary = None
    if simulation.boundary is not None:
        text = simulation.boundary.document.encode()
        boundary = Source(simulation.boundary.name, compile_identity_policy(text), BOUNDARY)
        held[simulation.boundary.name] = simulation.boundary
    resource = _resource_source(simulation.resource_policy)
    identity = Identity(sources, boundary)
    known = _known(simulation)
    width = len(simulation.resources)
    return [
        _result(
            simulation,
            identity,
            resource,
            Request(
                simulation.who,
                simulation.actions[number // width],
                simulation.resources[number % width],
                known.get,
            ),
            held,
            known,
        )
        for number in wanted
    ]


def _resource_source(document: str | None) -> Source | None:
    if document is None:
        return None
    try:
        return Source("ResourcePolicy", compile_bucket_policy(document.encode()), RESOURCE)
    except MalformedPolicy as error:
        raise QueryError("MalformedPolicyDocument", str(error)) from None


def _known(simulation: Simulation) -> dict[str, tuple[str, ...]]:
    """Condition keys by name, in lower case."""
    who = simulation.who
    named = {
        "aws:principalaccount": who.account,
        "aws:principalarn": who.arn,
        "aws:principaltype": who.kind if who.arn else "",
        "aws:userid": who.user_id,
        "aws:username": who.user_name,
    }
    return {key: (value,) for key, value in named.items() if value} | dict(simulation.context)


def _result(
    simulation: Simulation,
    identity: Identity,
    resource: Source | None,
    request: Request,
    held: Mapping[str, Held],
    known: Mapping[str, tuple[str, ...]],
) -> t.EvaluationResult:
    said = evaluate((resource,), request) if resource is not None else None
    is_own = request.who.account == simulation.owner
    if said is not None and said.effect is Effect.DENY:
        decision, verdicts = EXPLICIT, [said]
    else:
        given = Given(said.level, RESOURCE, said) if said is not None else Given()
        found = weigh(identity, request, given, is_own=is_own)
        verdicts = [found.verdict, found.other]
        decision = ALLOWED if found.allowed else EXPLICIT if found.by == DENY else IMPLICIT
    bounded = None
    if identity.boundary is not None:
        bound = evaluate((identity.boundary,), request)
        bounded = t.PermissionsBoundaryDecisionDetail(
            allowed_by_permissions_boundary=bound.effect is Effect.ALLOW
        )
    sources = (*identity.sources, *((resource,) if resource is not None else ()))
    return t.EvaluationResult(
        eval_action_name=request.action,
        eval_resource_name=request.resource,
        eval_decision=decision,
        matched_statements=[_matched(one, held) for one in verdicts if one.statement is not None],
        missing_context_values=_missing(sources, request.action, known),
        permissions_boundary_decision_detail=bounded,
    )


def _matched(verdict: Verdict, held: Mapping[str, Held]) -> t.Statement:
    one = held.get(verdict.source)
    return t.Statement(
        source_policy_id=verdict.source, source_policy_type=one.kind if one else RESOURCE
    )


def _missing(
    sources: Sequence[Source], action: str, known: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """The keys that statements about an action look at, and that have no value."""
    names = {
        name
        for source in sources
        for statement in source.policy.statements
        if statement.is_about(action.lower())
        for name in statement.names
    }
    return sorted(names - known.keys())
