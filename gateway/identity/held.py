"""Whose an ARN is, and every policy that he has."""

from typing import NamedTuple

from gateway.call import Call
from gateway.iam import builtin
from gateway.identity import managed
from gateway.identity.permission import check
from gateway.query.errors import QueryError
from storage.identity.entities import Holder, kind_of
from storage.identity.errors import NoSuchEntity
from storage.identity.names import split_arn
from storage.identity.records import ManagedPolicy, User


class Held(NamedTuple):
    """A policy that somebody has."""

    name: str
    kind: str  # as simulations call it: user, group, role, user-managed, aws-managed
    document: str


async def holder_of(call: Call, arn: str) -> Holder:
    """The user, group or role of an ARN.

    Raises:
        QueryError: InvalidInput, it is none's
        NoSuchEntity
    """
    for kind in ("user", "group", "role"):
        parts = split_arn(arn, kind)
        if parts is None:
            continue
        account, _, name = parts
        if account != call.account.id:
            raise NoSuchEntity.of(kind, name)
        found = await call.services.directory.entities.holder(account, kind, name)
        if found.arn.lower() != arn.lower():
            raise NoSuchEntity.of(kind, name)
        return found
    raise QueryError("InvalidInput", f"Invalid Entity Arn: {arn} does not clearly define entity")


async def permitted(call: Call, action: str, arn: str) -> Holder:
    """The same, if whoever asks may do something to it: by its ARN with its own capitals.

    Raises:
        QueryError: AccessDenied, InvalidInput
        NoSuchEntity
    """
    try:
        found = await holder_of(call, arn)
    except (NoSuchEntity, QueryError):
        check(call, action, arn)
        raise
    check(call, action, found.arn)
    return found


async def held_by(call: Call, holder: Holder) -> list[Held]:
    """Every policy that somebody has: his own, attached ones, his groups'."""
    holders: list[Holder] = [holder]
    if isinstance(holder, User):
        holders += await call.services.directory.groups.of(holder)
    found: list[Held] = []
    for one in holders:
        inline = await call.services.directory.inlines.all(one)
        kind = kind_of(one)
        found += [
            Held(f"{kind}_{one.name}_{name}", kind, document) for name, document in inline.items()
        ]
        for arn in one.attached:
            managed = await managed_of(call, arn)
            if managed is not None:
                found.append(managed)
    return found


async def managed_of(call: Call, arn: str) -> Held | None:
    """A managed policy as it counts now, None if there is none."""
    found = await managed.find(call, arn)
    if isinstance(found, builtin.Builtin):
        return Held(found.name, "aws-managed", found.document)
    if isinstance(found, ManagedPolicy):
        document = await call.services.directory.policies.document(found)
        return Held(found.name, "user-managed", document)
    return None
