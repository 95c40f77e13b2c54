"""What the operations of IAM share: pages, tags, documents, and who is meant by no name.

Source: IAM API Reference, "Making query requests", the members Marker,
MaxItems and IsTruncated; IAM User Guide, "Tags for IAM resources".
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar
from urllib.parse import quote

from gateway.call import Call
from gateway.iam.principals import Who
from gateway.query import types_iam as t
from gateway.query import types_sts
from gateway.query.errors import QueryError

PAGE_DEFAULT: Final = 100  # IAM API Reference, "MaxItems"
BOUNDARY: Final = "PermissionsBoundaryPolicy"

Item = TypeVar("Item")


def limit_of(max_items: int | None) -> int:
    """How many items a page is to have."""
    return max_items or PAGE_DEFAULT


def marker_of(position: str) -> str:
    """An opaque Marker for a position, such as the last name of a page."""
    return urlsafe_b64encode(position.encode()).decode().rstrip("=")


def position_of(marker: str | None) -> str:
    """The position that a Marker stands for; "" is the beginning.

    Raises:
        QueryError: ValidationError
    """
    if not marker:
        return ""
    try:
        found = urlsafe_b64decode(marker + "=" * (-len(marker) % 4)).decode()
    except (binascii.Error, ValueError):
        found = ""
    if marker_of(found) != marker:  # the decoder passes over what is no digit
        raise QueryError("ValidationError", "Invalid Marker.")
    return found


def page_of(
    items: Iterable[Item],
    name: Callable[[Item], str],
    marker: str | None,
    max_items: int | None,
) -> tuple[list[Item], str | None]:
    """One page of what is at hand, in order of its names; the Marker of the next, if there is one.

    Raises:
        QueryError: ValidationError
    """
    after, limit = position_of(marker), limit_of(max_items)
    found = [one for one in sorted(items, key=name) if not after or name(one) > after]
    if len(found) <= limit:
        return found, None
    return found[:limit], marker_of(name(found[limit - 1]))


def given_tags(
    tags: Sequence[t.Tag] | Sequence[types_sts.Tag] | None, code: str = "InvalidInput"
) -> dict[str, str]:
    """The tags of a request.

    Raises:
        QueryError: two of one key; by default InvalidInput
    """
    found: dict[str, str] = {}
    for tag in tags or ():
        assert tag.key is not None, "the model requires it"
        if tag.key in found:
            text = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
            raise QueryError(code, text)
        found[tag.key] = tag.value or ""
    return found


def shown_tags(tags: Mapping[str, str]) -> list[t.Tag] | None:
    """Tags as answers have them: not at all if there are none."""
    return [t.Tag(key=key, value=value) for key, value in tags.items()] or None


def shown_boundary(arn: str) -> t.AttachedPermissionsBoundary | None:
    """A boundary as answers have it."""
    if not arn:
        return None
    return t.AttachedPermissionsBoundary(
        permissions_boundary_type=BOUNDARY, permissions_boundary_arn=arn
    )


def shown_document(document: str) -> str:
    """A policy as answers have it.  IAM API Reference, GetUserPolicy: "URL-encoded", RFC 3986."""
    return quote(document, safe="")


def user_name_of(call: Call, given: str | None) -> str:
    """The user who is meant: whoever asks, if no name is given.

    Raises:
        QueryError: ValidationError, whoever asks is no user
    """
    if given is not None:
        return given
    who: Who = call.who
    if who.kind != "User":
        text = "Must specify userName when calling with non-User credentials"
        raise QueryError("ValidationError", text)
    return who.user_name
