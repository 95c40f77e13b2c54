"""What a bucket's log is to have of a request: noted when it is answered, written at its end."""

import time
from dataclasses import dataclass

from gateway.call import Call
from gateway.configurations.logs import Origin, Place
from gateway.deliveries import Record, encode
from gateway.exchange import Exchange
from gateway.observe.access import Entry, line
from storage.rows import BucketRef

_AUTHENTICATION = {"header": "AuthHeader", "query": "QueryString"}


@dataclass(frozen=True, slots=True)
class Noted:
    """All that is known before the answer has been sent."""

    place: Place
    origin: Origin
    entry: Entry

    def record(self, *, status: int, sent: int, seconds: float, now_ms: int) -> bytes:
        """The record for the spool, given what became of the answer."""
        total_ms = int(seconds * 1000)
        began_ms = now_ms - total_ms
        entry = self.entry._replace(time_ms=began_ms, status=status, sent=sent, total_ms=total_ms)
        return encode(Record(self.place, self.origin, began_ms, line(entry)))


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
        version_id=_version_of(call),
        host_id=services.host_id,
        signature=signature,
        cipher=cipher,
        authentication=_AUTHENTICATION.get(verified.location) if verified is not None else None,
        host=call.host,
        tls=version,
    )
    return Noted(place, Origin(record.account, services.region, record.name), entry)


def _version_of(call: Call) -> str | None:
    """The version that was asked for; whatever stands there, in one word."""
    text = call.query.values.get("versionId")
    return text if text and text.isascii() and text.isalnum() else None
