"""What went wrong, in our words.

==================  ===========================================================
``Absent``          there is no object of that name
``Taken``           there is one, and there should be none
``OutOfRange``      the object is shorter than what was asked for
``Unsupported``     the store cannot do that at all
``Refused``         the credentials are wrong, or may not
StoreFull           no room, or a quota
StoreUnavailable    everything else: away, too slow, or broken
==================  ===========================================================

obstore puts the store's answer into the text of its errors.
"""

import re
from typing import Final

from obstore import exceptions

from storage.errors import StorageError, StoreFull, StoreUnavailable

SENTENCE_MAX: Final = 400  # characters

_QUERY: Final = re.compile(r"(https?://[^\s?]*)\?[^\s)]*")  # there may be a signature in it
# What S3, Google and Azure answer with; the rest of it is for machines.
_SAID: Final = re.compile(r"<Code>([^<]*)</Code>\s*<Message>([^<\n]*)")
# A store without its bucket has lost nothing that it promised: it is the wrong one.
_NO_BUCKET: Final = re.compile(
    r"NoSuchBucket|ContainerNotFound|ContainerBeingDeleted|specified bucket does not exist"
)
_RANGE: Final = re.compile(r"\b416\b|InvalidRange|[Rr]ange was invalid|Wanted range starting")
_FULL: Final = re.compile(r"\b507\b|StorageFull|QuotaExceeded|No space left")


class Absent(Exception):
    """There is no object of that name."""


class Taken(Exception):
    """There is an object of that name."""


class OutOfRange(Exception):
    """The object is shorter."""


class Unsupported(Exception):
    """The store cannot do that."""


class Refused(StoreUnavailable):
    """The store does not let us."""


class NoBucket(StoreUnavailable):
    """The bucket is not there."""


# What the library raises that is no bug of ours.
TROUBLES: Final = (exceptions.BaseError, OSError, ValueError, NotImplementedError)


def judged(error: BaseException) -> Absent | Taken | OutOfRange | Unsupported | StorageError:
    """What a failure of the library means."""
    text = sentence(error)
    if _NO_BUCKET.search(text):
        return NoBucket(text)
    if isinstance(error, FileNotFoundError):
        return Absent(text)
    if isinstance(error, exceptions.AlreadyExistsError | exceptions.PreconditionError):
        return Taken(text)
    if isinstance(error, NotImplementedError | exceptions.NotSupportedError):
        return Unsupported(text)
    if _FULL.search(text):
        return StoreFull(text)
    if isinstance(error, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError):
        return Refused(text)
    if _RANGE.search(text):
        return OutOfRange(text)
    return StoreUnavailable(text)


def sentence(error: BaseException) -> str:
    """One line, without what could be secret."""
    first = str(error).partition("\n\nDebug source")[0]
    if said := _SAID.search(first):
        return f"{said[1]}: {said[2]}"[:SENTENCE_MAX]
    text = " ".join(_QUERY.sub(r"\1", first).split())
    return text[:SENTENCE_MAX] or type(error).__name__
