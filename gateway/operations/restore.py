"""RestoreObject, and what answers tell of it.

An archive here is only a class: what is restored is there at once.

Source: API Reference, RestoreObject, GetObject ("x-amz-restore"); User Guide,
"Archive retrieval options".
"""

from typing import Final

from gateway.call import Answer, Call
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument
from gateway.protocol.scalars import http_date
from gateway.registry import operation
from storage.archive import is_archived, is_restored, restored
from storage.records import Attributes, ObjectVersion
from storage.retention import DAYS_MAX

RESTORED_DAYS_MAX: Final = DAYS_MAX  # S3 names no limit; a hundred years as of retention
_TOO_FAST: Final = frozenset((("DEEP_ARCHIVE", "Expedited"),))


@operation("RestoreObject", "s3:RestoreObject")
async def restore_object(call: Call, ask: t.RestoreObjectRequest) -> Answer:
    """Source: API Reference, RestoreObject."""
    wanted = ask.restore_request
    if wanted is None:
        raise ProtocolError("MalformedXML")
    _check_kind(wanted)
    days = wanted.days
    if days is None:
        raise ProtocolError("MalformedXML")
    if not 1 <= days <= RESTORED_DAYS_MAX:
        text = f"Restoration days must be a positive integer of at most {RESTORED_DAYS_MAX}"
        raise invalid_argument(text, "Days", str(days))
    now = call.services.clock.now_ms()
    again = False

    def change(found: ObjectVersion) -> Attributes:
        nonlocal again
        again = is_restored(found, now)
        made = restored(found, days, now, call.services.day_ms)
        if (found.attributes.storage_class, _tier_of(wanted)) in _TOO_FAST:
            text = "Retrieval option is not supported by this storage class"
            raise invalid_argument(text, "Tier", _tier_of(wanted))
        return made

    await call.services.objects.change(call.bucket, call.key, ask.version_id, change)
    return Answer(t.RestoreObjectOutput(), status=200 if again else 202)


def _check_kind(wanted: t.RestoreRequest) -> None:
    """Refuse what is more than a restore: Select's jobs write their results elsewhere.

    Raises:
        ProtocolError: NotImplemented
    """
    for name, given in (
        ("Type", wanted.type),
        ("SelectParameters", wanted.select_parameters),
        ("OutputLocation", wanted.output_location),
    ):
        if given is not None:
            raise ProtocolError("NotImplemented", Header=name)


def _tier_of(wanted: t.RestoreRequest) -> str:
    if wanted.glacier_job_parameters is not None and wanted.glacier_job_parameters.tier:
        return wanted.glacier_job_parameters.tier
    return wanted.tier or "Standard"


def _restored_until_ms(call: Call, found: ObjectVersion) -> int | None:
    """Till when an archived object may be read; None if it may not, or always."""
    if not is_archived(found) or not is_restored(found, call.services.clock.now_ms()):
        return None
    return found.attributes.restored_until_ms


def restore_header(call: Call, found: ObjectVersion) -> str | None:
    """The x-amz-restore of an object that is restored."""
    until_ms = _restored_until_ms(call, found)
    if until_ms is None:
        return None
    return f'ongoing-request="false", expiry-date="{http_date(until_ms)}"'


def restore_status(call: Call, found: ObjectVersion) -> t.RestoreStatus | None:
    """The same in a listing that was asked for it."""
    until_ms = _restored_until_ms(call, found)
    if until_ms is None:
        return None
    return t.RestoreStatus(is_restore_in_progress=False, restore_expiry_date=until_ms)
