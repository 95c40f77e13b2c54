"""What a new version does to the versions already there.  Tables, not a maze.

Source: User Guide, "Adding objects to" and "Deleting object versions from"
versioning-enabled and versioning-suspended buckets.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from typing import Final, Literal, NamedTuple, Self

from storage.errors import InvalidArgument
from storage.records import Versioning

NULL: Final = "null"  # how S3 shows the id of a version made without versioning

_SEQUENCE_BYTES: Final = 8
_RANDOM_BYTES: Final = 16
_TEXT_CHARS: Final = (_SEQUENCE_BYTES + _RANDOM_BYTES) * 4 // 3

assert (_SEQUENCE_BYTES + _RANDOM_BYTES) % 3 == 0  # base64 without padding


class Rule(NamedTuple):
    """The version a write adds, and the one it takes away."""

    adds: Literal["new id", "null id", "nothing"]
    removes: Literal["null version", "nothing"]


PUT: Final = {
    Versioning.NEVER: Rule(adds="null id", removes="null version"),
    Versioning.ENABLED: Rule(adds="new id", removes="nothing"),
    Versioning.SUSPENDED: Rule(adds="null id", removes="null version"),
}

DELETE: Final = {  # of a key; what is added is a delete marker
    Versioning.NEVER: Rule(adds="nothing", removes="null version"),
    Versioning.ENABLED: Rule(adds="new id", removes="nothing"),
    Versioning.SUSPENDED: Rule(adds="null id", removes="null version"),
}

assert PUT.keys() == DELETE.keys() == set(Versioning)


class VersionId(NamedTuple):
    """A version's id: where it lies within its key, and chance; printed opaque.

    The sequence makes a versioned read a point read; the random bytes make
    an id of another key, or of a key deleted and made again, unknown here.
    """

    sequence: int
    random: bytes

    @classmethod
    def make(cls, sequence: int, random: Callable[[int], bytes]) -> Self:
        """A new id for ``sequence``."""
        return cls(sequence, random(_RANDOM_BYTES))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The id that was printed as ``text``, None if nothing was."""
        if len(text) != _TEXT_CHARS:
            return None
        try:
            raw = urlsafe_b64decode(text)
        except (Base64Error, ValueError):
            return None
        # The random bytes lead when printed, so that ids do not all begin alike.
        random, sequence = raw[:_RANDOM_BYTES], int.from_bytes(raw[_RANDOM_BYTES:], "big")
        found = cls(sequence, random)
        return found if str(found) == text else None

    def __str__(self) -> str:
        raw = self.random + self.sequence.to_bytes(_SEQUENCE_BYTES, "big")
        return urlsafe_b64encode(raw).decode()


def is_version_id(text: str) -> bool:
    """Whether it could be a version's id; S3 knows one that it did not make by its form, too."""
    return text == NULL or VersionId.parse(text) is not None


def check_version_id(text: str, name: str = "versionId") -> None:
    """Refuse what was never a version's id; an unknown one is another matter (NoSuchVersion).

    Raises:
        InvalidArgument: ``name`` is what it came under.
    """
    if not text:
        raise InvalidArgument("Version id cannot be the empty string", name, text)
    if not is_version_id(text):
        raise InvalidArgument("Invalid version id specified", name, text)
