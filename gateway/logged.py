"""What a bucket's log is to have of a request: noted when it is answered, written at its end."""

import time
from dataclasses import dataclass, replace
from typing import Final

from gateway.call import Call, Source
from gateway.configurations.logs import Origin, Place
from gateway.deliveries import Record, encode
from gateway.exchange import Exchange
from gateway.observe.access import Entry, line
from gateway.protocol import types as t
from gateway.protocol.errors import ERRORS
from storage.rows import BucketRef
from storage.versioning import is_version_id

_AUTHENTICATION: Final = {"header": "AuthHeader", "query": "QueryString"}

# Not requests, but parts of some.  User Guide, "Amazon S3 server access log format", "Operation".
_OF_A_BATCH: Final = "BATCH.DELETE.OBJECT"
_SOURCE: Final = "REST.COPY.OBJECT_GET"


@dataclass(frozen=True, slots=True)
class Noted:
    """All that is known before the answer has been sent."""

    place: Place
    origin: Origin
    entry: Entry
    parts: tuple[Entry, ...] = ()  # with lines of their own

    def record(self, *, status: int, sent: int, seconds: float, now_ms: int) -> bytes:
        """The records for the spool, given what became of the answer."""
        total_ms = int(seconds * 1000)
        began_ms = now_ms - total_ms
        entry = self.entry._replace(time_ms=began_ms, status=status, sent=sent, total_ms=total_ms)
        parts = (one._replace(time_ms=began_ms) for one in self.parts)
        return b"\n".join(
            encode(Record(self.place, self.origin, began_ms, line(one))) for one in (entry, *parts)
        )


def note(call: Call, exchange: Exchange, bucket: BucketRef, place: Place) -> Noted:
    """What the log will say of a request."""
    record, services, target = bucket.record, call.services, call.target
    verified, principal = call.verified, call.principal
    headers = {name.lower(): value for name, value in exchange.headers}
    cipher, version = exchange.tls or (None, None)
    signature = None
    if verified is not None and verified.access_key is not None:
        signature = "SigV2" if verified.scope is None else "SigV4"
    entry = Entry(
        owner=services.accounts.account(record.account).canonical_id,
        bucket=record.name,
        time_ms=0,
        remote=exchange.remote,
        requester=principal.account.canonical_id if principal is not None else None,
        request_id=call.request_id,
        method=exchange.method,
        operation=call.operation,
        is_site=target is not None and target.is_site,
        key=target.key if target is not None else None,
        target=exchange.target,
        status=0,
        error=call.error,
        sent=0,
        object_size=call.seen.size if call.seen is not None else None,
        total_ms=0,
        own_ms=int((time.perf_counter() - call.began) * 1000),
        referer=headers.get(b"referer", b""),
        agent=headers.get(b"user-agent", b""),
        version_id=_version(call.query.values.get("versionId")),
        host_id=services.host_id,
        signature=signature,
        cipher=cipher,
        authentication=_AUTHENTICATION.get(verified.location) if verified is not None else None,
        host=call.host,
        tls=version,
    )
    origin = Origin(record.account, services.region, record.name)
    return Noted(place, origin, entry, tuple(_of_batch(entry, one) for one in call.batch))


def note_source(call: Call, exchange: Exchange, source: Source, place: Place) -> Noted:
    """The same for the log of the bucket that something was copied from."""
    noted = note(call, exchange, source.bucket, place)
    entry = noted.entry._replace(
        operation=_SOURCE, key=source.key, version_id=_version(source.version_id)
    )
    return replace(noted, entry=entry)


def _of_batch(entry: Entry, one: t.DeletedObject | t.ErrorShape) -> Entry:
    error = one.code if isinstance(one, t.ErrorShape) else None
    return entry._replace(
        operation=_OF_A_BATCH,
        key=(one.key or "").encode(),
        target=b"",
        status=ERRORS[error].status if error is not None else 204,
        error=error,
        own_ms=None,
        total_ms=None,
        referer=b"",
        version_id=_version(one.version_id),
    )


def _version(text: str | None) -> str | None:
    """A version's id; what is none could be any text, and would end its field."""
    return text if text is not None and is_version_id(text) else None
