"""Managed policies: an account's own and AWS's, and the versions of its own.

Source: IAM API Reference, CreatePolicy, GetPolicy, ListPolicies, DeletePolicy,
CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, DeletePolicyVersion,
SetDefaultPolicyVersion; IAM User Guide, "Versioning IAM policies".
"""

import re
from dataclasses import replace
from typing import Final

from gateway.call import Call
from gateway.iam import builtin
from gateway.identity import managed, named
from gateway.identity.common import page_of, shown_document, shown_tags
from gateway.identity.documents import check_identity_document
from gateway.identity.permission import NOTHING, About, check
from gateway.query import types_iam as t
from gateway.query.errors import QueryError
from gateway.query.registry import operation
from storage.identity.errors import NoSuchEntity
from storage.identity.policies import find_version
from storage.identity.quotas import PAGE_MAX
from storage.identity.records import ManagedPolicy, PolicyVersion

OF_AWS: Final = "AWS"
OF_ACCOUNT: Final = "Local"
BOUNDARIES: Final = "PermissionsBoundary"
PERMISSIONS: Final = "PermissionsPolicy"

_VERSION: Final = re.compile(r"v([1-9][0-9]{0,8})\Z", re.ASCII)


def shown(policy: ManagedPolicy, *, whole: bool = True) -> t.Policy:
    """As answers have a policy; lists leave out its description and tags."""
    return t.Policy(
        policy_name=policy.name,
        policy_id=policy.id,
        arn=policy.arn,
        path=policy.path,
        default_version_id=f"v{policy.default}",
        attachment_count=policy.attachments,
        permissions_boundary_usage_count=policy.boundaries,
        is_attachable=True,
        description=(policy.description or None) if whole else None,
        create_date=policy.created_ms,
        update_date=policy.updated_ms,
        tags=shown_tags(policy.tags) if whole else None,
    )


async def shown_builtin(call: Call, found: builtin.Builtin, *, whole: bool = True) -> t.Policy:
    """The same of one of AWS's, whose uses are counted in the account that asks."""
    attachments = call.services.directory.attachments
    attached, bounded = await attachments.counts(call.account.id, found.arn)
    return t.Policy(
        policy_name=found.name,
        policy_id=found.id,
        arn=found.arn,
        path=found.path,
        default_version_id=builtin.VERSION,
        attachment_count=attached,
        permissions_boundary_usage_count=bounded,
        is_attachable=True,
        description=found.description if whole else None,
        create_date=builtin.CREATED_MS,
        update_date=builtin.CREATED_MS,
    )


def shown_version(
    policy: ManagedPolicy, version: PolicyVersion, document: str | None = None
) -> t.PolicyVersion:
    """As answers have a version."""
    return t.PolicyVersion(
        document=shown_document(document) if document is not None else None,
        version_id=version.id,
        is_default_version=version.number == policy.default,
        create_date=version.created_ms,
    )


def shown_builtin_version(found: builtin.Builtin, *, whole: bool) -> t.PolicyVersion:
    """The only version of one of AWS's; ``whole`` with its document."""
    return t.PolicyVersion(
        document=shown_document(found.document) if whole else None,
        version_id=builtin.VERSION,
        is_default_version=True,
        create_date=builtin.CREATED_MS,
    )


def number_of(version_id: str | None) -> int:
    """The number of a version; 0, which none has, of what is no version's id."""
    found = _VERSION.match(version_id or "")
    return int(found[1]) if found else 0


async def permitted(
    call: Call, action: str, arn: str | None, asked: About = NOTHING
) -> ManagedPolicy | builtin.Builtin:
    """The policy of an ARN, if whoever asks may do something to it.

    Raises:
        QueryError: AccessDenied; InvalidInput, it is no ARN of a policy
        NoSuchEntity
    """
    assert arn is not None, "the model requires it"
    managed.check_arn(arn)
    found = await managed.find(call, arn)
    tags = found.tags if isinstance(found, ManagedPolicy) else None
    check(call, action, found.arn if found else arn, replace(asked, resource_tags=tags))
    if found is None:
        raise NoSuchEntity.of("policy", arn)
    return found


async def own_policy(
    call: Call, action: str, arn: str | None, asked: About = NOTHING
) -> ManagedPolicy:
    """The same of what is to be changed: AWS's policies are not.

    Raises:
        QueryError: AccessDenied, InvalidInput
        NoSuchEntity
    """
    found = await permitted(call, action, arn, asked)
    if isinstance(found, builtin.Builtin):
        text = "Cannot perform the operation on an AWS managed policy."
        raise QueryError("AccessDenied", text)
    return found


@operation("iam", "CreatePolicy")
async def create_policy(call: Call, ask: t.CreatePolicyRequest) -> t.CreatePolicyResponse:
    """Make a managed policy, which is attached to nothing."""
    assert ask.policy_name is not None, "the model requires it"
    assert ask.policy_document is not None, "the model requires it"
    new = await named.to_be_made(call, "policy", ask.policy_name, ask)
    await check_identity_document(ask.policy_document, managed=True)
    policy = await call.services.directory.policies.create(
        call.account.id,
        ask.policy_name,
        ask.policy_document,
        path=new.path,
        description=ask.description or "",
        tags=new.tags,
    )
    return t.CreatePolicyResponse(policy=shown(policy))


@operation("iam", "GetPolicy")
async def get_policy(call: Call, ask: t.GetPolicyRequest) -> t.GetPolicyResponse:
    """What there is to say of a policy, but for its document."""
    found = await permitted(call, "iam:GetPolicy", ask.policy_arn)
    if isinstance(found, builtin.Builtin):
        return t.GetPolicyResponse(policy=await shown_builtin(call, found))
    return t.GetPolicyResponse(policy=shown(found))


@operation("iam", "ListPolicies")
async def list_policies(call: Call, ask: t.ListPoliciesRequest) -> t.ListPoliciesResponse:
    """Policies of the account and of AWS, in order of their ARNs."""
    prefix = ask.path_prefix or "/"
    check(call, "iam:ListPolicies", f"policy path {prefix}")
    found: list[t.Policy] = []
    if ask.scope != OF_ACCOUNT:
        own = [one for one in builtin.POLICIES.values() if one.path.startswith(prefix)]
        found += [await shown_builtin(call, one, whole=False) for one in own]
    if ask.scope != OF_AWS:
        after: str | None = ""
        while after is not None:
            page = await call.services.directory.entities.policies.list(
                call.account.id, path_prefix=prefix, after=after, limit=PAGE_MAX
            )
            found += [shown(policy, whole=False) for policy in page.items]
            after = page.after
    wanted = [one for one in found if _is_wanted(one, ask)]
    policies, marker = page_of(wanted, lambda one: one.arn or "", ask.marker, ask.max_items)
    return t.ListPoliciesResponse(policies=policies, is_truncated=marker is not None, marker=marker)


def _is_wanted(policy: t.Policy, ask: t.ListPoliciesRequest) -> bool:
    attached, bounds = policy.attachment_count, policy.permissions_boundary_usage_count
    if ask.policy_usage_filter == PERMISSIONS:
        return bool(attached)
    if ask.policy_usage_filter == BOUNDARIES:
        return bool(bounds)
    return bool(attached) or not ask.only_attached


@operation("iam", "DeletePolicy")
async def delete_policy(call: Call, ask: t.DeletePolicyRequest) -> None:
    """Delete a policy that nothing uses and that has no version but its default."""
    policy = await own_policy(call, "iam:DeletePolicy", ask.policy_arn)
    await call.services.directory.policies.delete(policy.arn)


@operation("iam", "CreatePolicyVersion")
async def create_policy_version(
    call: Call, ask: t.CreatePolicyVersionRequest
) -> t.CreatePolicyVersionResponse:
    """Add a version, which counts from now on if it is to be the default."""
    assert ask.policy_document is not None, "the model requires it"
    policy = await own_policy(call, "iam:CreatePolicyVersion", ask.policy_arn)
    await check_identity_document(ask.policy_document, managed=True)
    made = await call.services.directory.policies.add_version(
        policy.arn, ask.policy_document, default=bool(ask.set_as_default)
    )
    shown_made = t.PolicyVersion(
        version_id=made.id,
        is_default_version=bool(ask.set_as_default),
        create_date=made.created_ms,
    )
    return t.CreatePolicyVersionResponse(policy_version=shown_made)


@operation("iam", "GetPolicyVersion")
async def get_policy_version(
    call: Call, ask: t.GetPolicyVersionRequest
) -> t.GetPolicyVersionResponse:
    """A version with its document."""
    found = await permitted(call, "iam:GetPolicyVersion", ask.policy_arn)
    if isinstance(found, builtin.Builtin):
        if ask.version_id != builtin.VERSION:
            raise _no_version(found.arn, ask.version_id)
        version = shown_builtin_version(found, whole=True)
        return t.GetPolicyVersionResponse(policy_version=version)
    number = number_of(ask.version_id)
    one = find_version(found, number)
    document = await call.services.directory.policies.document(found, number)
    return t.GetPolicyVersionResponse(policy_version=shown_version(found, one, document))


@operation("iam", "ListPolicyVersions")
async def list_policy_versions(
    call: Call, ask: t.ListPolicyVersionsRequest
) -> t.ListPolicyVersionsResponse:
    """The versions of a policy, the newest first."""
    found = await permitted(call, "iam:ListPolicyVersions", ask.policy_arn)
    if isinstance(found, builtin.Builtin):
        versions = [shown_builtin_version(found, whole=False)]
    else:
        versions = [shown_version(found, one) for one in reversed(found.versions)]
    page, marker = page_of(versions, _oldest_last, ask.marker, ask.max_items)
    return t.ListPolicyVersionsResponse(
        versions=page, is_truncated=marker is not None, marker=marker
    )


def _oldest_last(version: t.PolicyVersion) -> str:
    """A name of which the newest version's is the first."""
    return f"{999_999_999 - number_of(version.version_id):09}"


@operation("iam", "DeletePolicyVersion")
async def delete_policy_version(call: Call, ask: t.DeletePolicyVersionRequest) -> None:
    """Delete a version that is not the default."""
    policy = await own_policy(call, "iam:DeletePolicyVersion", ask.policy_arn)
    number = number_of(ask.version_id)
    await call.services.directory.policies.delete_version(policy.arn, number)


@operation("iam", "SetDefaultPolicyVersion")
async def set_default_policy_version(call: Call, ask: t.SetDefaultPolicyVersionRequest) -> None:
    """Let a version count."""
    policy = await own_policy(call, "iam:SetDefaultPolicyVersion", ask.policy_arn)
    await call.services.directory.policies.set_default(policy.arn, number_of(ask.version_id))


def _no_version(arn: str, version_id: str | None) -> NoSuchEntity:
    text = f"Policy {arn} version {version_id} does not exist or is not attachable."
    return NoSuchEntity(text)
