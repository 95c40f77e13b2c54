"""What an upload says of its lock, in headers, in a form, or by its bucket's default.

Source: User Guide, "Locking objects with Object Lock", "Object Lock considerations";
recordings of S3, LocalStack's TestS3ObjectLock.
"""

from datetime import timedelta
from typing import Any

import pytest

from tests.gateway.forms import post, signed
from tests.gateway.object_lock.locks import (
    DEFAULTS,
    LATER,
    LOCKED,
    configure,
    delete,
    lock_of,
    put,
    upload,
)
from tests.gateway.refusals import refused
from tests.gateway.server.wire import ask
from tests.serving import Server


def test_an_object_is_locked_as_its_upload_says(s3: Any, locked: str) -> None:
    put(s3, locked, **LOCKED)
    assert lock_of(s3, locked) == LOCKED
    source = {"Bucket": locked, "Key": "k"}
    s3.copy_object(Bucket=locked, Key="c", CopySource=source)
    assert lock_of(s3, locked, "c") == {}
    s3.copy_object(Bucket=locked, Key="c", CopySource=source, **LOCKED)
    assert lock_of(s3, locked, "c") == LOCKED


def test_an_object_in_parts_is_locked_as_its_beginning_says(s3: Any, locked: str) -> None:
    upload(s3, locked, **LOCKED)
    assert lock_of(s3, locked, "m") == LOCKED


def test_a_default_is_for_what_says_nothing(s3: Any, locked: str) -> None:
    configure(s3, locked, {"Mode": "GOVERNANCE", "Days": 2})
    version = put(s3, locked)
    upload(s3, locked)
    s3.copy_object(Bucket=locked, Key="c", CopySource={"Bucket": locked, "Key": "k"})
    for key in ("k", "m", "c"):
        head = s3.head_object(Bucket=locked, Key=key)
        assert head["ObjectLockMode"] == "GOVERNANCE"
        ahead = head["ObjectLockRetainUntilDate"] - head["LastModified"]
        assert timedelta(0) <= ahead - timedelta(days=2) < timedelta(seconds=1)
    with refused("AccessDenied", 403):
        delete(s3, locked, version)
    put(s3, locked, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=LATER)
    assert lock_of(s3, locked)["ObjectLockMode"] == "COMPLIANCE"
    put(s3, locked, ObjectLockLegalHoldStatus="OFF")
    assert lock_of(s3, locked).keys() == LOCKED.keys()


HEADERS: dict[str, tuple[dict[str, str], str, str]] = {
    "a mode alone": (
        {"mode": "GOVERNANCE"},
        "x-amz-object-lock-retain-until-date",
        "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
    ),
    "a date alone": (
        {"retain-until-date": "2999-01-01T00:00:00Z"},
        "x-amz-object-lock-mode",
        "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
    ),
    "another mode": (
        {"mode": "governance", "retain-until-date": "2999-01-01T00:00:00Z"},
        "x-amz-object-lock-mode",
        "Unknown wormMode directive.",
    ),
    "the past": (
        {"mode": "GOVERNANCE", "retain-until-date": "2020-01-01T00:00:00Z"},
        "x-amz-object-lock-retain-until-date",
        "The retain until date must be in the future!",
    ),
    "no date": (
        {"mode": "GOVERNANCE", "retain-until-date": "tomorrow"},
        "x-amz-object-lock-retain-until-date",
        "The retain until date must be provided in ISO 8601 format",
    ),
    "another hold": (
        {"legal-hold": "yes"},
        "x-amz-object-lock-legal-hold",
        "Legal Hold must be either of 'ON' or 'OFF'",
    ),
    "an event hold without a mode": (
        {"event-hold": "ON", "event-hold-duration-days": "1"},
        "x-amz-object-lock-mode",
        "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
    ),
    "an event hold for no time": (
        {"event-hold": "ON", "mode": "GOVERNANCE"},
        "x-amz-object-lock-event-hold-duration-days",
        "An event hold that is ON, and no other, has a duration, in days or in years",
    ),
    "an event hold for too long": (
        {"event-hold": "ON", "mode": "GOVERNANCE", "event-hold-duration-years": "101"},
        "x-amz-object-lock-event-hold-duration-years",
        "Event hold duration must be an integer between 1 and 100",
    ),
}


@pytest.mark.parametrize(("given", "name", "message"), HEADERS.values(), ids=HEADERS)
def test_headers_that_lock_nothing_are_refused(
    server: Server, locked: str, given: dict[str, str], name: str, message: str
) -> None:
    headers = [(f"x-amz-object-lock-{one}".encode(), text.encode()) for one, text in given.items()]
    found = ask(server, "PUT", f"/{locked}/k", b"x", headers=headers)
    assert (found.status, found.code, found.field("Message")) == (400, "InvalidArgument", message)
    assert found.field("ArgumentName") == name
    assert ask(server, "HEAD", f"/{locked}/k").status == 404


def test_what_will_be_locked_is_vouched_for(server: Server, s3: Any, locked: str) -> None:
    """The hash that a signature covers does not count (versitygw issue 1740)."""
    hold = [(b"x-amz-object-lock-legal-hold", b"ON")]
    message = "Content-MD5 OR x-amz-checksum- HTTP header is required for {} requests with Object "
    found = ask(server, "PUT", f"/{locked}/k", b"x", headers=hold)
    assert found.code == "InvalidRequest"
    assert (found.field("Message") or "").startswith(message.format("Put Object"))
    assert ask(server, "PUT", f"/{locked}/k", b"x").status == 200
    digest = [(b"content-md5", b"nd1OQfoVIDl4kDZz/FoLRw==")]
    assert ask(server, "PUT", f"/{locked}/k", b"x", headers=[*hold, *digest]).code == "BadDigest"
    upload_id = ask(server, "POST", f"/{locked}/m?uploads", headers=hold).field("UploadId")
    part = ask(server, "PUT", f"/{locked}/m?uploadId={upload_id}&partNumber=1", b"x")
    assert (part.field("Message") or "").startswith(message.format("Put Part"))
    configure(s3, locked, DEFAULTS[0])
    assert ask(server, "PUT", f"/{locked}/k", b"x").code == "InvalidRequest"


def test_a_form_may_lock_what_it_uploads(server: Server, s3: Any, locked: str) -> None:
    fields = {"x-amz-object-lock-legal-hold": "ON"}
    assert post(server, locked, signed(locked, "k", fields)).status == 204
    assert lock_of(s3, locked) == {"ObjectLockLegalHoldStatus": "ON"}
