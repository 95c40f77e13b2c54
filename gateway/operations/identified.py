"""Configurations of which a bucket has several, each with an id: rows of one table.

Beside what all documents have, List gives them all, a page at a time.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from gateway.call import Call
from gateway.configurations import analytics, inventory, kept, metrics, tiering
from gateway.operations.kinds import Kind, register
from gateway.operations.listing import make_token, read_token
from gateway.protocol import types as t
from gateway.registry import operation

PAGE_MAX: Final = 100  # API Reference, ListBucketInventoryConfigurations

IDENTIFIED: Final = (
    Kind(
        kind=analytics.KIND,
        noun="BucketAnalyticsConfiguration",
        member="analytics_configuration",
        shape=t.AnalyticsConfiguration,
        check=analytics.check,
        give=t.GetBucketAnalyticsConfigurationOutput,
        absent="NoSuchConfiguration",
        permission="AnalyticsConfiguration",
        deletes="DeleteBucketAnalyticsConfiguration",
        stored=True,
        has_id=True,
    ),
    Kind(
        kind=tiering.KIND,
        noun="BucketIntelligentTieringConfiguration",
        member="intelligent_tiering_configuration",
        shape=t.IntelligentTieringConfiguration,
        check=tiering.check,
        give=t.GetBucketIntelligentTieringConfigurationOutput,
        absent="NoSuchConfiguration",
        permission="IntelligentTieringConfiguration",
        deletes="DeleteBucketIntelligentTieringConfiguration",
        stored=True,
        has_id=True,
    ),
    Kind(
        kind=inventory.KIND,
        noun="BucketInventoryConfiguration",
        member="inventory_configuration",
        shape=t.InventoryConfiguration,
        check=inventory.check,
        give=t.GetBucketInventoryConfigurationOutput,
        absent="NoSuchConfiguration",
        permission="InventoryConfiguration",
        deletes="DeleteBucketInventoryConfiguration",
        stored=True,
        has_id=True,
    ),
    Kind(
        kind=metrics.KIND,
        noun="BucketMetricsConfiguration",
        member="metrics_configuration",
        shape=t.MetricsConfiguration,
        check=metrics.check,
        give=t.GetBucketMetricsConfigurationOutput,
        absent="NoSuchConfiguration",
        permission="MetricsConfiguration",
        deletes="DeleteBucketMetricsConfiguration",
        has_id=True,
    ),
)

# List's output, by kind; its member is Put's and "_list".
LISTED: Final[Mapping[str, type[msgspec.Struct]]] = {
    analytics.KIND: t.ListBucketAnalyticsConfigurationsOutput,
    tiering.KIND: t.ListBucketIntelligentTieringConfigurationsOutput,
    inventory.KIND: t.ListBucketInventoryConfigurationsOutput,
    metrics.KIND: t.ListBucketMetricsConfigurationsOutput,
}


def _lister(one: Kind) -> Callable[[Call, Any], Any]:
    decode = kept.decoder_of(one.shape)
    listed = LISTED[one.kind]

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
        return listed(**members)

    return list_identified


for _identified in IDENTIFIED:
    register(_identified)
    operation(
        f"List{_identified.noun}s", f"s3:Get{_identified.permission}", stored=_identified.stored
    )(_lister(_identified))
