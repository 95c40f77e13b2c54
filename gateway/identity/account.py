"""An account as a whole: how much it has of each, its alias, and all its permissions at once.

Source: IAM API Reference, GetAccountSummary, ListAccountAliases,
CreateAccountAlias, DeleteAccountAlias, GetAccountAuthorizationDetails.
"""

from collections.abc import AsyncIterator
from typing import Any, Final

from gateway.call import Call
from gateway.iam import builtin
from gateway.identity import policies, roles, users
from gateway.identity.attachments import shown_attached
from gateway.identity.common import (
    limit_of,
    marker_of,
    page_of,
    position_of,
    shown_boundary,
    shown_document,
    shown_tags,
)
from gateway.identity.permission import check
from gateway.query import types_iam as t
from gateway.query.errors import QueryError
from gateway.query.registry import operation
from storage.identity import quotas
from storage.identity.entities import Holder
from storage.identity.records import Group, ManagedPolicy, Role, User

_ALL: Final = "*"
# What a filter of GetAccountAuthorizationDetails stands for, in the order of the answer.
_FILTERS: Final = ("User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy")


@operation("iam", "GetAccountSummary")
async def get_account_summary(call: Call, _ask: Any) -> t.GetAccountSummaryResponse:
    """How much the account has of each, and how much it may have."""
    check(call, "iam:GetAccountSummary", _ALL)
    directory = call.services.directory
    found = await directory.summary(call.account.id)
    root = await directory.accounts.find(call.account.id)
    keys = len(root.access_keys) if root is not None else len(call.account.access_keys)
    return t.GetAccountSummaryResponse(
        summary_map={
            "Users": found.users,
            "UsersQuota": quotas.USERS_PER_ACCOUNT_MAX,
            "Groups": found.groups,
            "GroupsQuota": quotas.GROUPS_PER_ACCOUNT_MAX,
            "Roles": found.roles,
            "RolesQuota": quotas.ROLES_PER_ACCOUNT_MAX,
            "Policies": found.policies,
            "PoliciesQuota": quotas.POLICIES_PER_ACCOUNT_MAX,
            "Providers": found.providers,
            "AccountAccessKeysPresent": int(keys > 0),
            "AccountMFAEnabled": 0,
            "AccountPasswordPresent": 0,
            "AccountSigningCertificatesPresent": 0,
            "AccessKeysPerUserQuota": quotas.ACCESS_KEYS_PER_USER_MAX,
            "AssumeRolePolicySizeQuota": quotas.TRUST_POLICY_SIZE_MAX,
            "AttachedPoliciesPerGroupQuota": quotas.ATTACHED_MAX["group"],
            "AttachedPoliciesPerRoleQuota": quotas.ATTACHED_MAX["role"],
            "AttachedPoliciesPerUserQuota": quotas.ATTACHED_MAX["user"],
            "GroupPolicySizeQuota": quotas.INLINE_POLICIES_SIZE_MAX["group"],
            "GroupsPerUserQuota": quotas.GROUPS_PER_USER_MAX,
            "PolicySizeQuota": quotas.MANAGED_POLICY_SIZE_MAX,
            "RolePolicySizeQuota": quotas.INLINE_POLICIES_SIZE_MAX["role"],
            "UserPolicySizeQuota": quotas.INLINE_POLICIES_SIZE_MAX["user"],
            "VersionsPerPolicyQuota": quotas.VERSIONS_PER_POLICY_MAX,
            "MFADevices": 0,
            "MFADevicesInUse": 0,
            "InstanceProfiles": 0,
            "ServerCertificates": 0,
        }
    )


@operation("iam", "ListAccountAliases")
async def list_account_aliases(
    call: Call, ask: t.ListAccountAliasesRequest
) -> t.ListAccountAliasesResponse:
    """The account's alias, if it has one."""
    check(call, "iam:ListAccountAliases", _ALL)
    alias = await call.services.directory.accounts.alias(call.account.id)
    page, marker = page_of([alias] if alias else [], str, ask.marker, ask.max_items)
    return t.ListAccountAliasesResponse(
        account_aliases=page, is_truncated=marker is not None, marker=marker
    )


@operation("iam", "CreateAccountAlias")
async def create_account_alias(call: Call, ask: t.CreateAccountAliasRequest) -> None:
    """Give the account an alias, in place of the one it has."""
    assert ask.account_alias is not None, "the model requires it"
    check(call, "iam:CreateAccountAlias", _ALL)
    await call.services.directory.accounts.set_alias(call.account.id, ask.account_alias)


@operation("iam", "DeleteAccountAlias")
async def delete_account_alias(call: Call, ask: t.DeleteAccountAliasRequest) -> None:
    """Take the account's alias away."""
    assert ask.account_alias is not None, "the model requires it"
    check(call, "iam:DeleteAccountAlias", _ALL)
    await call.services.directory.accounts.delete_alias(call.account.id, ask.account_alias)


@operation("iam", "GetAccountAuthorizationDetails")
async def get_account_authorization_details(
    call: Call, ask: t.GetAccountAuthorizationDetailsRequest
) -> t.GetAccountAuthorizationDetailsResponse:
    """Users, groups, roles and policies with all that they allow, page by page."""
    check(call, "iam:GetAccountAuthorizationDetails", _ALL)
    wanted = [one for one in _FILTERS if ask.filter is None or one in ask.filter]
    kind, _, after = position_of(ask.marker).partition(" ")
    if kind and kind not in wanted:
        raise QueryError("ValidationError", "Invalid Marker.")
    left = wanted[wanted.index(kind) :] if kind else wanted
    found = t.GetAccountAuthorizationDetailsResponse(
        user_detail_list=[], group_detail_list=[], role_detail_list=[], policies=[]
    )
    room, last = limit_of(ask.max_items), ""
    for one in left:
        async for name, detail in _details(call, one, after, room + 1):
            if room == 0:
                found.is_truncated, found.marker = True, marker_of(last)
                return found
            _add(found, detail)
            room, last = room - 1, f"{one} {name}"
        after = ""
    found.is_truncated = False
    return found


def _add(found: t.GetAccountAuthorizationDetailsResponse, detail: Any) -> None:
    lists: dict[type, list[Any] | None] = {
        t.UserDetail: found.user_detail_list,
        t.GroupDetail: found.group_detail_list,
        t.RoleDetail: found.role_detail_list,
        t.ManagedPolicyDetail: found.policies,
    }
    target = lists[type(detail)]
    assert target is not None, "made as an empty list"
    target.append(detail)


async def _details(call: Call, kind: str, after: str, limit: int) -> AsyncIterator[tuple[str, Any]]:
    """Names and details of a kind, after a name; ``limit`` is the most that is asked for."""
    entities = call.services.directory.entities
    account = call.account.id
    if kind == "AWSManagedPolicy":
        for arn in sorted(builtin.POLICIES):
            if arn > after and (detail := await _builtin_detail(call, arn)) is not None:
                yield arn, detail
    elif kind == "User":
        for user in (await entities.users.list(account, after=after, limit=limit)).items:
            yield user.name, await _user_detail(call, user)
    elif kind == "Group":
        for group in (await entities.groups.list(account, after=after, limit=limit)).items:
            yield group.name, await _group_detail(call, group)
    elif kind == "Role":
        for role in (await entities.roles.list(account, after=after, limit=limit)).items:
            yield role.name, await _role_detail(call, role)
    else:
        for policy in (await entities.policies.list(account, after=after, limit=limit)).items:
            yield policy.name, await _policy_detail(call, policy)


async def _inline(call: Call, holder: Holder) -> list[t.PolicyDetail]:
    found = await call.services.directory.inlines.all(holder)
    return [
        t.PolicyDetail(policy_name=name, policy_document=shown_document(document))
        for name, document in found.items()
    ]


async def _user_detail(call: Call, user: User) -> t.UserDetail:
    shown = users.shown(user)
    groups = await call.services.directory.groups.of(user)
    return t.UserDetail(
        path=shown.path,
        user_name=shown.user_name,
        user_id=shown.user_id,
        arn=shown.arn,
        create_date=shown.create_date,
        user_policy_list=await _inline(call, user),
        group_list=[group.name for group in groups],
        attached_managed_policies=shown_attached(user),
        permissions_boundary=shown.permissions_boundary,
        tags=shown.tags,
    )


async def _group_detail(call: Call, group: Group) -> t.GroupDetail:
    return t.GroupDetail(
        path=group.path,
        group_name=group.name,
        group_id=group.id,
        arn=group.arn,
        create_date=group.created_ms,
        group_policy_list=await _inline(call, group),
        attached_managed_policies=shown_attached(group),
    )


async def _role_detail(call: Call, role: Role) -> t.RoleDetail:
    shown = roles.shown(role, await call.services.directory.roles.last_used(role))
    return t.RoleDetail(
        path=role.path,
        role_name=role.name,
        role_id=role.id,
        arn=role.arn,
        create_date=role.created_ms,
        assume_role_policy_document=shown.assume_role_policy_document,
        instance_profile_list=[],
        role_policy_list=await _inline(call, role),
        attached_managed_policies=shown_attached(role),
        permissions_boundary=shown_boundary(role.boundary),
        tags=shown_tags(role.tags),
        role_last_used=shown.role_last_used,
    )


async def _policy_detail(call: Call, policy: ManagedPolicy) -> t.ManagedPolicyDetail:
    shown = policies.shown(policy)
    versions = []
    for version in reversed(policy.versions):
        document = await call.services.directory.policies.document(policy, version.number)
        versions.append(policies.shown_version(policy, version, document))
    return _managed(shown, versions)


async def _builtin_detail(call: Call, arn: str) -> t.ManagedPolicyDetail | None:
    """Of one of AWS's, if the account uses it."""
    found = builtin.POLICIES[arn]
    shown = await policies.shown_builtin(call, found)
    if not shown.attachment_count and not shown.permissions_boundary_usage_count:
        return None
    return _managed(shown, [policies.shown_builtin_version(found, whole=True)])


def _managed(shown: t.Policy, versions: list[t.PolicyVersion]) -> t.ManagedPolicyDetail:
    return t.ManagedPolicyDetail(
        policy_name=shown.policy_name,
        policy_id=shown.policy_id,
        arn=shown.arn,
        path=shown.path,
        default_version_id=shown.default_version_id,
        attachment_count=shown.attachment_count,
        permissions_boundary_usage_count=shown.permissions_boundary_usage_count,
        is_attachable=True,
        description=shown.description,
        create_date=shown.create_date,
        update_date=shown.update_date,
        policy_version_list=versions,
    )
