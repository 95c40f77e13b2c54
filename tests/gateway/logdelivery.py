"""Access logs on their way: configured, answered for, delivered and taken apart."""

import re

from gateway.app import App
from gateway.configurations.logs import Origin, Place
from gateway.deliveries import Deliveries, Record, encode
from gateway.exchange import Reply
from gateway.observe.spool import Spool
from tests.gateway.accesslogs import read_line
from tests.gateway.inside import (
    ACCOUNT,
    ask,
    put_document,
    text_of,
)


class Clock:
    """Says what it was told."""

    def __init__(self, now_ms: int = 1_700_000_000_123) -> None:
        self.now = now_ms

    def now_ms(self) -> int:
        return self.now


async def configure(app: App, prefix: str = "log/", form: str = "", bucket: str = "bucket") -> None:
    document = (
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>target</TargetBucket>"
        f"<TargetPrefix>{prefix}</TargetPrefix>{form}</LoggingEnabled></BucketLoggingStatus>"
    )
    assert (await put_document(app, f"/{bucket}?logging", document)).status == 200


def end(reply: Reply) -> None:
    """What the server does when the answer has left."""
    assert reply.on_end is not None
    reply.on_end(len(reply.body) if isinstance(reply.body, bytes) else 0, True)


async def deliver(app: App, spool: Spool | None = None) -> int:
    """What the keeper does; how much of it failed."""
    services = app.services
    deliveries = Deliveries(
        spool or services.access_log,
        services.accounts,
        services.buckets,
        services.configurations,
        services.objects,
        encrypts=services.encrypts,
    )
    return (await deliveries.round(lambda: False)).failed


async def delivered(app: App) -> dict[str, list[dict[str, str]]]:
    """The logs in the target, by key, taken apart."""
    await deliver(app)
    found = {}
    for key in re.findall("<Key>([^<]+)</Key>", text_of(await ask(app, "GET", "/target"))):
        text = text_of(await ask(app, "GET", f"/target/{key}"))
        assert text.endswith("\n")
        found[key] = [read_line(line) for line in text.splitlines()]
    return found


def record(event_ms: int, line: str, place: Place, account: str = ACCOUNT.id) -> bytes:
    return encode(Record(place, Origin(account, "us-east-1", "bucket"), event_ms, line))
