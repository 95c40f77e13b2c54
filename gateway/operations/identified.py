"""Configurations of which a bucket has several, each with an id: rows of one table.

Put checks one and keeps it under its id, Get gives it back, Delete takes it
away, List gives them all, a page at a time.
"""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from gateway.call import Call
from gateway.configurations import analytics, inventory, kept, metrics, tiering
from gateway.operations.listing import make_token, read_token
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from gateway.registry import operation

PAGE_MAX: Final = 100  # API Reference, ListBucketInventoryConfigurations
# API Reference, MetricsConfiguration: 64 characters of these.
_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z", re.ASCII)


class Identified(NamedTuple):
    """One kind of such configurations."""

    kind: str  # as rows and the bucket's record name it
    noun: str  # PutBucketNOUNConfiguration
    member: str  # the attribute of Put's input that holds it, and of Get's output
    shape: type[msgspec.Struct]
    check: Callable[[Any], None]  # raises what S3 answers to a document it does not take
    give: type[msgspec.Struct]  # Get's output
    listed: type[msgspec.Struct]  # List's output; its member is ``member`` and "_list"
    permission: str  # what follows s3:Put and s3:Get
    stored: bool = False  # kept and given back, no more


IDENTIFIED: Final = (
    Identified(
        kind="analytics",
        noun="Analytics",
        member="analytics_configuration",
        shape=t.AnalyticsConfiguration,
        check=analytics.check,
        give=t.GetBucketAnalyticsConfigurationOutput,
        listed=t.ListBucketAnalyticsConfigurationsOutput,
        permission="AnalyticsConfiguration",
        stored=True,
    ),
    Identified(
        kind="intelligent-tiering",
        noun="IntelligentTiering",
        member="intelligent_tiering_configuration",
        shape=t.IntelligentTieringConfiguration,
        check=tiering.check,
        give=t.GetBucketIntelligentTieringConfigurationOutput,
        listed=t.ListBucketIntelligentTieringConfigurationsOutput,
        permission="IntelligentTieringConfiguration",
        stored=True,
    ),
    Identified(
        kind="inventory",
        noun="Inventory",
        member="inventory_configuration",
        shape=t.InventoryConfiguration,
        check=inventory.check,
        give=t.GetBucketInventoryConfigurationOutput,
        listed=t.ListBucketInventoryConfigurationsOutput,
        permission="InventoryConfiguration",
        stored=True,
    ),
    Identified(
        kind="metrics",
        noun="Metrics",
        member="metrics_configuration",
        shape=t.MetricsConfiguration,
        check=metrics.check,
        give=t.GetBucketMetricsConfigurationOutput,
        listed=t.ListBucketMetricsConfigurationsOutput,
        permission="MetricsConfiguration",
    ),
)


def _register(one: Identified) -> None:
    put, get = f"s3:Put{one.permission}", f"s3:Get{one.permission}"
    name, stored = f"Bucket{one.noun}Configuration", one.stored
    operation(f"Put{name}", put, stored=stored)(_putter(one))
    operation(f"Get{name}", get, stored=stored)(_getter(one))
    operation(f"Delete{name}", put, stored=stored)(_deleter(one))
    operation(f"List{name}s", get, stored=stored)(_lister(one))


def _check_id(identity: str) -> str:
    """Refuse what is no id.

    Raises:
        ProtocolError: InvalidConfigurationId
    """
    if not _ID.match(identity):
        raise ProtocolError("InvalidConfigurationId")
    return identity


def _putter(one: Identified) -> Callable[[Call, Any], Any]:
    async def put_identified(call: Call, ask: Any) -> None:
        given = getattr(ask, one.member)
        if given is None:
            raise ProtocolError("MalformedXML")
        if given.id != ask.id:
            raise ProtocolError("IdMismatch")
        identity = _check_id(ask.id)
        one.check(given)
        value = kept.encode(given)
        await call.services.configurations.put(call.bucket, one.kind, value, identity)

    return put_identified


def _getter(one: Identified) -> Callable[[Call, Any], Any]:
    decode = kept.decoder_of(one.shape)

    async def get_identified(call: Call, ask: Any) -> Any:
        identity = _check_id(ask.id)
        value = await call.services.configurations.read(call.bucket, one.kind, identity)
        if value is None:
            raise ProtocolError("NoSuchConfiguration")
        return one.give(**{one.member: decode(value)})

    return get_identified


def _deleter(one: Identified) -> Callable[[Call, Any], Any]:
    async def delete_identified(call: Call, ask: Any) -> None:
        identity = _check_id(ask.id)
        if not await call.services.configurations.remove(call.bucket, one.kind, identity):
            raise ProtocolError("NoSuchConfiguration")

    return delete_identified


def _lister(one: Identified) -> Callable[[Call, Any], Any]:
    decode = kept.decoder_of(one.shape)

    async def list_identified(call: Call, ask: Any) -> Any:
        token = ask.continuation_token
        after = read_token(token) if token else ""
        rows = await call.services.configurations.list(
            call.bucket, one.kind, after=after, limit=PAGE_MAX + 1
        )
        page = rows[:PAGE_MAX]
        more = len(rows) > PAGE_MAX
        members = {
            "is_truncated": more,
            "continuation_token": token or None,
            "next_continuation_token": make_token(page[-1][0].encode()) if more else None,
            f"{one.member}_list": [decode(value) for _, value in page] or None,
        }
        return one.listed(**members)

    return list_identified


for _identified in IDENTIFIED:
    _register(_identified)
