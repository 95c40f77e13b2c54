"""Which objects a configuration is about: a prefix, a tag, or all of several.

Source: API Reference, AnalyticsFilter, MetricsFilter, IntelligentTieringFilter,
ReplicationRuleFilter: exactly one prefix, one tag, or one conjunction, which
has at least two predicates.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from storage.naming import KEY_BYTES_MAX
from storage.tags import check_tags

_PREDICATES: Final = ("prefix", "tag", "and_", "access_point_arn")
_TAGS_MAX: Final = 10  # as many as an object can have: more would match none


class Filter(NamedTuple):
    """A compiled filter: everything in it has to hold."""

    prefix: bytes = b""
    tags: tuple[tuple[str, str], ...] = ()

    def matches(self, key: bytes, tags: dict[str, str]) -> bool:
        """Whether an object with this key and these tags is meant."""
        return key.startswith(self.prefix) and all(
            tags.get(name) == value for name, value in self.tags
        )

    def counts(self, key: bytes | None, tags: dict[str, str]) -> bool:
        """The same for a request, which may be about no object at all."""
        if key is None:
            return not self.prefix and not self.tags
        return self.matches(key, tags)


def check(document: Any, *, may_be_empty: bool = False) -> None:
    """Refuse a filter that is none.

    Raises:
        ProtocolError: MalformedXML, InvalidRequest
        InvalidTag
    """
    given = [name for name in _PREDICATES if getattr(document, name, None) is not None]
    if len(given) > 1 or not (given or may_be_empty):
        raise ProtocolError("MalformedXML")
    both = document.and_
    if both is not None:
        tags = both.tags or []
        points = getattr(both, "access_point_arn", None) is not None
        if (both.prefix is not None) + len(tags) + points < 2:
            raise ProtocolError("MalformedXML")
    check_prefix(prefix_of(document))
    check_tags_of_filter(tags_of(document))


def check_prefix(prefix: str | None) -> None:
    """Refuse what no key can begin with.

    Raises:
        ProtocolError: InvalidRequest
    """
    if prefix is not None and len(prefix.encode()) > KEY_BYTES_MAX:
        raise ProtocolError("InvalidRequest", "The maximum size of a prefix is 1024.")


def check_tags_of_filter(tags: Iterable[t.Tag]) -> None:
    """Refuse tags that no object can have together.

    Raises:
        ProtocolError: InvalidRequest, MalformedXML
        InvalidTag
    """
    tags = list(tags)
    if len({tag.key for tag in tags}) != len(tags):
        raise ProtocolError("InvalidRequest", "Duplicate Tag Keys are not allowed.")
    if len(tags) > _TAGS_MAX:
        raise ProtocolError("MalformedXML")
    # One at a time: tags of the system can be looked for, though nobody can put them.
    for tag in tags:
        if not (tag.key or "").lower().startswith("aws:"):
            check_tags([(tag.key or "", tag.value or "")])


def prefix_of(document: Any) -> str | None:
    """The filter's prefix, wherever it stands."""
    both = document.and_
    found: str | None = both.prefix if both is not None else document.prefix
    return found


def tags_of(document: Any) -> list[t.Tag]:
    """The filter's tags, wherever they stand."""
    if document.and_ is not None:
        return document.and_.tags or []
    return [document.tag] if document.tag is not None else []


def compile_filter(document: Any) -> Filter:
    """What a filter means; None is every object."""
    if document is None:
        return Filter()
    tags = tuple((tag.key or "", tag.value or "") for tag in tags_of(document))
    return Filter((prefix_of(document) or "").encode(), tags)
