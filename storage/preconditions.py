"""Conditions under which a read or a write happens.

Source: API Reference, GetObject, CopyObject, PutObject and DeleteObject, "If-*";
User Guide, "Add preconditions to S3 operations"; RFC 9110, section 13.
"""

import re
from dataclasses import dataclass
from typing import Final, Protocol, Self

from storage.errors import NoSuchKey, NotImplementedHere, NotModified, PreconditionFailed

ANY: Final = "*"
# Of a list; a comma within quotes is the tag's.  One reading, without going back.
_MEMBER: Final = re.compile(r'(?:[^,"]|"[^"]*"|")+')


class Conditioned(Protocol):
    """What a condition looks at."""

    @property
    def etag(self) -> str:
        """Without its quotes."""
        ...

    @property
    def modified_ms(self) -> int:
        """Unix time in milliseconds."""
        ...


def matches(header: str, etag: str, *, weakly: bool) -> bool:
    """Whether ``header``, which is "*" or a list of entity tags, names ``etag``.

    S3's tags are strong.  A reader's copy is as fresh as what its weak mark
    stands for, and proxies that compress add the mark: If-None-Match compares
    weakly.  What depends on the very bytes is not done on a weak tag's word:
    If-Match compares strongly.  "*" is no tag of a list.  Clients send tags with
    and without quotes.

    Source: RFC 9110, sections 8.8.3.2, 13.1.1 and 13.1.2, which S3's pages on
    conditional requests refer to.
    """
    if header.strip() == ANY:
        return True
    for tag in _MEMBER.findall(header):
        tag = tag.strip()
        if weakly:
            tag = tag.removeprefix("W/")
        if tag.strip('"') == etag:
            return True
    return False


@dataclass(frozen=True, slots=True)
class ReadCondition:
    """The four conditions of a read; times in Unix seconds, None if absent or no date."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since_s: int | None = None
    if_unmodified_since_s: int | None = None

    def check(self, found: Conditioned) -> None:
        """Decide whether ``found`` may be returned.

        An entity tag outranks a date: with both If-Match and
        If-Unmodified-Since, a matching tag is enough.

        Raises:
            PreconditionFailed: a condition of the reader does not hold.
            NotModified: the reader's copy is current.

        Source: API Reference, GetObject, "If-Match"; RFC 9110, section 13.2.2.
        """
        self._check_unchanged(found)
        if not self._is_changed(found):
            raise NotModified

    def check_source(self, found: Conditioned) -> None:
        """The same for the source of a copy, where every failure is PreconditionFailed.

        Raises:
            PreconditionFailed
        """
        self._check_unchanged(found, prefix="x-amz-copy-source-")
        if not self._is_changed(found):
            header = "If-None-Match" if self.if_none_match is not None else "If-Modified-Since"
            raise PreconditionFailed(f"x-amz-copy-source-{header}")

    def _check_unchanged(self, found: Conditioned, prefix: str = "") -> None:
        # HTTP dates have whole seconds.  Compared in milliseconds, an object would
        # count as modified since its own Last-Modified.
        modified_s = found.modified_ms // 1000
        if self.if_match is not None:
            if not matches(self.if_match, found.etag, weakly=False):
                raise PreconditionFailed(f"{prefix}If-Match")
        elif self.if_unmodified_since_s is not None and modified_s > self.if_unmodified_since_s:
            raise PreconditionFailed(f"{prefix}If-Unmodified-Since")

    def _is_changed(self, found: Conditioned) -> bool:
        if self.if_none_match is not None:
            return not matches(self.if_none_match, found.etag, weakly=True)
        since = self.if_modified_since_s
        return since is None or found.modified_ms // 1000 > since


@dataclass(frozen=True, slots=True)
class WriteCondition:
    """The conditions of a write, decided in the commit.  False if there are none."""

    if_match: str | None = None
    if_none_match: str | None = None

    @classmethod
    def of_put(cls, if_match: str | None, if_none_match: str | None) -> Self:
        """What a request that makes an object may ask for; DeleteObject may ask for any other.

        Raises:
            NotImplementedHere: with S3's own explanation.

        Source: API Reference, PutObject, CopyObject and CompleteMultipartUpload: If-Match
        expects an entity tag, If-None-Match "*".
        """
        if if_match is not None and if_none_match is not None:
            text = "Multiple conditional request headers present in the request"
            raise NotImplementedHere("If-Match,If-None-Match", text)
        if if_none_match is not None and if_none_match.strip() != ANY:
            raise _not_of_this_value("If-None-Match")
        if if_match is not None and if_match.strip() == ANY:
            raise _not_of_this_value("If-Match")
        return cls(if_match, if_none_match)

    def __bool__(self) -> bool:
        return self.if_match is not None or self.if_none_match is not None

    def check(self, current: Conditioned | None, key: bytes) -> None:
        """Decide whether the write may replace ``current``, None if there is nothing.

        Raises:
            PreconditionFailed
            NoSuchKey: If-Match of an object that is not there.
        """
        if self.if_none_match is not None and current is not None:
            raise PreconditionFailed("If-None-Match")
        if self.if_match is None:
            return
        if current is None:
            raise NoSuchKey(key.decode())
        if not matches(self.if_match, current.etag, weakly=False):
            raise PreconditionFailed("If-Match")


def _not_of_this_value(header: str) -> NotImplementedHere:
    text = f"We don't accept the provided value of {header} header for this API"
    return NotImplementedHere(header, text)


UNCONDITIONAL: Final = WriteCondition()
