"""The ACL that a request gives: by a canned name, by headers, or by a document.

Source: User Guide, "Access control list (ACL) overview"; API Reference,
PutBucketAcl, PutObjectAcl and PutObject; for grants by e-mail address the notice
of PutBucketAcl: since October 2025 they are answered 405.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from gateway.call import Call
from gateway.iam import acl, blocks
from gateway.iam.acl import Grants
from gateway.iam.ownership import has_lists, owner_of_new
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument
from storage.records import Bucket, Grant

# Each header gives the permission that it is named after.
_GRANTS: Final = (
    "grant_read",
    "grant_write",
    "grant_read_acp",
    "grant_write_acp",
    "grant_full_control",
)
_GRANTEE: Final = re.compile(
    r'\s*(id|uri|emailaddress)\s*=\s*(?:"([^"]*)"|([^",]*))\s*', re.IGNORECASE | re.ASCII
)
_FULL_TO_OWNER: Final = "bucket-owner-full-control"
_EMAIL: Final = "The grantee is an e-mail address, which no ACL can name any more."

# A canned name as grants.
Canned = Callable[[str], Grants]


def grants_of(call: Call, ask: Any, canned: Canned) -> Grants | None:
    """What the headers of a request give; None if they give nothing.

    Raises:
        ProtocolError: InvalidArgument, InvalidRequest, MethodNotAllowed
    """
    by_headers = tuple(_by_headers(call, ask))
    name = getattr(ask, "acl", None)
    if name is None:
        return _checked(by_headers) if by_headers else None
    if by_headers:
        text = "Specifying both Canned ACLs and Header Grants is not allowed"
        raise ProtocolError("InvalidRequest", text)
    try:
        return canned(name)
    except KeyError:
        raise invalid_argument("Argument value is not valid", "x-amz-acl", name) from None


def document_of(call: Call, document: t.AccessControlPolicy, owner_id: str) -> Grants:
    """What a document gives.

    Raises:
        ProtocolError: MalformedACLError, InvalidArgument, MethodNotAllowed; AccessDenied,
            it names another owner
    """
    if document.owner is None or document.owner.id is None or document.grants is None:
        raise ProtocolError("MalformedACLError")
    if document.owner.id != owner_id:
        raise ProtocolError("AccessDenied")
    return _checked(tuple(_of_element(call, one) for one in document.grants))


def of_logs(call: Call, grants: Sequence[t.TargetGrant], target: Bucket) -> None:
    """Refuse what the logs of a bucket cannot be opened to.

    Raises:
        ProtocolError: AccessControlListNotSupported; AccessDenied, public ACLs are
            blocked; MalformedACLError, InvalidArgument, MethodNotAllowed

    Source: API Reference, TargetGrant; User Guide, "Permissions for log delivery".
    """
    if not has_lists(target):
        raise ProtocolError("AccessControlListNotSupported")
    elements = (t.Grant(grantee=one.grantee, permission=one.permission) for one in grants)
    given = _checked(tuple(_of_element(call, one) for one in elements))
    if blocks.refuses_lists(target) and acl.is_public(given):
        raise ProtocolError("AccessDenied")


def for_object(call: Call, ask: Any) -> tuple[str, Grants | None]:
    """Whose a new object is, and its list where it has one of its own.

    Raises:
        ProtocolError: AccessControlListNotSupported; AccessDenied, public ACLs are
            blocked; as ``grants_of``
    """
    record = call.bucket.record
    if not has_lists(record) and _says_nothing(ask):
        return record.account, None
    owner = owner_of_new(record, call.who.account, ask.acl)
    owner_id = canonical_id(call, owner)
    bucket_owner_id = canonical_id(call, record.account)
    given = grants_of(call, ask, lambda name: acl.canned_of_object(name, owner_id, bucket_owner_id))
    if given is None:
        return owner, None
    if not has_lists(record):
        check_needless(given, ask.acl, bucket_owner_id)
        return owner, None
    # What an owner has of his own is opened to nobody, not even if nobody is who he is.
    check_not_blocked(record, tuple(one for one in given if one.grantee != owner_id))
    return owner, None if given == acl.of_owner(owner_id) else given


def _says_nothing(ask: Any) -> bool:
    return (
        ask.acl is None
        and ask.grant_read is None
        and ask.grant_read_acp is None
        and ask.grant_write_acp is None
        and ask.grant_full_control is None
    )


def check_needless(given: Grants, canned: str | None, owner_id: str) -> None:
    """Refuse an ACL where there are none, but one that says what is so anyway.

    Raises:
        ProtocolError: AccessControlListNotSupported

    Source: User Guide, "Controlling ownership of objects and disabling ACLs".
    """
    if canned not in (None, _FULL_TO_OWNER) or given != acl.of_owner(owner_id):
        raise ProtocolError("AccessControlListNotSupported")


def check_not_blocked(record: Bucket, given: Grants) -> None:
    """Refuse a public ACL where public ACLs are blocked.

    Raises:
        ProtocolError: AccessDenied
    """
    if blocks.refuses_lists(record) and acl.is_public(given):
        raise ProtocolError("AccessDenied")


def canonical_id(call: Call, account_id: str) -> str:
    """The canonical id of an account."""
    return call.services.accounts.account(account_id).canonical_id


def shown(call: Call, grants: Sequence[Grant]) -> list[t.Grant]:
    """Grants as answers have them: those of groups first, else as they were given."""
    return [
        t.Grant(grantee=_grantee(call, one.grantee), permission=one.permission)
        for one in sorted(grants, key=_is_persons)
    ]


def _is_persons(grant: Grant) -> bool:
    return grant.grantee not in acl.GROUPS


def _grantee(call: Call, name: str) -> t.Grantee:
    if name in acl.GROUPS:
        return t.Grantee(type="Group", uri=name)
    account = call.services.accounts.by_canonical_id(name)
    display = account.display_name if account is not None else ""
    return t.Grantee(type="CanonicalUser", id=name, display_name=display or None)


def _checked(grants: Grants) -> Grants:
    if len(grants) > acl.GRANTS_MAX:
        raise ProtocolError("MalformedACLError")
    return grants


def _by_headers(call: Call, ask: Any) -> Iterator[Grant]:
    for attribute in _GRANTS:
        text = getattr(ask, attribute, None)
        if text is not None:
            yield from _of_header(call, attribute, text)


def _of_header(call: Call, attribute: str, text: str) -> Iterator[Grant]:
    permission = attribute.removeprefix("grant_").upper()
    end = 0
    while end <= len(text):
        found = _GRANTEE.match(text, end)
        if found is None or text[found.end() : found.end() + 1] not in ("", ","):
            header = f"x-amz-{attribute.replace('_', '-')}"
            raise invalid_argument("Argument format not recognized", header, text)
        end = found.end() + 1
        value = (found[2] if found[2] is not None else found[3]).strip()
        yield Grant(_known(call, found[1].lower(), value), permission)


def _of_element(call: Call, given: t.Grant) -> Grant:
    grantee = given.grantee
    if grantee is None or given.permission is None:
        raise ProtocolError("MalformedACLError")
    kind, value = _KINDS.get(grantee.type or "", ("", ""))
    if not kind:
        raise ProtocolError("MalformedACLError")
    return Grant(_known(call, kind, getattr(grantee, value) or ""), given.permission)


# The type of a grantee: what a header calls it, and the attribute that names it.
_KINDS: Final = {
    "CanonicalUser": ("id", "id"),
    "Group": ("uri", "uri"),
    "AmazonCustomerByEmail": ("emailaddress", "email_address"),
}


def _known(call: Call, kind: str, value: str) -> str:
    if kind == "emailaddress":
        raise ProtocolError("MethodNotAllowed", _EMAIL)
    if kind == "uri":
        if value not in acl.GROUPS:
            raise invalid_argument("Invalid group uri", "uri", value)
        return value
    if call.services.accounts.by_canonical_id(value) is None:
        raise invalid_argument("Invalid id", "CanonicalUser/ID", value)
    return value
