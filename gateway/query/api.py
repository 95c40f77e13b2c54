"""One request of the query API on its way: told from S3's, read, authenticated, answered.

Unlike S3, IAM and STS sign the body's digest whether or not a header has it:
so the whole form, which is bounded, is read before anything is believed.

Source: smithy.io, "AWS query protocol"; IAM User Guide, "Create a signed AWS
API request"; IAM API Reference, "Making query requests".
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from gateway import identity
from gateway.call import Call
from gateway.documents import Budget, Room
from gateway.exchange import Exchange, Reply
from gateway.identities import Known
from gateway.query import registry
from gateway.query.errors import QueryError, error_document
from gateway.query.form import Node, as_tree, parse_form
from gateway.query.plans import CONTENT_TYPE, Plan, service
from gateway.query.refusals import NOT_SIGNED, refusal_of
from gateway.query.registry import Operation
from sigv4 import GENERIC, Anonymous, Claim, Request, Verified, accept_anonymous, check, read
from sigv4 import errors as sig_errors
from sigv4.canonical import origin_form
from sigv4.sigv2 import ClaimV2

FORM_BYTES_MAX: Final = 1024 * 1024  # the largest policies of a simulation, escaped
GLOBAL_REGION: Final = "us-east-1"  # which clients sign for when they take IAM for a global service

assert identity.__all__, "importing it has filled the registry"

# In the Authorization header, or as a parameter, where slashes may be escaped.
_SCOPE: Final = re.compile(rb"(?:/|%2[Ff])(iam|sts)(?:/|%2[Ff])aws4_request")
_ACTION: Final = re.compile(rb"(?:^|&)Action=")
_FORM: Final = b"application/x-www-form-urlencoded"
_METHODS: Final = ("GET", "POST")
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
    found = _SCOPE.search(query)
    if found is not None:
        return Meant(found[1].decode())
    if signed or b"X-Amz-" in query:
        return None
    if (is_form and exchange.method == "POST") or _ACTION.search(query):
        return Meant(None)
    return None


class Api:
    """Answers the requests of IAM and STS."""

    def __init__(self, identify: Identify, documents: Budget) -> None:
        self._identify = identify
        self._documents = documents

    async def answer(self, call: Call, exchange: Exchange, found: Meant, query: bytes) -> Reply:
        """The answer; nothing is raised but what ends the request at the server's end."""
        namespace = service(found.service or "sts").namespace
        try:
            return await self._answer(call, exchange, found, query)
        except Exception as error:  # noqa: BLE001 - as in the pipeline: failures become answers
            refusal = refusal_of(_kept(call, exchange, error))
        call.error, call.why = refusal.code, refusal.message
        reply = Reply(refusal.status, _headers(call), close=call.has_body)
        reply.body = error_document(refusal, namespace, call.request_id)
        return reply

    async def _answer(self, call: Call, exchange: Exchange, found: Meant, query: bytes) -> Reply:
        with Room(self._documents) as room:
            body = await _read_whole(exchange, room)
            verified = await self._authenticate(call, exchange, found, body)
            form = parse_form(query, body)
            for name in _AUTHENTICATION:
                form.pop(name, None)
            plan = _route(found.service, form)
            call.operation = registry.label(plan.service, plan.name)
            if verified.access_key is None and not plan.unsigned:
                raise QueryError("MissingAuthenticationToken", NOT_SIGNED)
            operation = _implemented(plan)
            tree = as_tree(form)
            _check_refused(operation, tree)
            output = await operation.handler(call, plan.parse(tree))
        return Reply(200, _headers(call), plan.render(output, call.request_id))

    async def _authenticate(
        self, call: Call, exchange: Exchange, found: Meant, body: bytes
    ) -> Verified:
        """The only way to a Verified; fills in who it is."""
        services = call.services
        request = Request(exchange.method, origin_form(exchange.target), exchange.headers)
        digest = hashlib.sha256(body).hexdigest().encode()
        now_ms = services.clock.now_ms()
        claim = read(
            request,
            now=now_ms // 1000,
            regions=tuple(dict.fromkeys((*services.regions, GLOBAL_REGION))),
            service=found.service or "sts",
            profile=GENERIC,
            body_sha256=digest,
        )
        assert not isinstance(claim, ClaimV2), "read takes none unless it is told to"
        if isinstance(claim, Anonymous):
            call.verified = verified = accept_anonymous(claim)
            return verified
        known = await self._identify(claim, now_ms)
        call.verified = verified = _check(claim, known.secret if known else None, call, exchange)
        assert known is not None, "else it is refused"
        if not hmac.compare_digest(claim.payload_line.lower(), digest):
            raise sig_errors.sha256_mismatch(claim.payload_line.decode("latin-1"), digest.decode())
        call.know(known, found.service or "sts", now_ms)
        return verified


def _kept(call: Call, exchange: Exchange, error: Exception) -> Exception:
    """A refusal by the signature's rules is kept, for the operator to ask about."""
    if not isinstance(error, sig_errors.SigError):
        return error
    services = call.services
    now_ms = services.clock.now_ms()
    return services.refusals.keep(exchange, error, request_id=call.request_id, now_ms=now_ms)


def _check(claim: Claim, secret: str | None, call: Call, exchange: Exchange) -> Verified:
    """Check the Host as it came, then the other names by which a client may know us.

    Raises:
        SigError: the refusal of the Host as it came
    """
    services = call.services
    try:
        return check(claim, secret, services.key_cache)
    except sig_errors.SigError as error:
        if error.code != "SignatureDoesNotMatch":
            raise
        for host in dict.fromkeys((*exchange.hosts, *services.public_hosts)):
            other = claim._replace(headers={**claim.headers, b"host": host})
            try:
                return check(other, secret, services.key_cache)
            except sig_errors.SigError:
                continue
        raise


async def _read_whole(exchange: Exchange, room: Room) -> bytes:
    """The whole body.

    Raises:
        QueryError: RequestEntityTooLarge
        ProtocolError: SlowDown
        BodyInterrupted
    """
    if not exchange.has_body:
        return b""
    announced = exchange.content_length or 0
    _check_size(announced)
    room.check(announced)
    body = bytearray()
    while piece := await exchange.read():
        _check_size(len(body) + len(piece))
        room.grow(len(piece))
        body += piece
    return bytes(body)


def _check_size(size: int) -> None:
    if size > FORM_BYTES_MAX:
        text = f"The request is larger than {FORM_BYTES_MAX} bytes."
        raise QueryError("RequestEntityTooLarge", text)


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
