"""What S3 refuses of a policy that is put on a bucket, beyond its grammar.

Source: User Guide, "Policies and permissions in Amazon S3" and "Bucket
policies for Amazon S3"; the words are those that S3 answers with.
"""

from collections.abc import Callable
from typing import Final

from gateway.iam.actions import BUCKET, OBJECT, levels_of, meant_by
from gateway.iam.match import arn_matches, may_begin
from gateway.iam.policy import MalformedPolicy, Policy, Statement, parse
from gateway.iam.principals import Principals, account_of_arn
from gateway.iam.variables import Template

# Whether an account has this id, or this canonical id.
IsKnown = Callable[[str], bool]

_ARN: Final = "arn:aws:s3:::"


def arn_of(bucket: str, key: str | None = None) -> str:
    """The resource that a bucket or an object is."""
    return f"{_ARN}{bucket}" if key is None else f"{_ARN}{bucket}/{key}"


def parse_bucket_policy(document: bytes, bucket: str, is_known: IsKnown) -> Policy:
    """The policy to put on a bucket.

    Raises:
        MalformedPolicy
    """
    policy = parse(document)
    for statement in policy.statements:
        _check_principals(statement.principals, is_known)
        _check_actions(statement)
        _check_resources(statement, bucket)
    return policy


def compile_bucket_policy(document: bytes) -> Policy:
    """A policy that was put: who was known then need not be so today."""
    return parse(document)


def _check_principals(principals: Principals | None, is_known: IsKnown) -> None:
    if principals is None:
        return
    named = {*principals.accounts, *principals.canonical_ids}
    named.update(account_of_arn(arn) for arn in principals.arns)
    if principals.federated or not all(is_known(one) for one in named):
        raise MalformedPolicy("Invalid principal in policy")


def _check_actions(statement: Statement) -> None:
    if not all(meant_by(action) for action in statement.actions):
        raise MalformedPolicy("Policy has invalid action")


def _check_resources(statement: Statement, bucket: str) -> None:
    """Each has to be of this bucket, and each action has to have one of its kind."""
    covered: set[str] = set()
    for resource in statement.resources:
        levels = _levels_of(resource, bucket)
        if not levels:
            raise MalformedPolicy("Policy has invalid resource")
        covered |= levels
    if statement.not_action or statement.not_resource:
        return
    for action in statement.actions:
        if covered.isdisjoint(levels_of((action,))):
            raise MalformedPolicy("Action does not apply to any resource(s) in statement")


def _levels_of(resource: Template, bucket: str) -> set[str]:
    """Whether it may mean the bucket, its objects, or both."""
    pattern = resource.widest
    if not pattern.startswith("arn:aws"):
        return set()  # a star alone, too, S3 takes for no resource of a bucket
    found = set()
    if arn_matches(pattern, arn_of(bucket)):
        found.add(BUCKET)
    if may_begin(pattern, arn_of(bucket, "")):
        found.add(OBJECT)
    return found
