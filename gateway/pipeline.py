"""The life of one request.  Authentication, authorization and observation are here, once.

Every step may raise; only ``serve`` catches.
"""

import random
import time
from collections.abc import Awaitable
from functools import partial
from typing import Any, Final

from gateway import authority, effects, forms, registry, site, threads
from gateway.authentication import authenticate, authenticate_form, identify
from gateway.authority import WITH_DOCUMENTS, Place
from gateway.bodies import read_promises
from gateway.call import NO_QUERY, Answer, Call, Services, Source
from gateway.configurations import accelerate
from gateway.documents import Budget, Room, read_document
from gateway.exchange import Exchange, Reply, Stretches, target_of
from gateway.failures import describe
from gateway.iam.permissions import more_needs
from gateway.limits.addresses import subject_of
from gateway.limits.gate import Limited
from gateway.observe.observation import Observation, Observe
from gateway.preflight import preflight
from gateway.protocol.errors import ProtocolError, error_document
from gateway.protocol.plan import XML, Plan
from gateway.protocol.query import Query
from gateway.query.api import Api, meant
from gateway.registry import Operation
from sigv4 import (
    Chunked,
    Exact,
    SigError,
    Unsigned,
    Verified,
    accept_anonymous,
)
from sigv4 import errors as sig_errors
from sigv4.canonical import EMPTY_SHA256, split_target
from storage.copysource import parse_copy_source
from storage.errors import NoSuchKey, Rejudge
from storage.integrity import Promises
from storage.limits import OF_ADDRESS, OF_BUCKET
from storage.naming import check_key
from storage.reading import REREADS_MAX
from storage.rows import BucketRef

# Source: API Reference, PutObject, "Request Headers"; S3 answers so to any method.
HEADER_BYTES_MAX: Final = 8192

_NOTHING: Final = (Unsigned(), Exact(EMPTY_SHA256.decode()))
_XML: Final = (b"content-type", XML)


class Pipeline:
    """Answers requests with the services it was given."""

    def __init__(
        self, services: Services, observe: Observe, documents: Budget | None = None
    ) -> None:
        self._services = services
        self._observe = observe
        self._documents = documents or Budget()
        self._host_id = b"x-amz-id-2", services.host_id.encode()
        self._query = Api(partial(identify, services))

    async def serve(self, exchange: Exchange) -> Reply:
        """Answer one request, whatever it is."""
        call = Call(self._services, exchange, _request_id())
        self._services.trail.begin(call, exchange)
        try:
            try:
                reply = await self._answer(call, exchange)
            except Exception as error:  # noqa: BLE001 - the one place where every failure becomes an answer
                reply = render_error(call, self._kept(call, exchange, error))
                await effects.find_bucket(call)
            if call.has_effects:
                await _apply_effects(call, exchange, reply)
        except BaseException:
            self._end(call, exchange, 0, 0, False)  # it is broken off, at the server's end
            raise
        return self._named(call, exchange, reply)

    def refuse(self, exchange: Exchange, error: ProtocolError) -> Reply:
        """The answer to what the server could not even read as a request."""
        call = Call(self._services, exchange, _request_id())
        reply = render_error(call, error)
        reply.close = True
        return self._named(call, exchange, reply)

    def _named(self, call: Call, exchange: Exchange, reply: Reply) -> Reply:
        """The answer with the request's ids, and told what to do at its end."""
        reply.add((b"x-amz-request-id", call.request_id.encode()), self._host_id)
        reply.on_end = partial(self._end, call, exchange, reply.status)
        if call.passage is not None:
            call.passage.announce(_size(reply))
        return reply

    def _end(self, call: Call, exchange: Exchange, status: int, sent: int, whole: bool) -> None:
        """Make the one observation of a request."""
        seconds = time.perf_counter() - call.began
        said = call.told or status
        if call.passage is not None:
            call.passage.leave(sent, exchange.received)
        self._observe(
            Observation(
                call.operation,
                call.request_id,
                said,
                seconds,
                sent,
                whole,
                exchange.content_length or 0,
                call.limited,
                call.counted,
            )
        )
        self._services.trail.end(call, exchange, said, sent, seconds)
        for noted in call.noted:
            now_ms = self._services.clock.now_ms()
            self._services.access_log.put(
                noted.record(status=said, sent=sent, seconds=seconds, now_ms=now_ms)
            )

    def _kept(self, call: Call, exchange: Exchange, error: Exception) -> Exception:
        """A refusal by the signature's rules is kept, for the operator to ask about."""
        if not isinstance(error, SigError):
            return error
        now_ms = self._services.clock.now_ms()
        refusals = self._services.refusals
        return refusals.keep(
            exchange, error, request_id=call.request_id, now_ms=now_ms, form=call.form
        )

    async def _answer(self, call: Call, exchange: Exchange) -> Reply:
        services = self._services
        try:
            self._enter(call, exchange)
        except Limited as error:
            return await self._slowed(call, exchange, error)
        call.host = _host(exchange)
        path, raw_query = split_target(target_of(exchange))
        call.target = target = services.addressing.resolve(call.host, path)
        if exchange.method == "OPTIONS":  # what is signed in its target is another request
            return await preflight(call, exchange)
        if target.is_site:
            reply = await site.answer(call, exchange, self._read_for_site)
            reply.close = exchange.has_body  # which nobody reads
            return reply
        if target.bucket is None and (api := meant(exchange, raw_query)) is not None:
            return await self._query.answer(call, exchange, api, raw_query)
        call.verified = verified = await authenticate(call, exchange)
        call.query = query = Query(raw_query)
        level = "object" if target.key else "bucket" if target.bucket else "service"
        plan = services.plans.route(exchange.method, level, query, verified.headers)
        call.operation = plan.name
        operation = registry.OPERATIONS.get(plan.name)
        if operation is None:
            raise ProtocolError("NotImplemented", f"{plan.name} is not implemented.")
        if plan.is_form:
            call.verified = verified = await authenticate_form(call, exchange)
            call.target = target = target._replace(key=forms.key_of(verified))
            query = NO_QUERY
        key = target.key.decode() if target.key is not None else None
        if target.key is not None:
            check_key(target.key)
        ask = plan.parse(target.bucket, key, query, verified.headers, operation.refused)
        if plan.is_form:
            forms.add_tagging(verified, ask, services.plans)
        if isinstance(verified.payload, Chunked) and not plan.streaming_input:
            raise sig_errors.streaming_elsewhere()
        try:
            is_late = await self._authorize(call, operation, ask)
            _enter_bucket(call)
            result = await self._handle(call, exchange, plan, operation, ask, is_late=is_late)
        except Rejudge:
            result = await self._anew(call, exchange, plan, operation, ask)
        except NoSuchKey:
            await _check_may_know(call)
            raise
        if isinstance(result, Reply):
            return result
        answer = result if isinstance(result, Answer) else Answer(result)
        if answer.prepared is not None:
            return _at_once(plan, answer)
        return await _rendered(plan, answer, exchange)

    def _enter(self, call: Call, exchange: Exchange) -> None:
        """Before anything is done for it, but for asking how long it is and where it comes from.

        Raises:
            Limited
            ProtocolError: RequestHeaderSectionTooLarge
        """
        if exchange.header_bytes > HEADER_BYTES_MAX:
            raise ProtocolError(
                "RequestHeaderSectionTooLarge", MaxSizeAllowed=str(HEADER_BYTES_MAX)
            )
        if OF_ADDRESS in self._services.gate.rules.kinds and (remote := exchange.remote):
            call.enter(OF_ADDRESS, subject_of(remote))

    async def _slowed(self, call: Call, exchange: Exchange, error: Limited) -> Reply:
        """In the words of whom it is for: it says so itself, and nothing of it is believed.

        Raises:
            Limited, what is no request
        """
        path, raw_query = split_target(target_of(exchange))
        target = self._services.addressing.resolve(_host(exchange), path)
        api = meant(exchange, raw_query) if target.bucket is None else None
        if api is None:
            raise error
        return await self._query.refuse(call, exchange, api, error)

    async def _read_for_site(
        self, call: Call, exchange: Exchange, key: bytes, *, plainly: bool
    ) -> Reply:
        """An object as nobody in particular may read it; ``plainly``: whole, on no condition."""
        call.verified = accept_anonymous(site.claim_of(exchange, plainly=plainly))
        call.operation = name = "HeadObject" if exchange.method == "HEAD" else "GetObject"
        assert call.target is not None, "set by the pipeline"
        call.target = call.target._replace(key=key)
        check_key(key)
        plan, operation = self._services.plans.by_name[name], registry.OPERATIONS[name]
        ask = plan.parse(call.target.bucket, key.decode(), NO_QUERY, call.headers)
        await self._authorize(call, operation, ask)
        _enter_bucket(call)
        try:
            answer = await operation.handler(call, ask)
        except NoSuchKey:
            await _check_may_know(call)
            raise
        if answer.prepared is not None:
            return _at_once(plan, answer)
        return await _rendered(plan, answer, exchange)

    def _handle(
        self,
        call: Call,
        exchange: Exchange,
        plan: Plan,
        operation: Operation,
        ask: Any,
        *,
        is_late: bool,
    ) -> Awaitable[Any]:
        """What the operation's handler gives, once it has its document, if there is one."""
        assert call.verified is not None, "set by the pipeline"
        if plan.document is None and (
            plan.streaming_input or _has_nothing(exchange, call.verified)
        ):
            assert not is_late, "who waits for a document has one"
            return operation.handler(call, ask)
        return self._handle_document(call, plan, operation, ask, is_late=is_late)

    async def _handle_document(
        self, call: Call, plan: Plan, operation: Operation, ask: Any, *, is_late: bool
    ) -> Any:
        # Held until the handler has ended: what was parsed lives as long, unless a handler hands
        # it over to work that outlives it.
        with Room(self._documents) as room:
            call.room = room
            await _read_document(call, plan, ask, room)
            if is_late:
                await self._authorize(call, operation, ask, is_late=True)
            return await operation.handler(call, ask)

    async def _anew(
        self, call: Call, exchange: Exchange, plan: Plan, operation: Operation, ask: Any
    ) -> Any:
        """Decide again, of an object that was replaced between its permission and its reading.

        Raises:
            Rejudge: it is replaced all the time, or the request's body has been read
            and what deciding and handling it raises
        """
        if exchange.has_body:
            raise Rejudge
        for _ in range(REREADS_MAX):
            try:
                is_late = await self._authorize(call, operation, ask)
                return await self._handle(call, exchange, plan, operation, ask, is_late=is_late)
            except Rejudge:
                continue
            except NoSuchKey:
                await _check_may_know(call)
                raise
        raise Rejudge

    async def _authorize(
        self, call: Call, operation: Operation, ask: Any, *, is_late: bool = False
    ) -> bool:
        """Find the bucket and decide; True if that has to wait for the request's document.

        Asks for what the table says: of what is addressed, and of a copy's source.
        ``is_late``: the document is there now.

        Raises:
            NoSuchBucket; what a copy's source cannot be
            ProtocolError: AccessDenied
        """
        assert call.target is not None, "set by the pipeline"
        judge, buckets = self._services.authority, self._services.buckets
        if call.operation in effects.WITHOUT_BUCKET:
            if call.target.is_accelerated:
                raise accelerate.refusal(None)
            if not is_late and call.operation in WITH_DOCUMENTS and await judge.is_late(call, None):
                return True
            needed = operation.needs.current + more_needs(call.operation, ask)
            await authority.check(call, needed, Place(), ask)
            return False
        assert call.target.bucket is not None, "routed to a bucket"
        name = call.target.bucket
        call.bucket = bucket = buckets.known(name) or await buckets.find(name)
        documents = bucket.record.documents
        if judge.is_plain(call.principal, bucket):
            call.decided = authority.PLAIN
        else:
            may_wait = not is_late and call.operation in WITH_DOCUMENTS
            if may_wait and await judge.is_late(call, bucket):
                return True
            version_id = getattr(ask, "version_id", None)
            needed = operation.needs.of(version_id) + more_needs(call.operation, ask)
            place = Place(bucket, call.target.key, version_id)
            await authority.check(call, needed, place, ask)
        expected = getattr(ask, "expected_bucket_owner", None)
        if expected is not None:
            _check_owner(expected, bucket)
        if documents or call.target.is_accelerated:
            await effects.check(call, bucket)
        if operation.source is not None:
            named = parse_copy_source(ask.copy_source)
            found = await buckets.find(named.bucket)
            call.source = Source(found, named.key, named.version_id)
            needed, decided = operation.source.of(named.version_id), call.decided
            await authority.check(call, needed, call.source.place, ask)
            call.decided = decided  # of what is made
            _check_owner(ask.expected_source_bucket_owner, found)
            if found.record.documents:
                await effects.check(call, found)
        return False


def _at_once(plan: Plan, answer: Answer) -> Reply:
    """An answer that was prepared."""
    assert isinstance(answer.body, bytes), "its content is at hand"
    return Reply(plan.status, [], answer.body, prepared=answer.prepared)


async def _rendered(plan: Plan, answer: Answer, exchange: Exchange) -> Reply:
    try:
        return render(plan, answer, head=exchange.method == "HEAD")
    except BaseException:
        await _close(answer)
        raise


async def _apply_effects(call: Call, exchange: Exchange, reply: Reply) -> None:
    try:
        await effects.apply(call, exchange, reply)
    except BaseException:
        await _close(reply)
        raise


def _enter_bucket(call: Call) -> None:
    """Once it may do something there: nobody else spends what a bucket has.

    Raises:
        Limited
    """
    if call.found is not None and OF_BUCKET in call.services.gate.rules.kinds:
        call.enter(OF_BUCKET, call.found.record.name)
        if call.copied is not None and call.copied.bucket.id != call.found.id:
            call.enter(OF_BUCKET, call.copied.bucket.record.name)
    if call.passage is not None:
        call.passage.announce(call.content_length)


def _size(reply: Reply) -> int:
    """Bytes of content, as far as they are known before they are sent."""
    body = reply.body
    if isinstance(body, bytes):
        return len(body)
    return body.size if isinstance(body, Stretches) else 0


async def _close(answer: Answer | Reply) -> None:
    """Close a content that nobody will send: what is open holds back all reclaiming."""
    if answer.body is not None and not isinstance(answer.body, bytes):
        await answer.body.aclose()


async def _check_may_know(call: Call) -> None:
    """Whether whoever asks may learn that there is no such object.

    Raises:
        ProtocolError: AccessDenied

    Source: API Reference, GetObject and HeadObject, "Permissions".
    """
    if call.has_source:
        await authority.check_hidden(call, call.source.place)
    elif call.method in ("GET", "HEAD"):
        await authority.check_hidden(call, Place(call.bucket, call.key))


def _check_owner(expected: str | None, bucket: BucketRef) -> None:
    """Source: User Guide, "Verifying bucket ownership with bucket owner condition"."""
    if expected is not None and expected != bucket.record.account:
        raise ProtocolError("AccessDenied")


def _request_id() -> str:
    """Sixteen digits that are unlikely to come twice; nothing depends on their being secret."""
    return f"{random.getrandbits(64):016X}"


def _has_nothing(exchange: Exchange, verified: Verified) -> bool:
    """No body, and none was promised."""
    return not exchange.has_body and verified.payload in _NOTHING


def _host(exchange: Exchange) -> str:
    for name, value in exchange.headers:
        if name.lower() == b"host":
            return value.decode("latin-1").strip()
    return ""


async def _read_document(call: Call, plan: Plan, ask: Any, room: Room) -> None:
    """The document into ``ask``; of a body that means nothing, the hash is checked all the same."""
    assert call.verified is not None, "set by the pipeline"
    limit = plan.document_bytes_max
    if plan.document is None:
        await read_document(call.body, Promises(), bytes_max=limit, room=room)
        return
    if plan.document_required or call.has_body:
        _check_has_digest(plan, call.verified)
    promises = read_promises(call.verified.headers) if plan.checksum_of_body else Promises()
    document = await read_document(call.body, promises, bytes_max=limit, room=room)
    if len(document) < threads.PARSE_BYTES_MIN:
        plan.read_body(ask, document)
    else:
        await threads.beside(threads.parsing, plan.read_body, ask, document)


def _check_has_digest(plan: Plan, verified: Verified) -> None:
    """Source: API Reference, DeleteObjects, "Content-MD5"."""
    if not plan.checksum_required:
        return
    headers = verified.headers
    if b"content-md5" in headers or any(
        name.startswith(b"x-amz-checksum-") or name == b"x-amz-sdk-checksum-algorithm"
        for name in headers
    ):
        return
    raise ProtocolError(
        "InvalidRequest",
        "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
    )


def render(plan: Plan, answer: Answer, *, head: bool) -> Reply:
    """An operation's answer."""
    headers, document = plan.render(answer.output) if answer.output is not None else ([], None)
    headers += answer.headers
    status = answer.status or plan.status
    if answer.body is not None:
        return Reply(status, headers, b"" if head else answer.body)
    if document is None:
        return Reply(status, headers)
    return Reply(status, [*headers, (b"content-type", plan.content_type)], document)


def render_error(call: Call, error: Exception) -> Reply:
    """The answer to a request that failed; HEAD and 304 have the status alone."""
    failure = describe(error, call.method)
    call.error, call.why = failure.code, failure.message
    headers = list(failure.headers)
    # A body nobody read would be taken for the next request.
    close = call.has_body
    if call.method == "HEAD" or failure.status == 304:
        return Reply(failure.status, headers, close=close)
    if call.target is not None and call.target.is_site:
        page = site.page(call, failure)
        page.close = close
        return page
    body = error_document(
        failure.code,
        failure.message,
        failure.fields,
        resource=call.target.path if call.target is not None else None,
        request_id=call.request_id,
        host_id=call.services.host_id,
    )
    return Reply(failure.status, [*headers, _XML], body, close=close)
