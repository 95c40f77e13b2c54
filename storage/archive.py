"""Objects in archives: they are read once they are restored, and until that ends.  Pure.

A restore ends by the clock alone: nothing has to be done when it does, and
nothing can be forgotten.

Source: User Guide, "Restoring an archived object", "Working with archived
objects"; API Reference, RestoreObject.
"""

from typing import Final

import msgspec

from storage.errors import Archived
from storage.lifecycle import ARCHIVES, after_days
from storage.records import Attributes, ObjectVersion

NOT_TO_RESTORE: Final = "Restore is not allowed for the object's current storage class"
NOT_TO_COPY: Final = "Operation is not valid for the source object's storage class"


def is_archived(version: ObjectVersion) -> bool:
    """Whether it has to be restored before it can be read."""
    return version.attributes.storage_class in ARCHIVES


def is_restored(version: ObjectVersion, now_ms: int) -> bool:
    """Whether it can be read although it is archived."""
    return version.attributes.restored_until_ms > now_ms


def check_readable(version: ObjectVersion, now_ms: int, message: str = "") -> None:
    """Refuse to read what is archived.

    Raises:
        Archived: with this ``message``, if it is not the usual one.
    """
    if is_archived(version) and not is_restored(version, now_ms):
        raise Archived(version.attributes.storage_class, message)


def restored(version: ObjectVersion, days: int, now_ms: int, day_ms: int) -> Attributes:
    """What is said of a version that is restored from now on for so many days.

    A restore under way is made longer or shorter by that.

    Raises:
        Archived: it is in no archive.
    """
    if not is_archived(version):
        raise Archived(version.attributes.storage_class, NOT_TO_RESTORE)
    until_ms = after_days(now_ms, days, day_ms)
    return msgspec.structs.replace(version.attributes, restored_until_ms=until_ms)
