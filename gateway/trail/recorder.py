"""What a worker tells the trail: of a change in its commit, of anything else at its end.

Nothing is written or formatted here while a request waits: what is known is put
together, and encoded with others.
"""

from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from gateway.authority import PLAIN
from gateway.iam.accounts import Principal
from gateway.iam.decision import Decision
from gateway.trail.claimed import claimed_key
from gateway.trail.hidden import safe_key, safe_target
from gateway.trail.records import (
    NOBODY,
    STALE,
    TAG_OF_ASKED,
    TEXT_BYTES_MAX,
    WEBSITE,
    Decided,
    OfMany,
    Person,
    Row,
    encode_told,
)
from sigv4 import Verified
from storage.changes import Trace

if TYPE_CHECKING:
    from gateway.call import Call
    from gateway.exchange import Exchange

_SAFE_METHODS: Final = frozenset(("GET", "HEAD", "OPTIONS"))
_KNOWN_MAX: Final = 10_000
_OF_OWNERS: Final = Decided(PLAIN.allowed, PLAIN.by)
_V4: Final = "AWS4-HMAC-SHA256"
_V4A: Final = "AWS4-ECDSA-P256-SHA256"
_V2: Final = "HMAC-SHA1"


class Sink(Protocol):
    """Takes records on their way."""

    def put(self, record: Row) -> None:
        """Take one; never fails."""
        ...


class Recorder:
    """One worker's; ``sink`` is None where there is no trail."""

    def __init__(self, sink: Sink | None) -> None:
        self._sink = sink
        self._known: dict[str, tuple[Principal, Person]] = {}  # by access key

    def begin(self, call: "Call", exchange: "Exchange") -> None:
        """Let what a request commits tell of it."""
        if self._sink is not None and exchange.method not in _SAFE_METHODS:
            call.trace = Trace(partial(self._tell, call, exchange, None))

    def begin_anyhow(self, call: "Call", exchange: "Exchange") -> Trace | None:
        """The same where the method says nothing of that; the trace."""
        if self._sink is not None and call.trace is None:
            call.trace = Trace(partial(self._tell, call, exchange, None))
        return call.trace

    def for_one(
        self, call: "Call", exchange: "Exchange", decision: Decision | None
    ) -> Trace | None:
        """The trace of one of many things in a request, decided by itself."""
        if self._sink is None:
            return None
        return Trace(partial(self._tell, call, exchange, decision))

    def _tell(self, call: "Call", exchange: "Exchange", decision: Decision | None) -> bytes:
        now_ms = call.services.clock.now_ms()
        return encode_told(self._told(call, exchange, now_ms, decision or call.decided))

    def end(
        self, call: "Call", exchange: "Exchange", status: int, sent: int, seconds: float
    ) -> None:
        """Record a request that changed nothing, or whose answer says that it failed."""
        sink = self._sink
        if sink is None:
            return
        trace, of_many = call.trace, call.of_many
        if trace is not None and trace.commits and 0 < status < 400 and not of_many:
            return  # its changes have told of it
        total_us = int(seconds * 1_000_000)
        told = self._told(
            call, exchange, call.services.clock.now_ms() - total_us // 1000, call.decided
        )
        seen, error, why, claimed = call.seen, call.error or "", "", ""
        if error:
            why, claimed = call.why[:TEXT_BYTES_MAX], claimed_key(exchange, call.form)
        sink.put(
            (
                TAG_OF_ASKED,
                told,
                status,
                error,
                why,
                claimed,
                exchange.content_length or 0,
                sent,
                None if seen is None else seen.size,
                total_us,
                of_many,
            )
        )

    def _told(
        self, call: "Call", exchange: "Exchange", at_ms: int, decision: Decision | None
    ) -> Row:
        """The members of a Told, in their order: a tuple costs a fifth of it."""
        target, verified, found, principal = call.target, call.verified, call.found, call.principal
        method = exchange.method
        bucket, key, mark = "", None, STALE if call.is_stale else ""
        if target is not None:
            bucket, key = target.bucket or "", target.key
            if target.is_site:
                mark = WEBSITE
        person: Person | None = None
        if principal is not None:
            known = self._known.get(principal.access_key)
            if known is not None and known[0] is principal:
                person = known[1]
            else:
                person = self._person(principal)
        signed: Row | None = None
        if verified is not None:
            headers = verified.headers
            agent, referer = headers.get(b"user-agent", b""), headers.get(b"referer")
            signed = _signed(verified)
            if principal is None and verified.access_key is None:
                person = call.vouched or NOBODY
        else:
            agent, referer = _named(exchange, b"user-agent"), _named(exchange, b"referer")
        shown = safe_target(exchange.target)
        if shown is not exchange.target and key:
            key = safe_key(key)
        copied = call.copied if method == "PUT" else None
        row = (
            at_ms,
            call.request_id,
            call.operation,
            method,
            shown,
            call.host,
            exchange.remote,
            exchange.tls,
            agent[:TEXT_BYTES_MAX],
            safe_target(referer[:TEXT_BYTES_MAX]) if referer else b"",
            bucket,
            "" if found is None else found.record.account,
            key,
            call.query.values.get("versionId"),
            person,
            signed,
            _OF_OWNERS if decision is PLAIN else None if decision is None else _decided(decision),
            "" if copied is None else _place(copied.bucket.record.name, copied.key),
            mark,
            call.about,
        )
        return (*row, "", call.issued) if call.issued else row

    def _person(self, principal: Principal) -> Person:
        """Of a principal that is seen for the first time: his key may be another's soon."""
        if len(self._known) >= _KNOWN_MAX:
            self._known.clear()
        person = person_of(principal)
        self._known[principal.access_key] = (principal, person)
        return person


def person_of(principal: Principal) -> Person:
    """Who a key's holder is."""
    who, session = principal.who, principal.session
    return Person(
        who.account,
        who.arn,
        who.kind,
        who.user_id,
        who.user_name,
        principal.access_key,
        issuer=who.issuer,
        source_identity=session.source_identity if session is not None else "",
    )


def of_one(key: str, version_id: str | None, code: str, decision: Decision | None) -> OfMany:
    """What became of one of many deletions that changed nothing."""
    decided = _decided(decision) if decision is not None else None
    return OfMany(key, version_id or "", code, decided)


def _signed(verified: Verified) -> Row:
    """The members of a Signed, in their order."""
    scope, algorithm, region, date = verified.scope, "", "", b""
    if verified.access_key is not None:
        date = verified.headers.get(b"x-amz-date", b"")
        algorithm = _V2
        if scope is not None:
            algorithm, region = _V4 if scope.names_region else _V4A, scope.region
    return (
        verified.location,
        algorithm,
        verified.signed_headers,  # a set, which is written as a list
        date,
        verified.expires_at or 0,
        region,
    )


def _decided(decision: Decision) -> Decided:
    verdict = decision.verdict
    statement = verdict.statement
    named = "" if statement is None else statement.sid or f"#{statement.index}"
    return Decided(decision.allowed, decision.by, verdict.source, named)


def _named(exchange: "Exchange", wanted: bytes) -> bytes:
    for name, value in exchange.headers:
        if name.lower() == wanted:
            return value
    return b""


def _place(bucket: str, key: bytes) -> str:
    return f"{bucket}/{key.decode()}"
