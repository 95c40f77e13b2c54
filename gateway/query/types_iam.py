"""The structures of IAM's model.  Generated: `python -m gateway.query generate`."""

import msgspec


class AddClientIDToOpenIDConnectProviderRequest(msgspec.Struct, kw_only=True):
    """IAM's AddClientIDToOpenIDConnectProviderRequest."""

    open_id_connect_provider_arn: str | None = None
    client_id: str | None = None


class AddUserToGroupRequest(msgspec.Struct, kw_only=True):
    """IAM's AddUserToGroupRequest."""

    group_name: str | None = None
    user_name: str | None = None


class AttachGroupPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's AttachGroupPolicyRequest."""

    group_name: str | None = None
    policy_arn: str | None = None


class AttachRolePolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's AttachRolePolicyRequest."""

    role_name: str | None = None
    policy_arn: str | None = None


class AttachUserPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's AttachUserPolicyRequest."""

    user_name: str | None = None
    policy_arn: str | None = None


class CreateAccessKeyRequest(msgspec.Struct, kw_only=True):
    """IAM's CreateAccessKeyRequest."""

    user_name: str | None = None


class AccessKey(msgspec.Struct, kw_only=True):
    """IAM's AccessKey."""

    user_name: str | None = None
    access_key_id: str | None = None
    status: str | None = None
    secret_access_key: str | None = None
    create_date: int | None = None


class CreateAccessKeyResponse(msgspec.Struct, kw_only=True):
    """IAM's CreateAccessKeyResponse."""

    access_key: AccessKey | None = None


class CreateAccountAliasRequest(msgspec.Struct, kw_only=True):
    """IAM's CreateAccountAliasRequest."""

    account_alias: str | None = None


class CreateGroupRequest(msgspec.Struct, kw_only=True):
    """IAM's CreateGroupRequest."""

    path: str | None = None
    group_name: str | None = None


class Group(msgspec.Struct, kw_only=True):
    """IAM's Group."""

    path: str | None = None
    group_name: str | None = None
    group_id: str | None = None
    arn: str | None = None
    create_date: int | None = None


class CreateGroupResponse(msgspec.Struct, kw_only=True):
    """IAM's CreateGroupResponse."""

    group: Group | None = None


class Tag(msgspec.Struct, kw_only=True):
    """IAM's Tag."""

    key: str | None = None
    value: str | None = None


class CreateOpenIDConnectProviderRequest(msgspec.Struct, kw_only=True):
    """IAM's CreateOpenIDConnectProviderRequest."""

    url: str | None = None
    client_id_list: list[str] | None = None
    thumbprint_list: list[str] | None = None
    tags: list[Tag] | None = None


class CreateOpenIDConnectProviderResponse(msgspec.Struct, kw_only=True):
    """IAM's CreateOpenIDConnectProviderResponse."""

    open_id_connect_provider_arn: str | None = None
    tags: list[Tag] | None = None


class CreatePolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's CreatePolicyRequest."""

    policy_name: str | None = None
    path: str | None = None
    policy_document: str | None = None
    description: str | None = None
    tags: list[Tag] | None = None


class Policy(msgspec.Struct, kw_only=True):
    """IAM's Policy."""

    policy_name: str | None = None
    policy_id: str | None = None
    arn: str | None = None
    path: str | None = None
    default_version_id: str | None = None
    attachment_count: int | None = None
    permissions_boundary_usage_count: int | None = None
    is_attachable: bool | None = None
    description: str | None = None
    create_date: int | None = None
    update_date: int | None = None
    tags: list[Tag] | None = None


class CreatePolicyResponse(msgspec.Struct, kw_only=True):
    """IAM's CreatePolicyResponse."""

    policy: Policy | None = None


class CreatePolicyVersionRequest(msgspec.Struct, kw_only=True):
    """IAM's CreatePolicyVersionRequest."""

    policy_arn: str | None = None
    policy_document: str | None = None
    set_as_default: bool | None = None


class PolicyVersion(msgspec.Struct, kw_only=True):
    """IAM's PolicyVersion."""

    document: str | None = None
    version_id: str | None = None
    is_default_version: bool | None = None
    create_date: int | None = None


class CreatePolicyVersionResponse(msgspec.Struct, kw_only=True):
    """IAM's CreatePolicyVersionResponse."""

    policy_version: PolicyVersion | None = None


class CreateRoleRequest(msgspec.Struct, kw_only=True):
    """IAM's CreateRoleRequest."""

    path: str | None = None
    role_name: str | None = None
    assume_role_policy_document: str | None = None
    description: str | None = None
    max_session_duration: int | None = None
    permissions_boundary: str | None = None
    tags: list[Tag] | None = None


class AttachedPermissionsBoundary(msgspec.Struct, kw_only=True):
    """IAM's AttachedPermissionsBoundary."""

    permissions_boundary_type: str | None = None
    permissions_boundary_arn: str | None = None


class RoleLastUsed(msgspec.Struct, kw_only=True):
    """IAM's RoleLastUsed."""

    last_used_date: int | None = None
    region: str | None = None


class SourceRoleTemplate(msgspec.Struct, kw_only=True):
    """IAM's SourceRoleTemplate."""

    template_arn: str | None = None
    template_minor_version: int | None = None


class Role(msgspec.Struct, kw_only=True):
    """IAM's Role."""

    path: str | None = None
    role_name: str | None = None
    role_id: str | None = None
    arn: str | None = None
    create_date: int | None = None
    assume_role_policy_document: str | None = None
    description: str | None = None
    max_session_duration: int | None = None
    permissions_boundary: AttachedPermissionsBoundary | None = None
    tags: list[Tag] | None = None
    role_last_used: RoleLastUsed | None = None
    source_role_template: SourceRoleTemplate | None = None


class CreateRoleResponse(msgspec.Struct, kw_only=True):
    """IAM's CreateRoleResponse."""

    role: Role | None = None


class CreateUserRequest(msgspec.Struct, kw_only=True):
    """IAM's CreateUserRequest."""

    path: str | None = None
    user_name: str | None = None
    permissions_boundary: str | None = None
    tags: list[Tag] | None = None


class User(msgspec.Struct, kw_only=True):
    """IAM's User."""

    path: str | None = None
    user_name: str | None = None
    user_id: str | None = None
    arn: str | None = None
    create_date: int | None = None
    password_last_used: int | None = None
    permissions_boundary: AttachedPermissionsBoundary | None = None
    tags: list[Tag] | None = None


class CreateUserResponse(msgspec.Struct, kw_only=True):
    """IAM's CreateUserResponse."""

    user: User | None = None


class DeleteAccessKeyRequest(msgspec.Struct, kw_only=True):
    """IAM's DeleteAccessKeyRequest."""

    user_name: str | None = None
    access_key_id: str | None = None


class DeleteAccountAliasRequest(msgspec.Struct, kw_only=True):
    """IAM's DeleteAccountAliasRequest."""

    account_alias: str | None = None


class DeleteGroupRequest(msgspec.Struct, kw_only=True):
    """IAM's DeleteGroupRequest."""

    group_name: str | None = None


class DeleteGroupPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's DeleteGroupPolicyRequest."""

    group_name: str | None = None
    policy_name: str | None = None


class DeleteLoginProfileRequest(msgspec.Struct, kw_only=True):
    """IAM's DeleteLoginProfileRequest."""

    user_name: str | None = None


class DeleteOpenIDConnectProviderRequest(msgspec.Struct, kw_only=True):
    """IAM's DeleteOpenIDConnectProviderRequest."""

    open_id_connect_provider_arn: str | None = None


class DeletePolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's DeletePolicyRequest."""

    policy_arn: str | None = None


class DeletePolicyVersionRequest(msgspec.Struct, kw_only=True):
    """IAM's DeletePolicyVersionRequest."""

    policy_arn: str | None = None
    version_id: str | None = None


class DeleteRoleRequest(msgspec.Struct, kw_only=True):
    """IAM's DeleteRoleRequest."""

    role_name: str | None = None


class DeleteRolePermissionsBoundaryRequest(msgspec.Struct, kw_only=True):
    """IAM's DeleteRolePermissionsBoundaryRequest."""

    role_name: str | None = None


class DeleteRolePolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's DeleteRolePolicyRequest."""

    role_name: str | None = None
    policy_name: str | None = None


class DeleteUserRequest(msgspec.Struct, kw_only=True):
    """IAM's DeleteUserRequest."""

    user_name: str | None = None


class DeleteUserPermissionsBoundaryRequest(msgspec.Struct, kw_only=True):
    """IAM's DeleteUserPermissionsBoundaryRequest."""

    user_name: str | None = None


class DeleteUserPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's DeleteUserPolicyRequest."""

    user_name: str | None = None
    policy_name: str | None = None


class DetachGroupPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's DetachGroupPolicyRequest."""

    group_name: str | None = None
    policy_arn: str | None = None


class DetachRolePolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's DetachRolePolicyRequest."""

    role_name: str | None = None
    policy_arn: str | None = None


class DetachUserPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's DetachUserPolicyRequest."""

    user_name: str | None = None
    policy_arn: str | None = None


class GetAccessKeyLastUsedRequest(msgspec.Struct, kw_only=True):
    """IAM's GetAccessKeyLastUsedRequest."""

    access_key_id: str | None = None


class AccessKeyLastUsed(msgspec.Struct, kw_only=True):
    """IAM's AccessKeyLastUsed."""

    last_used_date: int | None = None
    service_name: str | None = None
    region: str | None = None


class GetAccessKeyLastUsedResponse(msgspec.Struct, kw_only=True):
    """IAM's GetAccessKeyLastUsedResponse."""

    user_name: str | None = None
    access_key_last_used: AccessKeyLastUsed | None = None


class GetAccountAuthorizationDetailsRequest(msgspec.Struct, kw_only=True):
    """IAM's GetAccountAuthorizationDetailsRequest."""

    filter: list[str] | None = None
    max_items: int | None = None
    marker: str | None = None


class PolicyDetail(msgspec.Struct, kw_only=True):
    """IAM's PolicyDetail."""

    policy_name: str | None = None
    policy_document: str | None = None


class AttachedPolicy(msgspec.Struct, kw_only=True):
    """IAM's AttachedPolicy."""

    policy_name: str | None = None
    policy_arn: str | None = None


class UserDetail(msgspec.Struct, kw_only=True):
    """IAM's UserDetail."""

    path: str | None = None
    user_name: str | None = None
    user_id: str | None = None
    arn: str | None = None
    create_date: int | None = None
    user_policy_list: list[PolicyDetail] | None = None
    group_list: list[str] | None = None
    attached_managed_policies: list[AttachedPolicy] | None = None
    permissions_boundary: AttachedPermissionsBoundary | None = None
    tags: list[Tag] | None = None


class GroupDetail(msgspec.Struct, kw_only=True):
    """IAM's GroupDetail."""

    path: str | None = None
    group_name: str | None = None
    group_id: str | None = None
    arn: str | None = None
    create_date: int | None = None
    group_policy_list: list[PolicyDetail] | None = None
    attached_managed_policies: list[AttachedPolicy] | None = None


class InstanceProfile(msgspec.Struct, kw_only=True):
    """IAM's InstanceProfile."""

    path: str | None = None
    instance_profile_name: str | None = None
    instance_profile_id: str | None = None
    arn: str | None = None
    create_date: int | None = None
    roles: list[Role] | None = None
    tags: list[Tag] | None = None


class RoleDetail(msgspec.Struct, kw_only=True):
    """IAM's RoleDetail."""

    path: str | None = None
    role_name: str | None = None
    role_id: str | None = None
    arn: str | None = None
    create_date: int | None = None
    assume_role_policy_document: str | None = None
    instance_profile_list: list[InstanceProfile] | None = None
    role_policy_list: list[PolicyDetail] | None = None
    attached_managed_policies: list[AttachedPolicy] | None = None
    permissions_boundary: AttachedPermissionsBoundary | None = None
    tags: list[Tag] | None = None
    role_last_used: RoleLastUsed | None = None


class ManagedPolicyDetail(msgspec.Struct, kw_only=True):
    """IAM's ManagedPolicyDetail."""

    policy_name: str | None = None
    policy_id: str | None = None
    arn: str | None = None
    path: str | None = None
    default_version_id: str | None = None
    attachment_count: int | None = None
    permissions_boundary_usage_count: int | None = None
    is_attachable: bool | None = None
    description: str | None = None
    create_date: int | None = None
    update_date: int | None = None
    policy_version_list: list[PolicyVersion] | None = None


class GetAccountAuthorizationDetailsResponse(msgspec.Struct, kw_only=True):
    """IAM's GetAccountAuthorizationDetailsResponse."""

    user_detail_list: list[UserDetail] | None = None
    group_detail_list: list[GroupDetail] | None = None
    role_detail_list: list[RoleDetail] | None = None
    policies: list[ManagedPolicyDetail] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class GetAccountSummaryResponse(msgspec.Struct, kw_only=True):
    """IAM's GetAccountSummaryResponse."""

    summary_map: dict[str, int] | None = None


class GetContextKeysForCustomPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's GetContextKeysForCustomPolicyRequest."""

    policy_input_list: list[str] | None = None


class GetContextKeysForPolicyResponse(msgspec.Struct, kw_only=True):
    """IAM's GetContextKeysForPolicyResponse."""

    context_key_names: list[str] | None = None


class GetContextKeysForPrincipalPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's GetContextKeysForPrincipalPolicyRequest."""

    policy_source_arn: str | None = None
    policy_input_list: list[str] | None = None


class GetGroupRequest(msgspec.Struct, kw_only=True):
    """IAM's GetGroupRequest."""

    group_name: str | None = None
    marker: str | None = None
    max_items: int | None = None


class GetGroupResponse(msgspec.Struct, kw_only=True):
    """IAM's GetGroupResponse."""

    group: Group | None = None
    users: list[User] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class GetGroupPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's GetGroupPolicyRequest."""

    group_name: str | None = None
    policy_name: str | None = None


class GetGroupPolicyResponse(msgspec.Struct, kw_only=True):
    """IAM's GetGroupPolicyResponse."""

    group_name: str | None = None
    policy_name: str | None = None
    policy_document: str | None = None


class GetLoginProfileRequest(msgspec.Struct, kw_only=True):
    """IAM's GetLoginProfileRequest."""

    user_name: str | None = None


class LoginProfile(msgspec.Struct, kw_only=True):
    """IAM's LoginProfile."""

    user_name: str | None = None
    create_date: int | None = None
    password_reset_required: bool | None = None


class GetLoginProfileResponse(msgspec.Struct, kw_only=True):
    """IAM's GetLoginProfileResponse."""

    login_profile: LoginProfile | None = None


class GetOpenIDConnectProviderRequest(msgspec.Struct, kw_only=True):
    """IAM's GetOpenIDConnectProviderRequest."""

    open_id_connect_provider_arn: str | None = None


class GetOpenIDConnectProviderResponse(msgspec.Struct, kw_only=True):
    """IAM's GetOpenIDConnectProviderResponse."""

    url: str | None = None
    client_id_list: list[str] | None = None
    thumbprint_list: list[str] | None = None
    create_date: int | None = None
    tags: list[Tag] | None = None


class GetPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's GetPolicyRequest."""

    policy_arn: str | None = None


class GetPolicyResponse(msgspec.Struct, kw_only=True):
    """IAM's GetPolicyResponse."""

    policy: Policy | None = None


class GetPolicyVersionRequest(msgspec.Struct, kw_only=True):
    """IAM's GetPolicyVersionRequest."""

    policy_arn: str | None = None
    version_id: str | None = None


class GetPolicyVersionResponse(msgspec.Struct, kw_only=True):
    """IAM's GetPolicyVersionResponse."""

    policy_version: PolicyVersion | None = None


class GetRoleRequest(msgspec.Struct, kw_only=True):
    """IAM's GetRoleRequest."""

    role_name: str | None = None


class GetRoleResponse(msgspec.Struct, kw_only=True):
    """IAM's GetRoleResponse."""

    role: Role | None = None


class GetRolePolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's GetRolePolicyRequest."""

    role_name: str | None = None
    policy_name: str | None = None


class GetRolePolicyResponse(msgspec.Struct, kw_only=True):
    """IAM's GetRolePolicyResponse."""

    role_name: str | None = None
    policy_name: str | None = None
    policy_document: str | None = None


class GetUserRequest(msgspec.Struct, kw_only=True):
    """IAM's GetUserRequest."""

    user_name: str | None = None


class GetUserResponse(msgspec.Struct, kw_only=True):
    """IAM's GetUserResponse."""

    user: User | None = None


class GetUserPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's GetUserPolicyRequest."""

    user_name: str | None = None
    policy_name: str | None = None


class GetUserPolicyResponse(msgspec.Struct, kw_only=True):
    """IAM's GetUserPolicyResponse."""

    user_name: str | None = None
    policy_name: str | None = None
    policy_document: str | None = None


class ListAccessKeysRequest(msgspec.Struct, kw_only=True):
    """IAM's ListAccessKeysRequest."""

    user_name: str | None = None
    marker: str | None = None
    max_items: int | None = None


class AccessKeyMetadata(msgspec.Struct, kw_only=True):
    """IAM's AccessKeyMetadata."""

    user_name: str | None = None
    access_key_id: str | None = None
    status: str | None = None
    create_date: int | None = None


class ListAccessKeysResponse(msgspec.Struct, kw_only=True):
    """IAM's ListAccessKeysResponse."""

    access_key_metadata: list[AccessKeyMetadata] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListAccountAliasesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListAccountAliasesRequest."""

    marker: str | None = None
    max_items: int | None = None


class ListAccountAliasesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListAccountAliasesResponse."""

    account_aliases: list[str] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListAttachedGroupPoliciesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListAttachedGroupPoliciesRequest."""

    group_name: str | None = None
    path_prefix: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListAttachedGroupPoliciesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListAttachedGroupPoliciesResponse."""

    attached_policies: list[AttachedPolicy] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListAttachedRolePoliciesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListAttachedRolePoliciesRequest."""

    role_name: str | None = None
    path_prefix: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListAttachedRolePoliciesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListAttachedRolePoliciesResponse."""

    attached_policies: list[AttachedPolicy] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListAttachedUserPoliciesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListAttachedUserPoliciesRequest."""

    user_name: str | None = None
    path_prefix: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListAttachedUserPoliciesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListAttachedUserPoliciesResponse."""

    attached_policies: list[AttachedPolicy] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListEntitiesForPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's ListEntitiesForPolicyRequest."""

    policy_arn: str | None = None
    entity_filter: str | None = None
    path_prefix: str | None = None
    policy_usage_filter: str | None = None
    marker: str | None = None
    max_items: int | None = None


class PolicyGroup(msgspec.Struct, kw_only=True):
    """IAM's PolicyGroup."""

    group_name: str | None = None
    group_id: str | None = None


class PolicyUser(msgspec.Struct, kw_only=True):
    """IAM's PolicyUser."""

    user_name: str | None = None
    user_id: str | None = None


class PolicyRole(msgspec.Struct, kw_only=True):
    """IAM's PolicyRole."""

    role_name: str | None = None
    role_id: str | None = None


class ListEntitiesForPolicyResponse(msgspec.Struct, kw_only=True):
    """IAM's ListEntitiesForPolicyResponse."""

    policy_groups: list[PolicyGroup] | None = None
    policy_users: list[PolicyUser] | None = None
    policy_roles: list[PolicyRole] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListGroupPoliciesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListGroupPoliciesRequest."""

    group_name: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListGroupPoliciesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListGroupPoliciesResponse."""

    policy_names: list[str] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListGroupsRequest(msgspec.Struct, kw_only=True):
    """IAM's ListGroupsRequest."""

    path_prefix: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListGroupsResponse(msgspec.Struct, kw_only=True):
    """IAM's ListGroupsResponse."""

    groups: list[Group] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListGroupsForUserRequest(msgspec.Struct, kw_only=True):
    """IAM's ListGroupsForUserRequest."""

    user_name: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListGroupsForUserResponse(msgspec.Struct, kw_only=True):
    """IAM's ListGroupsForUserResponse."""

    groups: list[Group] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListInstanceProfilesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListInstanceProfilesRequest."""

    path_prefix: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListInstanceProfilesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListInstanceProfilesResponse."""

    instance_profiles: list[InstanceProfile] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListInstanceProfilesForRoleRequest(msgspec.Struct, kw_only=True):
    """IAM's ListInstanceProfilesForRoleRequest."""

    role_name: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListInstanceProfilesForRoleResponse(msgspec.Struct, kw_only=True):
    """IAM's ListInstanceProfilesForRoleResponse."""

    instance_profiles: list[InstanceProfile] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListMFADevicesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListMFADevicesRequest."""

    user_name: str | None = None
    marker: str | None = None
    max_items: int | None = None


class MFADevice(msgspec.Struct, kw_only=True):
    """IAM's MFADevice."""

    user_name: str | None = None
    serial_number: str | None = None
    enable_date: int | None = None


class ListMFADevicesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListMFADevicesResponse."""

    mfa_devices: list[MFADevice] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListOpenIDConnectProviderTagsRequest(msgspec.Struct, kw_only=True):
    """IAM's ListOpenIDConnectProviderTagsRequest."""

    open_id_connect_provider_arn: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListOpenIDConnectProviderTagsResponse(msgspec.Struct, kw_only=True):
    """IAM's ListOpenIDConnectProviderTagsResponse."""

    tags: list[Tag] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListOpenIDConnectProvidersRequest(msgspec.Struct, kw_only=True):
    """IAM's ListOpenIDConnectProvidersRequest."""


class OpenIDConnectProviderListEntry(msgspec.Struct, kw_only=True):
    """IAM's OpenIDConnectProviderListEntry."""

    arn: str | None = None


class ListOpenIDConnectProvidersResponse(msgspec.Struct, kw_only=True):
    """IAM's ListOpenIDConnectProvidersResponse."""

    open_id_connect_provider_list: list[OpenIDConnectProviderListEntry] | None = None


class ListPoliciesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListPoliciesRequest."""

    scope: str | None = None
    only_attached: bool | None = None
    path_prefix: str | None = None
    policy_usage_filter: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListPoliciesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListPoliciesResponse."""

    policies: list[Policy] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListPolicyTagsRequest(msgspec.Struct, kw_only=True):
    """IAM's ListPolicyTagsRequest."""

    policy_arn: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListPolicyTagsResponse(msgspec.Struct, kw_only=True):
    """IAM's ListPolicyTagsResponse."""

    tags: list[Tag] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListPolicyVersionsRequest(msgspec.Struct, kw_only=True):
    """IAM's ListPolicyVersionsRequest."""

    policy_arn: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListPolicyVersionsResponse(msgspec.Struct, kw_only=True):
    """IAM's ListPolicyVersionsResponse."""

    versions: list[PolicyVersion] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListRolePoliciesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListRolePoliciesRequest."""

    role_name: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListRolePoliciesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListRolePoliciesResponse."""

    policy_names: list[str] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListRoleTagsRequest(msgspec.Struct, kw_only=True):
    """IAM's ListRoleTagsRequest."""

    role_name: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListRoleTagsResponse(msgspec.Struct, kw_only=True):
    """IAM's ListRoleTagsResponse."""

    tags: list[Tag] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListRolesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListRolesRequest."""

    path_prefix: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListRolesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListRolesResponse."""

    roles: list[Role] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListSAMLProvidersRequest(msgspec.Struct, kw_only=True):
    """IAM's ListSAMLProvidersRequest."""


class SAMLProviderListEntry(msgspec.Struct, kw_only=True):
    """IAM's SAMLProviderListEntry."""

    arn: str | None = None
    valid_until: int | None = None
    create_date: int | None = None


class ListSAMLProvidersResponse(msgspec.Struct, kw_only=True):
    """IAM's ListSAMLProvidersResponse."""

    saml_provider_list: list[SAMLProviderListEntry] | None = None


class ListSSHPublicKeysRequest(msgspec.Struct, kw_only=True):
    """IAM's ListSSHPublicKeysRequest."""

    user_name: str | None = None
    marker: str | None = None
    max_items: int | None = None


class SSHPublicKeyMetadata(msgspec.Struct, kw_only=True):
    """IAM's SSHPublicKeyMetadata."""

    user_name: str | None = None
    ssh_public_key_id: str | None = None
    status: str | None = None
    upload_date: int | None = None


class ListSSHPublicKeysResponse(msgspec.Struct, kw_only=True):
    """IAM's ListSSHPublicKeysResponse."""

    ssh_public_keys: list[SSHPublicKeyMetadata] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListServerCertificatesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListServerCertificatesRequest."""

    path_prefix: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ServerCertificateMetadata(msgspec.Struct, kw_only=True):
    """IAM's ServerCertificateMetadata."""

    path: str | None = None
    server_certificate_name: str | None = None
    server_certificate_id: str | None = None
    arn: str | None = None
    upload_date: int | None = None
    expiration: int | None = None


class ListServerCertificatesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListServerCertificatesResponse."""

    server_certificate_metadata_list: list[ServerCertificateMetadata] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListServiceSpecificCredentialsRequest(msgspec.Struct, kw_only=True):
    """IAM's ListServiceSpecificCredentialsRequest."""

    user_name: str | None = None
    service_name: str | None = None
    all_users: bool | None = None
    marker: str | None = None
    max_items: int | None = None


class ServiceSpecificCredentialMetadata(msgspec.Struct, kw_only=True):
    """IAM's ServiceSpecificCredentialMetadata."""

    user_name: str | None = None
    status: str | None = None
    service_user_name: str | None = None
    service_credential_alias: str | None = None
    create_date: int | None = None
    expiration_date: int | None = None
    service_specific_credential_id: str | None = None
    service_name: str | None = None


class ListServiceSpecificCredentialsResponse(msgspec.Struct, kw_only=True):
    """IAM's ListServiceSpecificCredentialsResponse."""

    service_specific_credentials: list[ServiceSpecificCredentialMetadata] | None = None
    marker: str | None = None
    is_truncated: bool | None = None


class ListSigningCertificatesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListSigningCertificatesRequest."""

    user_name: str | None = None
    marker: str | None = None
    max_items: int | None = None


class SigningCertificate(msgspec.Struct, kw_only=True):
    """IAM's SigningCertificate."""

    user_name: str | None = None
    certificate_id: str | None = None
    certificate_body: str | None = None
    status: str | None = None
    upload_date: int | None = None


class ListSigningCertificatesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListSigningCertificatesResponse."""

    certificates: list[SigningCertificate] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListUserPoliciesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListUserPoliciesRequest."""

    user_name: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListUserPoliciesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListUserPoliciesResponse."""

    policy_names: list[str] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListUserTagsRequest(msgspec.Struct, kw_only=True):
    """IAM's ListUserTagsRequest."""

    user_name: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListUserTagsResponse(msgspec.Struct, kw_only=True):
    """IAM's ListUserTagsResponse."""

    tags: list[Tag] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListUsersRequest(msgspec.Struct, kw_only=True):
    """IAM's ListUsersRequest."""

    path_prefix: str | None = None
    marker: str | None = None
    max_items: int | None = None


class ListUsersResponse(msgspec.Struct, kw_only=True):
    """IAM's ListUsersResponse."""

    users: list[User] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class ListVirtualMFADevicesRequest(msgspec.Struct, kw_only=True):
    """IAM's ListVirtualMFADevicesRequest."""

    assignment_status: str | None = None
    marker: str | None = None
    max_items: int | None = None


class VirtualMFADevice(msgspec.Struct, kw_only=True):
    """IAM's VirtualMFADevice."""

    serial_number: str | None = None
    base32_string_seed: bytes | None = None
    qr_code_png: bytes | None = None
    user: User | None = None
    enable_date: int | None = None
    tags: list[Tag] | None = None


class ListVirtualMFADevicesResponse(msgspec.Struct, kw_only=True):
    """IAM's ListVirtualMFADevicesResponse."""

    virtual_mfa_devices: list[VirtualMFADevice] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class PutGroupPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's PutGroupPolicyRequest."""

    group_name: str | None = None
    policy_name: str | None = None
    policy_document: str | None = None


class PutRolePermissionsBoundaryRequest(msgspec.Struct, kw_only=True):
    """IAM's PutRolePermissionsBoundaryRequest."""

    role_name: str | None = None
    permissions_boundary: str | None = None


class PutRolePolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's PutRolePolicyRequest."""

    role_name: str | None = None
    policy_name: str | None = None
    policy_document: str | None = None


class PutUserPermissionsBoundaryRequest(msgspec.Struct, kw_only=True):
    """IAM's PutUserPermissionsBoundaryRequest."""

    user_name: str | None = None
    permissions_boundary: str | None = None


class PutUserPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's PutUserPolicyRequest."""

    user_name: str | None = None
    policy_name: str | None = None
    policy_document: str | None = None


class RemoveClientIDFromOpenIDConnectProviderRequest(msgspec.Struct, kw_only=True):
    """IAM's RemoveClientIDFromOpenIDConnectProviderRequest."""

    open_id_connect_provider_arn: str | None = None
    client_id: str | None = None


class RemoveUserFromGroupRequest(msgspec.Struct, kw_only=True):
    """IAM's RemoveUserFromGroupRequest."""

    group_name: str | None = None
    user_name: str | None = None


class SetDefaultPolicyVersionRequest(msgspec.Struct, kw_only=True):
    """IAM's SetDefaultPolicyVersionRequest."""

    policy_arn: str | None = None
    version_id: str | None = None


class OrderedOrganizationPolicyType(msgspec.Struct, kw_only=True):
    """IAM's OrderedOrganizationPolicyType."""

    service_control_policy_input_list: list[str] | None = None


class ContextEntry(msgspec.Struct, kw_only=True):
    """IAM's ContextEntry."""

    context_key_name: str | None = None
    context_key_values: list[str] | None = None
    context_key_type: str | None = None


class SimulateCustomPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's SimulateCustomPolicyRequest."""

    policy_input_list: list[str] | None = None
    permissions_boundary_policy_input_list: list[str] | None = None
    ordered_organization_policy_input_list: list[OrderedOrganizationPolicyType] | None = None
    action_names: list[str] | None = None
    resource_arns: list[str] | None = None
    resource_policy: str | None = None
    resource_owner: str | None = None
    caller_arn: str | None = None
    context_entries: list[ContextEntry] | None = None
    resource_handling_option: str | None = None
    max_items: int | None = None
    marker: str | None = None


class Position(msgspec.Struct, kw_only=True):
    """IAM's Position."""

    line: int | None = None
    column: int | None = None


class Statement(msgspec.Struct, kw_only=True):
    """IAM's Statement."""

    source_policy_id: str | None = None
    source_policy_type: str | None = None
    start_position: Position | None = None
    end_position: Position | None = None


class OrganizationsDecisionDetail(msgspec.Struct, kw_only=True):
    """IAM's OrganizationsDecisionDetail."""

    allowed_by_organizations: bool | None = None


class PermissionsBoundaryDecisionDetail(msgspec.Struct, kw_only=True):
    """IAM's PermissionsBoundaryDecisionDetail."""

    allowed_by_permissions_boundary: bool | None = None


class ResourceSpecificResult(msgspec.Struct, kw_only=True):
    """IAM's ResourceSpecificResult."""

    eval_resource_name: str | None = None
    eval_resource_decision: str | None = None
    matched_statements: list[Statement] | None = None
    missing_context_values: list[str] | None = None
    eval_decision_details: dict[str, str] | None = None
    permissions_boundary_decision_detail: PermissionsBoundaryDecisionDetail | None = None


class EvaluationResult(msgspec.Struct, kw_only=True):
    """IAM's EvaluationResult."""

    eval_action_name: str | None = None
    eval_resource_name: str | None = None
    eval_decision: str | None = None
    matched_statements: list[Statement] | None = None
    missing_context_values: list[str] | None = None
    organizations_decision_detail: OrganizationsDecisionDetail | None = None
    permissions_boundary_decision_detail: PermissionsBoundaryDecisionDetail | None = None
    eval_decision_details: dict[str, str] | None = None
    resource_specific_results: list[ResourceSpecificResult] | None = None


class SimulatePolicyResponse(msgspec.Struct, kw_only=True):
    """IAM's SimulatePolicyResponse."""

    evaluation_results: list[EvaluationResult] | None = None
    is_truncated: bool | None = None
    marker: str | None = None


class InlinePolicyIdentifierType(msgspec.Struct, kw_only=True):
    """IAM's InlinePolicyIdentifierType."""

    policy_name: str | None = None
    attachment_type: str | None = None
    attachment_name: str | None = None


class PolicyIdentifier(msgspec.Struct, kw_only=True):
    """IAM's PolicyIdentifier."""

    policy_type: str | None = None
    policy_arn: str | None = None
    inline_policy_identifier: InlinePolicyIdentifierType | None = None


class SimulatePrincipalPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's SimulatePrincipalPolicyRequest."""

    policy_source_arn: str | None = None
    policy_input_list: list[str] | None = None
    permissions_boundary_policy_input_list: list[str] | None = None
    policy_exclusion_list: list[PolicyIdentifier] | None = None
    action_names: list[str] | None = None
    resource_arns: list[str] | None = None
    resource_policy: str | None = None
    resource_owner: str | None = None
    caller_arn: str | None = None
    context_entries: list[ContextEntry] | None = None
    resource_handling_option: str | None = None
    max_items: int | None = None
    marker: str | None = None


class TagOpenIDConnectProviderRequest(msgspec.Struct, kw_only=True):
    """IAM's TagOpenIDConnectProviderRequest."""

    open_id_connect_provider_arn: str | None = None
    tags: list[Tag] | None = None


class TagPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's TagPolicyRequest."""

    policy_arn: str | None = None
    tags: list[Tag] | None = None


class TagRoleRequest(msgspec.Struct, kw_only=True):
    """IAM's TagRoleRequest."""

    role_name: str | None = None
    tags: list[Tag] | None = None


class TagUserRequest(msgspec.Struct, kw_only=True):
    """IAM's TagUserRequest."""

    user_name: str | None = None
    tags: list[Tag] | None = None


class UntagOpenIDConnectProviderRequest(msgspec.Struct, kw_only=True):
    """IAM's UntagOpenIDConnectProviderRequest."""

    open_id_connect_provider_arn: str | None = None
    tag_keys: list[str] | None = None


class UntagPolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's UntagPolicyRequest."""

    policy_arn: str | None = None
    tag_keys: list[str] | None = None


class UntagRoleRequest(msgspec.Struct, kw_only=True):
    """IAM's UntagRoleRequest."""

    role_name: str | None = None
    tag_keys: list[str] | None = None


class UntagUserRequest(msgspec.Struct, kw_only=True):
    """IAM's UntagUserRequest."""

    user_name: str | None = None
    tag_keys: list[str] | None = None


class UpdateAccessKeyRequest(msgspec.Struct, kw_only=True):
    """IAM's UpdateAccessKeyRequest."""

    user_name: str | None = None
    access_key_id: str | None = None
    status: str | None = None


class UpdateAssumeRolePolicyRequest(msgspec.Struct, kw_only=True):
    """IAM's UpdateAssumeRolePolicyRequest."""

    role_name: str | None = None
    policy_document: str | None = None


class UpdateGroupRequest(msgspec.Struct, kw_only=True):
    """IAM's UpdateGroupRequest."""

    group_name: str | None = None
    new_path: str | None = None
    new_group_name: str | None = None


class UpdateOpenIDConnectProviderThumbprintRequest(msgspec.Struct, kw_only=True):
    """IAM's UpdateOpenIDConnectProviderThumbprintRequest."""

    open_id_connect_provider_arn: str | None = None
    thumbprint_list: list[str] | None = None


class UpdateRoleRequest(msgspec.Struct, kw_only=True):
    """IAM's UpdateRoleRequest."""

    role_name: str | None = None
    description: str | None = None
    max_session_duration: int | None = None


class UpdateRoleResponse(msgspec.Struct, kw_only=True):
    """IAM's UpdateRoleResponse."""


class UpdateRoleDescriptionRequest(msgspec.Struct, kw_only=True):
    """IAM's UpdateRoleDescriptionRequest."""

    role_name: str | None = None
    description: str | None = None


class UpdateRoleDescriptionResponse(msgspec.Struct, kw_only=True):
    """IAM's UpdateRoleDescriptionResponse."""

    role: Role | None = None


class UpdateUserRequest(msgspec.Struct, kw_only=True):
    """IAM's UpdateUserRequest."""

    user_name: str | None = None
    new_path: str | None = None
    new_user_name: str | None = None
