"""Who may do what: reads what ``iam.authorize`` decides by, and nothing more than it needs.

A request by the account that owns a bucket, where neither a policy nor ACLs
have a say, is decided by the bucket's row, which everybody has at hand.

Source: User Guide, "How Amazon S3 authorizes a request"; API Reference,
GetObject, "Permissions", on 403 and 404.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from gateway import facts
from gateway.iam import authorize as rules
from gateway.iam.accounts import Accounts, Principal, who_is
from gateway.iam.authorize import BucketPolicy
from gateway.iam.bucket_policy import arn_of, compile_bucket_policy
from gateway.iam.decision import NOTHING, Decision, authorize_account
from gateway.iam.evaluate import Effect, Request
from gateway.iam.identity import Identity
from gateway.iam.kept import Permissions
from gateway.iam.keys import (
    ENCRYPTION,
    EXISTING_TAG,
    OF_NEW_BUCKETS,
    REQUEST_TAGS,
    Facts,
    Lazy,
    asks_for,
)
from gateway.iam.ownership import has_lists, owner_of, owner_of_new
from gateway.iam.permissions import PUT_ACL
from gateway.iam.policy import MalformedPolicy
from gateway.iam.principals import account_of_initiator
from gateway.iam.variables import Values, no_values
from gateway.protocol.errors import ProtocolError
from storage.configurations import Configurations
from storage.errors import NoSuchUpload
from storage.objects import Objects
from storage.records import ObjectVersion, Ownership
from storage.rows import BucketRef
from storage.uploads import Uploads

if TYPE_CHECKING:
    from gateway.call import Call

POLICY: Final = "policy"  # the document's kind
LIST: Final = "s3:ListBucket"

# Of these a document says what the condition keys of tags and locks are about.
WITH_DOCUMENTS: Final = frozenset(
    ("PutObjectTagging", "PutObjectRetention", "PutObjectLegalHold", "CreateBucket")
)
# To whoever may list the bucket, S3 says that there is no such object instead.
_READS: Final = frozenset(
    f"s3:Get{name}{what}"
    for name in ("Object", "ObjectVersion")
    for what in ("", "Acl", "Tagging", "Attributes")
) | {"s3:GetObjectRetention", "s3:GetObjectLegalHold"}

_OF_INITIATORS: Final = frozenset(("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"))

# A policy that was stored and can no longer be read denies what it might have denied.
_UNREADABLE: Final = BucketPolicy.of(
    compile_bucket_policy(
        b'{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:s3:::*"}}'
    )
)


PLAIN: Final = Decision(True, "owner")  # where nothing but the bucket's row has a say
CLOSED: Final = Decision(False, "nothing")


class Place(NamedTuple):
    """What something is to be done to; without a bucket it is the account itself."""

    bucket: BucketRef | None = None
    key: bytes | None = None
    version_id: str | None = None

    def names_the_same(self, other: "Place") -> bool:
        """Whether the other is of the same version of the same key."""
        if self.bucket is None or other.bucket is None or self.bucket.id != other.bucket.id:
            return False
        return (self.key, self.version_id) == (other.key, other.version_id)


class Authority(Protocol):
    """Decides; a test may put another in its place."""

    def is_plain(self, principal: Principal | None, bucket: BucketRef | None) -> bool:
        """Whether somebody may do everything there, and nothing else has a say."""
        ...

    def is_closed(self, principal: Principal | None, bucket: BucketRef | None) -> bool:
        """Whether nothing could allow somebody anything there."""
        ...

    async def is_late(self, call: "Call", bucket: BucketRef | None) -> bool:
        """Whether the decision has to wait for the request's document."""
        ...

    async def decide(self, call: "Call", action: str, place: Place, ask: Any) -> Decision:
        """Decide one action."""
        ...


async def check(call: "Call", actions: Sequence[str], place: Place, ask: Any) -> None:
    """Refuse what whoever asks has no permission for.

    Raises:
        ProtocolError: AccessDenied; MethodNotAllowed, what only the owner's account may do
    """
    authority = call.services.authority
    if authority.is_plain(call.principal, place.bucket):
        call.decided = PLAIN
        return
    if authority.is_closed(call.principal, place.bucket):
        call.decided = CLOSED
        raise ProtocolError("AccessDenied")
    for action in actions:
        call.decided = decision = await authority.decide(call, action, place, ask)
        if not decision.allowed:
            raise ProtocolError("AccessDenied")


async def check_hidden(call: "Call", place: Place) -> None:
    """Refuse to say that an object does not exist, to whoever may not list its bucket.

    Raises:
        ProtocolError: AccessDenied
    """
    await check(call, (LIST,), place, None)


class Access:
    """The authority of a running server."""

    def __init__(
        self,
        accounts: Accounts,
        configurations: Configurations,
        objects: Objects,
        uploads: Uploads,
    ) -> None:
        self._accounts = accounts
        self._configurations = configurations
        self._objects = objects
        self._uploads = uploads
        self._decided = Permissions()

    def is_plain(self, principal: Principal | None, bucket: BucketRef | None) -> bool:
        """Whether somebody may do everything there, and nothing else has a say."""
        if principal is None or principal.identity is not None:
            return False
        if bucket is None:
            return True
        record = bucket.record
        return (
            record.account == principal.account.id
            and record.ownership is Ownership.ENFORCED
            and POLICY not in record.documents
        )

    def is_closed(self, principal: Principal | None, bucket: BucketRef | None) -> bool:
        """Whether nothing could allow somebody anything there: no need to read what he sent."""
        if bucket is None:
            return principal is None
        record = bucket.record
        is_own = principal is not None and record.account == principal.account.id
        return not (is_own or has_lists(record) or POLICY in record.documents)

    async def is_late(self, call: "Call", bucket: BucketRef | None) -> bool:
        """Whether some policy asks for what stands in the request's document."""
        if call.operation not in WITH_DOCUMENTS:
            return False
        if call.principal is not None and call.principal.identity is not None:
            names = call.principal.identity.names
            if asks_for(names, OF_NEW_BUCKETS if bucket is None else REQUEST_TAGS):
                return True
        if bucket is None or POLICY not in bucket.record.documents:
            return False
        found = await self._policy(bucket)
        return found is not None and asks_for(found.policy.names, REQUEST_TAGS)

    async def decide(self, call: "Call", action: str, place: Place, ask: Any) -> Decision:
        """Decide one action.

        Raises:
            ProtocolError: MethodNotAllowed
        """
        if place.bucket is None:
            return await self._decide_account(call, action, ask)
        known = self._decided.get(call.principal, action, place.bucket, place.key)
        decision = known or await self._decide(call, action, place, ask)
        if decision.allowed:
            _check_is_own(call, action, place.bucket)
            return decision
        if action in _OF_INITIATORS and decision.verdict.effect is not Effect.DENY:
            return await self._decide_initiator(call, place, ask, decision)
        if action in _READS and decision.verdict.effect is not Effect.DENY:
            return await self._decide_missing(call, place, decision)
        return decision

    async def _decide_account(self, call: "Call", action: str, ask: Any) -> Decision:
        """What is of no bucket yet: to list them all, to make one."""
        if call.principal is None:
            return Decision(False, NOTHING)
        assert call.target is not None, "set by the pipeline"
        principal = call.principal
        known = Lazy(lambda: self._of_account(call, ask), lambda: facts.of_caller(call))
        request = Request(call.who, action, arn_of(call.target.bucket or "*"), known.value)
        return authorize_account(request, principal.account.id, principal.identity)

    def _of_account(self, call: "Call", ask: Any) -> Facts:
        known = _facts(call)
        return replace(
            known,
            headers=facts.headers(call, ask),
            parameters=facts.of_new_bucket(ask),
            given_tags=facts.bucket_tags(ask),
        )

    async def _decide_initiator(
        self, call: "Call", place: Place, ask: Any, denied: Decision
    ) -> Decision:
        """Let whoever began an upload look at it and end it.

        Source: User Guide, "Multipart upload API and permissions".
        """
        assert place.bucket is not None, "an upload is in a bucket"
        upload_id = getattr(ask, "upload_id", None)
        principal = call.principal
        if principal is None or place.key is None or upload_id is None:
            return denied
        if principal.identity is not None and principal.identity.is_limited:
            return denied
        try:
            upload = await self._uploads.find(place.bucket, place.key, upload_id)
        except NoSuchUpload:
            return denied
        who, initiator = call.who, upload.initiator or upload.owner
        is_his = initiator == who.initiator
        if who.is_root:
            is_his = account_of_initiator(initiator) == who.account
        return Decision(True, "initiator") if is_his else denied

    async def _decide_missing(self, call: "Call", place: Place, denied: Decision) -> Decision:
        """Let an object be read that is not there, by whoever may see that it is not."""
        assert place.bucket is not None, "an object is in a bucket"
        if place.key is None or await self._find(call, place) is not None:
            return denied
        listing = await self._decide(call, LIST, place, None)
        return listing if listing.allowed else denied

    async def _decide(self, call: "Call", action: str, place: Place, ask: Any) -> Decision:
        bucket = place.bucket
        assert bucket is not None, "asked before"
        record, who = bucket.record, who_is(call.principal)
        policy = await self._policy(bucket) if POLICY in record.documents else None
        identity = None if call.principal is None else call.principal.identity
        found = None
        if action == PUT_ACL and call.operation != "PutObjectAcl":
            found = self._new(bucket, call.principal, ask)
        elif rules.needs_object(record, action) and place.key is not None:
            found = self._object(bucket, await self._find(call, place))
        values: Values = no_values
        if (policy is not None and policy.policy.names) or (
            identity is not None and identity.names
        ):
            values = await self._values(call, action, place, ask, policy, identity)
        key = None if action == LIST or place.key is None else place.key.decode()
        request = Request(who, action, arn_of(record.name, key), values)
        owner_id = ""
        if has_lists(record):
            owner_id = self._accounts.account(record.account).canonical_id
        decision = rules.authorize(request, record, owner_id, policy, found, identity)
        if values is no_values and not owner_id and decision.allowed:
            self._decided.keep(call.principal, action, bucket, place.key, decision)
        return decision

    async def _values(
        self,
        call: "Call",
        action: str,
        place: Place,
        ask: Any,
        policy: BucketPolicy | None,
        identity: Identity | None,
    ) -> Values:
        """What condition keys stand for; what has to be read is read if some policy asks for it."""
        tags: Mapping[str, str] | None = None
        if _ask_for(EXISTING_TAG, policy, identity):
            tags = await self._stored_tags(call, action, place)
        begun: Mapping[bytes, bytes] = {}
        if _ask_for(ENCRYPTION, policy, identity):
            begun = await facts.begun_with(call, place, ask)
        known = Lazy(
            lambda: _about(call, action, place, ask, tags, begun), lambda: facts.of_caller(call)
        )
        return known.value

    async def _stored_tags(
        self, call: "Call", action: str, place: Place
    ) -> Mapping[str, str] | None:
        """The tags of the object that is asked for."""
        if action == LIST or place.key is None:
            return None
        found = await self._find(call, place)
        return None if found is None else found.attributes.tags

    async def _policy(self, bucket: BucketRef) -> BucketPolicy | None:
        return await self._configurations.compiled(bucket, POLICY, compiled)

    async def _find(self, call: "Call", place: Place) -> ObjectVersion | None:
        """The object that is asked for; a delete marker is none.  The handler reads no other.

        Raises:
            Rejudge: another than a moment ago
        """
        assert place.bucket is not None, "an object is in a bucket"
        assert place.key is not None, "and has a key"
        found = await self._objects.find(place.bucket, place.key, place.version_id)
        found = None if found is None or found.delete_marker else found
        call.judge(place, found)
        return found

    def _object(self, bucket: BucketRef, found: ObjectVersion | None) -> rules.Object | None:
        if found is None:
            return None
        owner = owner_of(bucket.record, found.owner)
        return rules.Object(owner, self._accounts.account(owner).canonical_id, found.attributes.acl)

    def _new(self, bucket: BucketRef, principal: Principal | None, ask: Any) -> rules.Object | None:
        """The object that a request makes, if who will own it may give it a list at once.

        That is whoever writes by the bucket's own list, or gives the object to the bucket's
        owner; a policy that lets somebody write has to let him give lists, too.

        Source: API Reference, PutObject, "Permissions"; User Guide, "Bucket policy examples
        using condition keys", on s3:x-amz-grant-full-control.
        """
        owner_id = self._accounts.account(bucket.record.account).canonical_id
        who = who_is(principal)
        write = Request(who, "s3:PutObject", arn_of(bucket.record.name, None), Facts().value)
        by_list = rules.authorize(write, bucket.record, owner_id, None, None).allowed
        if not by_list and not _gives_to(owner_id, ask):
            return None
        owner = owner_of_new(bucket.record, who.account, getattr(ask, "acl", None))
        return rules.Object(owner, self._accounts.account(owner).canonical_id, None)


def _facts(call: "Call") -> Facts:
    """What is the same, whatever of a request is decided."""
    if call.facts is None:
        call.facts = facts.of(call)
    return call.facts


def _ask_for(beginning: str, policy: BucketPolicy | None, identity: Identity | None) -> bool:
    """Whether some policy asks for a condition key that begins so."""
    return (policy is not None and asks_for(policy.policy.names, beginning)) or (
        identity is not None and asks_for(identity.names, beginning)
    )


def _about(
    call: "Call",
    action: str,
    place: Place,
    ask: Any,
    tags: Mapping[str, str] | None,
    begun: Mapping[bytes, bytes],
) -> Facts:
    """What is known of one action; what began an upload counts for those who go on with it."""
    known = _facts(call)
    assert place.bucket is not None, "asked before"
    parameters = facts.parameters(call.operation, ask, place.version_id)
    if action == LIST and place.key is not None:
        parameters = {"s3:prefix": place.key.decode()}
    return replace(
        known,
        owner=place.bucket.record.account,
        headers={**begun, **facts.headers(call, ask)},
        parameters=parameters,
        copy_source=facts.copy_source(ask),
        request_tags=facts.request_tags(ask),
        hold=facts.hold(ask),
        object_tags=tags,
    )


def _gives_to(owner_id: str, ask: Any) -> bool:
    """Whether all that is given is everything, to the bucket's owner."""
    others = ("acl", "grant_read", "grant_read_acp", "grant_write_acp")
    if any(getattr(ask, name, None) is not None for name in others):
        return False
    given = (getattr(ask, "grant_full_control", None) or "").strip()
    return given in (f"id={owner_id}", f'id="{owner_id}"')


def compiled(document: bytes) -> BucketPolicy:
    """A stored policy's meaning."""
    try:
        return BucketPolicy.of(compile_bucket_policy(document))
    except MalformedPolicy:
        return _UNREADABLE


def _check_is_own(call: "Call", action: str, bucket: BucketRef) -> None:
    """A policy is its owner's account's alone, whomever it allows.

    Source: API Reference, PutBucketPolicy, "Permissions".
    """
    if action in rules.OF_POLICIES and who_is(call.principal).account != bucket.record.account:
        raise ProtocolError("MethodNotAllowed", Method=call.method, ResourceType="BUCKETPOLICY")
