"""One request on its way through the pipeline, and the services it may use."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from gateway import authority
from gateway.addressing import Addressing, Target
from gateway.authority import Authority, Place
from gateway.bodies import VerifiedBody
from gateway.documents import Room
from gateway.exchange import Exchange, Stretches
from gateway.headers import Prepared
from gateway.iam.accounts import Account, Accounts, Principal, who_is
from gateway.iam.decision import Decision
from gateway.iam.keys import Facts
from gateway.iam.ownership import Defaults
from gateway.iam.permissions import Needs
from gateway.iam.principals import Who
from gateway.identities import Identities, Known
from gateway.limits.gate import Gate, Limited, Passage
from gateway.observe.spool import Spool
from gateway.protocol.errors import ProtocolError
from gateway.protocol.plans import Plans
from gateway.protocol.query import Query
from gateway.protocol.types import DeletedObject, ErrorShape
from gateway.refusals import Refusals
from gateway.sessions.tokens import Tokens
from gateway.trail.recorder import Recorder, of_one
from gateway.trail.records import OfMany, Person
from gateway.webidentity.providers import Providers
from sigv4 import Form, KeyCache, Verified
from storage.buckets import Buckets
from storage.changes import Trace
from storage.configurations import Configurations
from storage.copying import Copies
from storage.identity import Directory
from storage.lifecycle import Lifecycle
from storage.limits import OF_ACCOUNT, OF_KEY
from storage.objects import Objects
from storage.pages import Listings
from storage.records import ObjectVersion
from storage.rows import BucketRef, Judged
from storage.seam import Clock
from storage.uploads import Uploads

NO_QUERY: Final = Query(b"")


class Noted(Protocol):
    """A request that a log is to have."""

    def record(self, *, status: int, sent: int, seconds: float, now_ms: int) -> bytes:
        """What to put into the log's spool, once the request has ended."""
        ...


class Source(NamedTuple):
    """What x-amz-copy-source names."""

    bucket: BucketRef
    key: bytes
    version_id: str | None

    @property
    def place(self) -> Place:
        """The same as something that permissions are of."""
        return Place(self.bucket, self.key, self.version_id)


@dataclass(frozen=True, slots=True)
class Services:
    """What handlers talk to: services, never a port."""

    access_log: Spool
    accounts: Accounts
    addressing: Addressing
    authority: Authority
    buckets: Buckets
    clock: Clock
    configurations: Configurations
    defaults: Defaults  # of new buckets
    copies: Copies
    directory: Directory  # of stored identities
    day_ms: int  # how long a day of a lifecycle is
    encrypts: bool  # also what nobody asks to be encrypted
    gate: Gate  # where limits are kept to
    host_id: str
    identities: Identities  # whose an access key is
    key_cache: KeyCache
    listings: Listings
    objects: Objects
    plans: Plans
    providers: Providers  # of web identities
    public_hosts: tuple[bytes, ...]
    refusals: Refusals
    region: str
    regions: tuple[str, ...]
    sigv2: bool  # presigned URLs and forms of Signature Version 2 are taken
    sse_c_without_tls: bool  # keys of customers are taken over plain HTTP
    trail: Recorder
    tokens: Tokens  # of temporary credentials
    uploads: Uploads


@dataclass(slots=True)
class Answer:
    """What a handler gives beside a mere output: a content, another status, more headers.

    ``prepared`` are all the headers of a content that is at hand.
    """

    output: Any
    body: bytes | Stretches | None = None
    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    prepared: Prepared | None = None


class Call:
    """One request.  Its fields are filled in the order of the pipeline.

    The exchange stays inside: a handler that could read from it would get bytes
    that nobody has verified.
    """

    __slots__ = (
        "_body",
        "_bucket",
        "_exchange",
        "_source",
        "about",
        "batch",
        "began",
        "counted",
        "decided",
        "error",
        "facts",
        "form",
        "has_effects",
        "hidden",
        "host",
        "is_stale",
        "issued",
        "lifecycle",
        "limited",
        "noted",
        "of_many",
        "operation",
        "passage",
        "pays",
        "principal",
        "query",
        "request_id",
        "room",
        "seen",
        "services",
        "target",
        "told",
        "trace",
        "verified",
        "vouched",
        "why",
    )

    def __init__(self, services: Services, exchange: Exchange, request_id: str) -> None:
        self.services = services
        self._exchange = exchange
        self.request_id = request_id
        self.began = time.perf_counter()
        self.operation = ""
        self.host = ""  # as the client addressed us
        self.lifecycle: Lifecycle | None = None  # of the bucket, in operations that tell of it
        self.target: Target | None = None
        self.query = NO_QUERY
        self.error: str | None = None  # the code of what it is answered with
        self.seen: ObjectVersion | None = None  # the object that was read or made
        self.counted: tuple[tuple[str, str], ...] = ()  # its bucket's metrics filters
        self.batch: Sequence[DeletedObject | ErrorShape] = ()  # what became of each key of many
        self.has_effects = False  # a bucket that it is about has documents
        self.noted: list[Noted] = []  # for logs of buckets
        self.limited = ""  # the kind of what has reached its limit, if that is why it is refused
        self.pays = False  # whoever asks pays for it, and has said so
        self.why = ""  # what an error said
        self.about = ""  # the ARN of the identity that it is about
        self.issued = ""  # the access key of temporary credentials that it was given
        self.decided: Decision | None = None  # what was decided last
        self.trace: Trace | None = None  # tells change logs of it
        self.of_many: list[OfMany] = []  # what of a request for many things changed nothing
        self.told: int | None = None  # the status of an error that was told after a head of 200
        self.hidden: frozenset[Needs] = frozenset()  # permissions to be told of locks, not had
        self.facts: Facts | None = None  # for condition keys, once somebody asks
        self.form: Form | None = None  # before anything of it is believed
        self.room: Room | None = None  # of its document, if it has one
        self.verified: Verified | None = None
        self.vouched: Person | None = None  # for whom a provider of web identities does
        self.principal: Principal | None = None
        self.is_stale = False  # who it is was last known some time ago
        self.passage: Passage | None = None  # what it is counted under, if something limits it
        self._bucket: BucketRef | None = None
        self._source: Source | None = None
        self._body: VerifiedBody | None = None

    def know(self, known: Known, service: str, now_ms: int) -> None:
        """Fill in who it is, once his signature is verified; his key was used for ``service``.

        Raises:
            Limited
        """
        self.principal = principal = known.principal
        limited = self.services.gate.rules.kinds
        if OF_KEY in limited:
            session = principal.session
            # However many sessions a key asks for, they have its share; those of a role the role's.
            shared = "" if session is None else session.parent or principal.who.issuer
            self.enter(OF_KEY, shared or principal.access_key)
        if OF_ACCOUNT in limited:
            self.enter(OF_ACCOUNT, principal.account.id)
        self.is_stale = known.is_stale
        if now_ms >= known.due_ms:
            self.services.identities.used(known, now_ms, service)

    def enter(self, kind: str, name: str) -> None:
        """Count it under what has a limit.

        Raises:
            Limited
        """
        try:
            self.passage = self.services.gate.enter(self.passage, kind, name)
        except Limited as error:
            self.limited = error.kind
            raise

    def count_copied(self, size: int) -> None:
        """Count bytes that are copied under what has a limit."""
        if self.passage is not None:
            self.passage.copy(size)

    @property
    def method(self) -> str:
        """As it came."""
        return self._exchange.method

    @property
    def content_length(self) -> int:
        """Bytes of content that were announced, encoded as they came."""
        return self._exchange.content_length or 0

    @property
    def secure(self) -> bool:
        """Whether the client came over TLS."""
        return self._exchange.secure

    @property
    def tls_version(self) -> str | None:
        """By which version of TLS the client came, "1.3"; None without, or if a proxy knows."""
        return self._exchange.tls_version

    @property
    def has_body(self) -> bool:
        """Whether a body follows the head, were it empty."""
        return self._exchange.has_body

    @property
    def account(self) -> Account:
        """Whose request it is.

        Raises:
            ProtocolError: AccessDenied, nobody's
        """
        if self.principal is None:
            raise ProtocolError("AccessDenied")
        return self.principal.account

    @property
    def bucket(self) -> BucketRef:
        """The bucket addressed, which authorization has found."""
        assert self._bucket is not None, "the operation addresses no bucket"
        return self._bucket

    @bucket.setter
    def bucket(self, found: BucketRef) -> None:
        self._bucket = found if self.trace is None else found.traced(self.trace)
        if found.record.documents:
            self.has_effects = True

    def bucket_for_one(self) -> BucketRef:
        """The bucket addressed, for one of many things, which was decided just now."""
        return self.bucket.traced(self.services.trail.for_one(self, self._exchange, self.decided))

    def ended_one(
        self, bucket: BucketRef, key: str, version_id: str | None, code: str = ""
    ) -> None:
        """Keep for the trail what became of one of many things, if no change tells of it."""
        if self.trace is None:
            return
        if bucket.trace is not None and bucket.trace is not self.trace and bucket.trace.commits:
            self.trace.commits += bucket.trace.commits
            return
        decided = self.decided if code == "AccessDenied" else None
        self.of_many.append(of_one(key, version_id, code, decided))

    @property
    def found(self) -> BucketRef | None:
        """The bucket addressed, None as long as it is not found."""
        return self._bucket

    @property
    def source(self) -> Source:
        """What is to be copied, which authorization has found."""
        assert self._source is not None, "the operation copies nothing"
        return self._source

    @source.setter
    def source(self, found: Source) -> None:
        self._source = found
        if found.bucket.record.documents:
            self.has_effects = True

    @property
    def copied(self) -> Source | None:
        """What is to be copied, None as long as it is not found."""
        return self._source

    def judge(self, place: Place, version: ObjectVersion | None) -> None:
        """Let what is read be the object that a decision depends on, None if there is none.

        Raises:
            Rejudge: it is another than a moment ago
        """
        assert place.bucket is not None, "an object is in a bucket"
        assert place.key is not None, "and has a key"
        judged = Judged(place.key, place.version_id, version)
        source, own = self._source, self._bucket
        if source is not None and source.place.names_the_same(place):
            self._source = source._replace(bucket=source.bucket.judged_by(judged))
        elif own is not None and self.target is not None and self.target.key == place.key:
            self._bucket = own.judged_by(judged)

    @property
    def has_source(self) -> bool:
        """Whether something was found that is to be copied."""
        return self._source is not None

    @property
    def who(self) -> Who:
        """Whose request it is, perhaps nobody's in particular."""
        return who_is(self.principal)

    @property
    def remote(self) -> str:
        """The client's address; "" on a unix socket."""
        return self._exchange.remote

    async def check_allowed(
        self,
        needed: Needs,
        version_id: str | None = None,
        *,
        ask: Any = None,
        place: Place | None = None,
    ) -> None:
        """Refuse what whoever asks has no permission for, of the bucket or of what is named.

        Raises:
            ProtocolError: AccessDenied
        """
        place = place or Place(self._bucket, None, version_id)
        await authority.check(self, needed.of(version_id), place, ask)

    @property
    def key(self) -> bytes:
        """The key addressed."""
        assert self.target is not None, "routed by its target"
        assert self.target.key is not None, "the operation addresses a key"
        return self.target.key

    @property
    def headers(self) -> dict[bytes, bytes]:
        """The headers that a handler may see."""
        assert self.verified is not None, "no handler without a verified request"
        return self.verified.headers  # type: ignore[return-value]  # a mapping proxy

    @property
    def body(self) -> VerifiedBody:
        """The body; there is no other way to it."""
        if self._body is None:
            assert self.verified is not None, "no body without a verified request"
            self._body = VerifiedBody(self._exchange, self.verified)
        return self._body
