"""A record as everything that reads the trail sees it: of a change or of a request, in one form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from gateway.trail.records import (
    OPERATOR,
    Asked,
    Committed,
    Decided,
    Lost,
    Person,
    Record,
    Signed,
    Told,
    decode_told,
)
from sigv4.scope import parse_timestamp
from storage.changes import Change, What, decode_change

_DATE_PARAMETER: Final = b"x-amz-date="
# How STS refuses web identities.
_OF_TOKENS: Final = frozenset(("ExpiredTokenException", "InvalidIdentityToken"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One record."""

    at_ms: int
    told: Told | None  # None of records that were lost
    asked: Asked | None = None
    change: Change | None = None
    partition: bytes = b""
    place: bytes = b""
    lost: Lost | None = None

    @property
    def identity(self) -> str:
        """What no other record has: the place of a change, or the request's id."""
        if self.change is not None:
            return f"{self.partition.hex()}-{self.place.hex()}"
        return self.told.request_id if self.told is not None else f"lost-{self.at_ms}"

    @property
    def person(self) -> Person | None:
        """Who asked."""
        return None if self.told is None else self.told.person

    @property
    def signed(self) -> Signed | None:
        """How he showed it."""
        return None if self.told is None else self.told.signed

    @property
    def decided(self) -> Decided | None:
        """By what right."""
        return None if self.told is None else self.told.decided

    @property
    def access_key(self) -> str:
        """The key that was used, or named in vain."""
        if self.person is not None and self.person.access_key:
            return self.person.access_key
        return self.asked.claimed if self.asked is not None else ""

    @property
    def status(self) -> int | None:
        """Of the answer; what was committed has none yet."""
        return None if self.asked is None else self.asked.status

    @property
    def error(self) -> str:
        """S3's code."""
        return "" if self.asked is None else self.asked.error

    @property
    def is_denied(self) -> bool:
        """Whether whoever asked was not let in, or not let do it; with one of many things, too."""
        if self.asked is None:
            return False
        status, error = self.asked.status, self.asked.error
        return (
            status in (401, 403)
            or (status == 400 and (error in _OF_TOKENS or self._is_unproven))
            or any(one.code == "AccessDenied" for one in self.asked.of_many)
        )

    @property
    def _is_unproven(self) -> bool:
        """Whether a key was named that nobody has shown to be his."""
        return self.person is None and self.asked is not None and bool(self.asked.claimed)

    @property
    def key(self) -> str | None:
        """The object's key that it is about."""
        if self.change is not None and self.change.what < What.DOCUMENT_PUT:
            return self.change.key.decode(errors="replace")
        key = self.told.key if self.told is not None else None
        return None if key is None else key.decode(errors="replace")

    @property
    def changed_access_key(self) -> str:
        """The access key that was made, changed or taken away."""
        if self.change is None or self.change.what is not What.IDENTITY:
            return ""
        return self.change.key.partition(b"\x00")[2].decode()

    @property
    def issued_access_key(self) -> str:
        """The access key of temporary credentials that were given out."""
        return "" if self.told is None else self.told.issued

    @property
    def is_command(self) -> bool:
        """Whether an operator did it, with a command."""
        return self.person is not None and self.person.kind == OPERATOR

    @property
    def version_id(self) -> str | None:
        """The version that was made, marked, or asked for."""
        if self.change is not None and self.change.version_id:
            return self.change.version_id
        return self.told.version_id if self.told is not None else None

    @property
    def signature_age_s(self) -> int | None:
        """How old the signature was when the request came; None if it says nothing of that."""
        if self.told is None or self.signed is None:
            return None
        text = self.signed.signed_at
        if not text:
            _, _, rest = self.told.target.lower().partition(_DATE_PARAMETER)
            text = rest[:16].upper()
        then = parse_timestamp(text.decode("latin-1"))
        return None if then is None else self.at_ms // 1000 - then


def entry_of(record: Record) -> Entry:
    """The entry of a record."""
    if isinstance(record, Asked):
        return Entry(record.told.at_ms, record.told, asked=record)
    if isinstance(record, Lost):
        return Entry(record.at_ms, None, lost=record)
    change = decode_change(record.change)
    return Entry(
        change.at_ms,
        decode_told(change.told),
        change=change,
        partition=record.partition,
        place=record.place,
    )


def entries_of(records: Sequence[Record]) -> Iterator[Entry]:
    """The entries of records."""
    return map(entry_of, records)


def moment(at_ms: int) -> str:
    """As AWS writes a time, with what is less than a second."""
    then = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"{then:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03}Z"


__all__ = ["Committed", "Entry", "entries_of", "entry_of", "moment"]
