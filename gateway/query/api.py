"""One request of the query API on its way: told from S3's, read, authenticated, answered.

Unlike S3, IAM and STS sign the body's digest whether or not a header has it:
so the form, which is bounded, is read before anything is believed.  But not
before what the request claims is well-formed, in time and of a key that there
is, and less of it of whoever claims nothing.

Source: smithy.io, "AWS query protocol"; IAM User Guide, "Create a signed AWS
API request"; IAM API Reference, "Making query requests".
"""

import hashlib
import hmac
import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple, Protocol

from gateway import identity
from gateway.call import Call
from gateway.documents import Budget, Room
from gateway.exchange import Exchange, Reply
from gateway.hosts import check_any_host
from gateway.identities import Known
from gateway.query import registry
from gateway.query.callers import check_session
from gateway.query.errors import QueryError, error_document
from gateway.query.form import Node, as_tree, read_form
from gateway.query.plans import CONTENT_TYPE, Plan, service
from gateway.query.refusals import NOT_SIGNED, refusal_of
from gateway.query.registry import Operation
from sigv4 import GENERIC, Anonymous, Claim, Request, accept_anonymous, read
from sigv4 import errors as sig_errors
from sigv4.canonical import origin_form
from sigv4.sigv2 import ClaimV2
from storage.errors import MasterKeyMissing, StoreUnavailable

_log = logging.getLogger(__name__)

FORM_BYTES_MAX: Final = 1024 * 1024  # the largest policies of a simulation, escaped
UNSIGNED_BYTES_MAX: Final = 256 * 1024  # a web identity, or an assertion of SAML with its policy
FORMS_BYTES_MAX: Final = 16 * 1024 * 1024  # of one process, apart from the documents of S3
UNSIGNED_FORMS_BYTES_MAX: Final = 8 * 1024 * 1024  # apart from those: anybody can send such
GLOBAL_REGION: Final = "us-east-1"  # which clients sign for when they take IAM for a global service

assert identity.__all__, "importing it has filled the registry"

_SCOPE: Final = re.compile(rb"Credential=[^,\s]*/(iam|sts)/aws4_request")
# As a parameter, where slashes may be escaped.
_PARAMETER: Final = re.compile(
    rb"(?:^|&)X-Amz-Credential=[^&]*(?:/|%2[Ff])(iam|sts)(?:/|%2[Ff])aws4_request(?:&|\Z)"
)
# Stands for the body's digest in a claim until there is a body.
_PENDING: Final = b"0" * 64
_ACTION: Final = re.compile(rb"(?:^|&)Action=")
_FORM: Final = b"application/x-www-form-urlencoded"
_METHODS: Final = ("GET", "POST")
# Refusals of whoever asks, whose words are about him and what he may do.
_TELLING: Final = frozenset(
    (
        *("AccessDenied", "ExpiredTokenException", "IDPCommunicationError"),
        *("InvalidIdentityToken", "MissingAuthenticationToken"),
    )
)
_AUTHENTICATION: Final = frozenset(
    (
        *("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires"),
        *("X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Security-Token"),
    )
)


class Identify(Protocol):
    """Whose a key is."""

    async def __call__(self, claim: Claim, now_ms: int) -> Known | None:
        """The key's secret and whose it is; None if it is not valid.

        Raises:
            SigError; StoreUnavailable
        """
        ...


class Meant(NamedTuple):
    """A request that is the query API's."""

    service: str | None  # None: it is not signed, and its form says what it is for


def meant(exchange: Exchange, query: bytes) -> Meant | None:
    """Whether a request that addresses no bucket is the query API's, and whose.

    That is said by the service in its credential's scope; of one without a
    signature, by being a form or naming an Action, which S3 has not.
    """
    if exchange.method not in _METHODS:
        return None
    is_form, signed = False, False
    for name, value in exchange.headers:
        lower = name.lower()
        if lower == b"authorization":
            signed = True
            found = _SCOPE.search(value)
            if found is not None:
                return Meant(found[1].decode())
        elif lower == b"content-type":
            is_form = value.partition(b";")[0].strip().lower() == _FORM
    if signed:
        return None
    found = _PARAMETER.search(query)
    if found is not None:
        return Meant(found[1].decode())
    if b"X-Amz-" in query:
        return None
    if (is_form and exchange.method == "POST") or _ACTION.search(query):
        return Meant(None)
    return None


class Api:
    """Answers the requests of IAM and STS."""

    def __init__(self, identify: Identify) -> None:
        self._identify = identify
        self._forms = Budget(FORMS_BYTES_MAX)
        self._unsigned = Budget(UNSIGNED_FORMS_BYTES_MAX)

    async def answer(self, call: Call, exchange: Exchange, found: Meant, query: bytes) -> Reply:
        """The answer; nothing is raised but what ends the request at the server's end."""
        body = _Body(exchange)
        try:
            return await self._answer(call, exchange, found, query, body)
        except Exception as error:  # noqa: BLE001 - as in the pipeline: failures become answers
            kept = _kept(call, exchange, error, body)
        return await self.refuse(call, exchange, found, kept, is_read=body.content is not None)

    async def refuse(
        self,
        call: Call,
        exchange: Exchange,
        found: Meant,
        error: Exception,
        *,
        is_read: bool = False,
    ) -> Reply:
        """The answer to a request that failed, whose body was read, or not."""
        namespace = service(found.service or "sts").namespace
        refusal = refusal_of(error)
        call.error, call.why = refusal.code, _why(error, refusal)
        # What nobody read would be taken for the next request.
        reply = Reply(refusal.status, _headers(call), close=exchange.has_body and not is_read)
        encoded = await _encoded(call, refusal)
        reply.body = error_document(refusal, namespace, call.request_id, encoded)
        return reply

    async def _answer(
        self, call: Call, exchange: Exchange, found: Meant, query: bytes, body: "_Body"
    ) -> Reply:
        with Room(self._unsigned if found.service is None else self._forms) as room:
            content = await self._authenticate(call, exchange, found, body, room)
            form = await read_form(query, content, signed=found.service is not None)
            for name in _AUTHENTICATION:
                form.pop(name, None)
            plan = _route(found.service, form)
            call.operation = registry.label(plan.service, plan.name)
            trace = call.services.trail.begin_anyhow(call, exchange)
            if trace is not None:
                directory = call.services.directory.traced(trace)
                call.services = replace(call.services, directory=directory)
            if call.principal is None and not plan.unsigned:
                raise QueryError("MissingAuthenticationToken", NOT_SIGNED)
            check_session(call, plan.service, plan.name)
            operation = _implemented(plan)
            tree = as_tree(form)
            _check_refused(operation, tree)
            output = await operation.handler(call, plan.parse(tree))
        return Reply(200, _headers(call), plan.render(output, call.request_id))

    async def _authenticate(
        self, call: Call, exchange: Exchange, found: Meant, body: "_Body", room: Room
    ) -> bytes:
        """The only way to a Verified; fills in who it is, and gives the body.

        Raises:
            SigError; StoreUnavailable; what reading the body raises
        """
        services = call.services
        now_ms = services.clock.now_ms()
        claim = read(
            Request(exchange.method, origin_form(exchange.target), exchange.headers),
            now=now_ms // 1000,
            regions=tuple(dict.fromkeys((*services.regions, GLOBAL_REGION))),
            service=found.service or "sts",
            profile=GENERIC,
            body_sha256=_PENDING,
        )
        assert not isinstance(claim, ClaimV2), "read takes none unless it is told to"
        if isinstance(claim, Anonymous):
            call.verified = accept_anonymous(claim)
            return await body.read(room, UNSIGNED_BYTES_MAX)
        known = await self._identify(claim, now_ms)
        content = await body.read(room, FORM_BYTES_MAX) if known is not None else b""
        digest = hashlib.sha256(content).hexdigest().encode()
        if claim.payload_line == _PENDING:
            claim = claim._replace(payload_line=digest)
        call.verified = check_any_host(services, claim, known.secret if known else None, exchange)
        assert known is not None, "else it is refused"
        if not hmac.compare_digest(claim.payload_line.lower(), digest):
            raise sig_errors.sha256_mismatch(claim.payload_line.decode("latin-1"), digest.decode())
        call.know(known, found.service or "sts", now_ms)
        return content


class _Body:
    """A request's body, which is read whole or not at all."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.content: bytes | None = None  # once it is read

    async def read(self, room: Room, limit: int) -> bytes:
        """All of it.

        Raises:
            QueryError: RequestEntityTooLarge
            ProtocolError: SlowDown
            BodyInterrupted
        """
        content = bytearray()
        if self._exchange.has_body:
            announced = self._exchange.content_length or 0
            _check_size(announced, limit)
            room.check(announced)
            while piece := await self._exchange.read():
                _check_size(len(content) + len(piece), limit)
                room.grow(len(piece))
                content += piece
        self.content = bytes(content)
        return self.content


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise QueryError("RequestEntityTooLarge", f"The request is larger than {limit} bytes.")


async def _encoded(call: Call, refusal: QueryError) -> str | None:
    """Why something was refused, for whoever may decode it; the refusal does not depend on it."""
    if not refusal.details:
        return None
    try:
        return await call.services.tokens.seal_message(refusal.details)
    except (StoreUnavailable, MasterKeyMissing) as error:
        _log.warning("a refusal is told without its details: %s", error)
        return None


def _why(error: Exception, refusal: QueryError) -> str:
    """Which rule failed, for the trail; no message that may repeat a parameter."""
    if isinstance(error, sig_errors.SigError):
        return error.message
    return refusal.message if refusal.code in _TELLING else ""


def _kept(call: Call, exchange: Exchange, error: Exception, body: _Body) -> Exception:
    """A refusal by the signature's rules is kept, for the operator to ask about."""
    if not isinstance(error, sig_errors.SigError):
        return error
    services = call.services
    now_ms = services.clock.now_ms()
    return services.refusals.keep(
        exchange, error, request_id=call.request_id, now_ms=now_ms, body=body.content
    )


def _route(name: str | None, form: dict[str, str]) -> Plan:
    """The plan of what a form asks for; Action and Version are taken out of it."""
    action, version = form.pop("Action", None), form.pop("Version", None)
    if name is None:
        name = "iam" if version == service("iam").version else "sts"
    return service(name).plan(action, version)


def _implemented(plan: Plan) -> Operation:
    found = registry.OPERATIONS.get((plan.service, plan.name))
    if found is None:
        raise QueryError("NotImplemented", f"{plan.name} is not implemented.")
    return found


def _check_refused(operation: Operation, tree: Mapping[str, Node]) -> None:
    for name in operation.refused:
        if name in tree:
            text = f"The parameter {name} of {operation.name} is not implemented."
            raise QueryError("NotImplemented", text)


def _headers(call: Call) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", CONTENT_TYPE), (b"x-amzn-requestid", call.request_id.encode())]
