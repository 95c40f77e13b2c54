"""Access keys: two a user at most, so that one can take another's place with both valid.

Source: IAM API Reference, CreateAccessKey, ListAccessKeys, UpdateAccessKey,
DeleteAccessKey, GetAccessKeyLastUsed.
"""

from typing import Final

from gateway.call import Call
from gateway.identity import users
from gateway.identity.common import page_of, user_name_of
from gateway.identity.permission import arn_in, check
from gateway.query import types_iam as t
from gateway.query.errors import QueryError
from gateway.query.registry import operation
from storage.identity.errors import NoSuchEntity
from storage.identity.records import AccessKey

ACTIVE: Final = "Active"
INACTIVE: Final = "Inactive"
NEVER: Final = "N/A"  # IAM API Reference, AccessKeyLastUsed: of a key that was never used


def _status(key: AccessKey) -> str:
    return ACTIVE if key.active else INACTIVE


@operation("iam", "CreateAccessKey")
async def create_access_key(call: Call, ask: t.CreateAccessKeyRequest) -> t.CreateAccessKeyResponse:
    """Make a key pair, whose secret is told this once."""
    keys = call.services.directory.access_keys
    if ask.user_name is None and call.who.is_root:
        check(call, "iam:CreateAccessKey", call.who.arn)
        made = await keys.create_for_root(call.account.id, canonical_id=call.account.canonical_id)
    else:
        user = await users.permitted(call, "iam:CreateAccessKey", user_name_of(call, ask.user_name))
        made = await keys.create(call.account.id, user.name)
    shown = t.AccessKey(
        user_name=made.key.user_name or None,
        access_key_id=made.key.id,
        status=_status(made.key),
        secret_access_key=made.secret,
        create_date=made.key.created_ms,
    )
    return t.CreateAccessKeyResponse(access_key=shown)


@operation("iam", "ListAccessKeys")
async def list_access_keys(call: Call, ask: t.ListAccessKeysRequest) -> t.ListAccessKeysResponse:
    """A user's keys; without a name those of whoever asks."""
    directory = call.services.directory
    found: list[AccessKey | None]
    if ask.user_name is None and call.who.is_root:
        check(call, "iam:ListAccessKeys", call.who.arn)
        account = await directory.accounts.find(call.account.id)
        ids = account.access_keys if account is not None else ()
        found = [await directory.access_keys.find(one) for one in ids]
    else:
        name = user_name_of(call, ask.user_name)
        user = await users.permitted(call, "iam:ListAccessKeys", name)
        found = [*await directory.access_keys.of(user)]
    keys = [key for key in found if key is not None]
    page, marker = page_of(keys, lambda one: one.id, ask.marker, ask.max_items)
    shown = [
        t.AccessKeyMetadata(
            user_name=key.user_name or None,
            access_key_id=key.id,
            status=_status(key),
            create_date=key.created_ms,
        )
        for key in page
    ]
    return t.ListAccessKeysResponse(
        access_key_metadata=shown, is_truncated=marker is not None, marker=marker
    )


@operation("iam", "UpdateAccessKey")
async def update_access_key(call: Call, ask: t.UpdateAccessKeyRequest) -> None:
    """Let a key be valid, or not."""
    assert ask.access_key_id is not None, "the model requires it"
    if ask.status not in (ACTIVE, INACTIVE):  # the model knows more, which are not to be set
        text = f"Value '{ask.status}' at 'status' is not one of [{ACTIVE}, {INACTIVE}]"
        raise QueryError("ValidationError", text)
    keys, active = call.services.directory.access_keys, ask.status == ACTIVE
    if await _is_roots(call, ask.access_key_id, ask.user_name):
        check(call, "iam:UpdateAccessKey", call.who.arn)
        await keys.set_active_for_root(call.account.id, ask.access_key_id, active=active)
        return
    action = "iam:UpdateAccessKey"
    name = await _owner_of(call, action, ask.access_key_id, ask.user_name)
    user = await users.permitted(call, action, name)
    await keys.set_active(call.account.id, user.name, ask.access_key_id, active=active)


@operation("iam", "DeleteAccessKey")
async def delete_access_key(call: Call, ask: t.DeleteAccessKeyRequest) -> None:
    """Delete a key, which signs nothing from then on."""
    assert ask.access_key_id is not None, "the model requires it"
    keys = call.services.directory.access_keys
    if await _is_roots(call, ask.access_key_id, ask.user_name):
        check(call, "iam:DeleteAccessKey", call.who.arn)
        await keys.delete_for_root(call.account.id, ask.access_key_id)
        return
    action = "iam:DeleteAccessKey"
    name = await _owner_of(call, action, ask.access_key_id, ask.user_name)
    user = await users.permitted(call, action, name)
    await keys.delete(call.account.id, user.name, ask.access_key_id)


async def _is_roots(call: Call, key_id: str, name: str | None) -> bool:
    """Whether the account itself asks for a key of its own."""
    if name is not None or not call.who.is_root:
        return False
    key = await call.services.directory.access_keys.find(key_id)
    return key is not None and key.account == call.account.id and not key.user_name


async def _owner_of(call: Call, action: str, key_id: str, name: str | None) -> str:
    """The user who is meant; the account itself may leave him out.

    Raises:
        QueryError: ValidationError; AccessDenied
        NoSuchEntity
    """
    if name is not None or not call.who.is_root:
        return user_name_of(call, name)
    key = await call.services.directory.access_keys.find(key_id)
    if key is None or key.account != call.account.id or not key.user_name:
        check(call, action, call.who.arn)
        raise NoSuchEntity.of("access key", key_id)
    return key.user_name


@operation("iam", "GetAccessKeyLastUsed")
async def get_access_key_last_used(
    call: Call, ask: t.GetAccessKeyLastUsedRequest
) -> t.GetAccessKeyLastUsedResponse:
    """Whose a key is, and when it was last used; not exact to the minute."""
    assert ask.access_key_id is not None, "the model requires it"
    keys = call.services.directory.access_keys
    key = await keys.find(ask.access_key_id)
    if key is not None and key.account != call.account.id:
        key = None
    holder = key.user_id if key is not None else ""
    user = await call.services.directory.entities.users.by_id(call.account.id, holder)
    resource = user.arn if user is not None else arn_in(call, "user/", "*")
    check(call, "iam:GetAccessKeyLastUsed", resource)
    if key is None:
        raise NoSuchEntity.of("access key", ask.access_key_id)
    used = await keys.last_used(key.id)
    last = t.AccessKeyLastUsed(
        last_used_date=used.used_ms if used else None,
        service_name=used.service if used else NEVER,
        region=used.region if used else NEVER,
    )
    name = user.name if user is not None else ""
    return t.GetAccessKeyLastUsedResponse(user_name=name, access_key_last_used=last)
