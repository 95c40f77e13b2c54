"""The structures of STS's model.  Generated: `python -m gateway.query generate`."""

import msgspec


class PolicyDescriptorType(msgspec.Struct, kw_only=True):
    """STS's PolicyDescriptorType."""

    arn: str | None = None


class Tag(msgspec.Struct, kw_only=True):
    """STS's Tag."""

    key: str | None = None
    value: str | None = None


class ProvidedContext(msgspec.Struct, kw_only=True):
    """STS's ProvidedContext."""

    provider_arn: str | None = None
    context_assertion: str | None = None


class AssumeRoleRequest(msgspec.Struct, kw_only=True):
    """STS's AssumeRoleRequest."""

    role_arn: str | None = None
    role_session_name: str | None = None
    policy_arns: list[PolicyDescriptorType] | None = None
    policy: str | None = None
    duration_seconds: int | None = None
    tags: list[Tag] | None = None
    transitive_tag_keys: list[str] | None = None
    external_id: str | None = None
    serial_number: str | None = None
    token_code: str | None = None
    source_identity: str | None = None
    provided_contexts: list[ProvidedContext] | None = None
    minimum_session_token_size: int | None = None


class Credentials(msgspec.Struct, kw_only=True):
    """STS's Credentials."""

    access_key_id: str | None = None
    secret_access_key: str | None = None
    session_token: str | None = None
    expiration: int | None = None


class AssumedRoleUser(msgspec.Struct, kw_only=True):
    """STS's AssumedRoleUser."""

    assumed_role_id: str | None = None
    arn: str | None = None


class AssumeRoleResponse(msgspec.Struct, kw_only=True):
    """STS's AssumeRoleResponse."""

    credentials: Credentials | None = None
    assumed_role_user: AssumedRoleUser | None = None
    packed_policy_size: int | None = None
    source_identity: str | None = None
    session_token_utilization: int | None = None
    session_token_size: int | None = None


class AssumeRoleWithSAMLRequest(msgspec.Struct, kw_only=True):
    """STS's AssumeRoleWithSAMLRequest."""

    role_arn: str | None = None
    principal_arn: str | None = None
    saml_assertion: str | None = None
    policy_arns: list[PolicyDescriptorType] | None = None
    policy: str | None = None
    duration_seconds: int | None = None
    minimum_session_token_size: int | None = None


class AssumeRoleWithSAMLResponse(msgspec.Struct, kw_only=True):
    """STS's AssumeRoleWithSAMLResponse."""

    credentials: Credentials | None = None
    assumed_role_user: AssumedRoleUser | None = None
    packed_policy_size: int | None = None
    subject: str | None = None
    subject_type: str | None = None
    issuer: str | None = None
    audience: str | None = None
    name_qualifier: str | None = None
    source_identity: str | None = None
    session_token_utilization: int | None = None
    session_token_size: int | None = None


class AssumeRoleWithWebIdentityRequest(msgspec.Struct, kw_only=True):
    """STS's AssumeRoleWithWebIdentityRequest."""

    role_arn: str | None = None
    role_session_name: str | None = None
    web_identity_token: str | None = None
    provider_id: str | None = None
    policy_arns: list[PolicyDescriptorType] | None = None
    policy: str | None = None
    duration_seconds: int | None = None
    minimum_session_token_size: int | None = None


class AssumeRoleWithWebIdentityResponse(msgspec.Struct, kw_only=True):
    """STS's AssumeRoleWithWebIdentityResponse."""

    credentials: Credentials | None = None
    subject_from_web_identity_token: str | None = None
    assumed_role_user: AssumedRoleUser | None = None
    packed_policy_size: int | None = None
    provider: str | None = None
    audience: str | None = None
    source_identity: str | None = None
    session_token_utilization: int | None = None
    session_token_size: int | None = None


class AssumeRootRequest(msgspec.Struct, kw_only=True):
    """STS's AssumeRootRequest."""

    target_principal: str | None = None
    task_policy_arn: PolicyDescriptorType | None = None
    duration_seconds: int | None = None
    minimum_session_token_size: int | None = None


class AssumeRootResponse(msgspec.Struct, kw_only=True):
    """STS's AssumeRootResponse."""

    credentials: Credentials | None = None
    source_identity: str | None = None
    session_token_utilization: int | None = None
    session_token_size: int | None = None


class DecodeAuthorizationMessageRequest(msgspec.Struct, kw_only=True):
    """STS's DecodeAuthorizationMessageRequest."""

    encoded_message: str | None = None


class DecodeAuthorizationMessageResponse(msgspec.Struct, kw_only=True):
    """STS's DecodeAuthorizationMessageResponse."""

    decoded_message: str | None = None


class GetAccessKeyInfoRequest(msgspec.Struct, kw_only=True):
    """STS's GetAccessKeyInfoRequest."""

    access_key_id: str | None = None


class GetAccessKeyInfoResponse(msgspec.Struct, kw_only=True):
    """STS's GetAccessKeyInfoResponse."""

    account: str | None = None


class GetCallerIdentityRequest(msgspec.Struct, kw_only=True):
    """STS's GetCallerIdentityRequest."""


class GetCallerIdentityResponse(msgspec.Struct, kw_only=True):
    """STS's GetCallerIdentityResponse."""

    user_id: str | None = None
    account: str | None = None
    arn: str | None = None


class GetDelegatedAccessTokenRequest(msgspec.Struct, kw_only=True):
    """STS's GetDelegatedAccessTokenRequest."""

    trade_in_token: str | None = None


class GetDelegatedAccessTokenResponse(msgspec.Struct, kw_only=True):
    """STS's GetDelegatedAccessTokenResponse."""

    credentials: Credentials | None = None
    packed_policy_size: int | None = None
    assumed_principal: str | None = None


class GetFederationTokenRequest(msgspec.Struct, kw_only=True):
    """STS's GetFederationTokenRequest."""

    name: str | None = None
    policy: str | None = None
    policy_arns: list[PolicyDescriptorType] | None = None
    duration_seconds: int | None = None
    tags: list[Tag] | None = None
    minimum_session_token_size: int | None = None


class FederatedUser(msgspec.Struct, kw_only=True):
    """STS's FederatedUser."""

    federated_user_id: str | None = None
    arn: str | None = None


class GetFederationTokenResponse(msgspec.Struct, kw_only=True):
    """STS's GetFederationTokenResponse."""

    credentials: Credentials | None = None
    federated_user: FederatedUser | None = None
    packed_policy_size: int | None = None
    session_token_utilization: int | None = None
    session_token_size: int | None = None


class GetSessionTokenRequest(msgspec.Struct, kw_only=True):
    """STS's GetSessionTokenRequest."""

    duration_seconds: int | None = None
    serial_number: str | None = None
    token_code: str | None = None
    minimum_session_token_size: int | None = None


class GetSessionTokenResponse(msgspec.Struct, kw_only=True):
    """STS's GetSessionTokenResponse."""

    credentials: Credentials | None = None
    session_token_utilization: int | None = None
    session_token_size: int | None = None


class GetWebIdentityTokenRequest(msgspec.Struct, kw_only=True):
    """STS's GetWebIdentityTokenRequest."""

    audience: list[str] | None = None
    duration_seconds: int | None = None
    signing_algorithm: str | None = None
    tags: list[Tag] | None = None


class GetWebIdentityTokenResponse(msgspec.Struct, kw_only=True):
    """STS's GetWebIdentityTokenResponse."""

    web_identity_token: str | None = None
    expiration: int | None = None
