"""Object Lock over the wire, as boto3 sees it: what is locked stays, whoever asks in whatever way.

Source: User Guide, "Locking objects with Object Lock", "Object Lock considerations";
recordings of S3, LocalStack's TestS3ObjectLock.
"""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.gateway.forms import post, signed
from tests.gateway.refusals import refused
from tests.gateway.server.wire import ask
from tests.serving import Server

LATER = datetime(2999, 1, 1, tzinfo=UTC)
NEARER = datetime(2998, 1, 1, tzinfo=UTC)
PAST = datetime(2020, 1, 1, tzinfo=UTC)
PROTECTED = "Access Denied because object protected by object lock."
MISSING = "Bucket is missing Object Lock Configuration"
GOVERNANCE = {"Mode": "GOVERNANCE", "RetainUntilDate": LATER}
COMPLIANCE = {"Mode": "COMPLIANCE", "RetainUntilDate": LATER}


@pytest.fixture
def locked(s3: Any) -> str:
    name = f"l-{uuid.uuid4().hex[:20]}"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def put(s3: Any, bucket: str, **more: Any) -> Any:
    """The id of a new version of ``k``."""
    return s3.put_object(Bucket=bucket, Key="k", Body=b"x", **more)["VersionId"]


def retain(s3: Any, bucket: str, version_id: str, retention: Any, **more: Any) -> Any:
    return s3.put_object_retention(
        Bucket=bucket, Key="k", VersionId=version_id, Retention=retention, **more
    )


def retention_of(s3: Any, bucket: str, version_id: str) -> Any:
    found = s3.get_object_retention(Bucket=bucket, Key="k", VersionId=version_id)
    return found["Retention"]


def delete(s3: Any, bucket: str, version_id: str, **more: Any) -> Any:
    return s3.delete_object(Bucket=bucket, Key="k", VersionId=version_id, **more)


def configure(s3: Any, bucket: str, default: Any) -> None:
    s3.put_object_lock_configuration(
        Bucket=bucket,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            **({"Rule": {"DefaultRetention": default}} if default is not None else {}),
        },
    )


# The bucket


def test_a_bucket_with_object_lock_has_versions_for_good(s3: Any, locked: str) -> None:
    assert s3.get_bucket_versioning(Bucket=locked)["Status"] == "Enabled"
    found = s3.get_object_lock_configuration(Bucket=locked)
    assert found["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}
    with refused("InvalidBucketState", 409) as fields:
        s3.put_bucket_versioning(Bucket=locked, VersioningConfiguration={"Status": "Suspended"})
    assert fields["Message"].startswith("An Object Lock configuration is present")


def test_it_is_enabled_later_where_versions_are_kept(s3: Any, bucket: str) -> None:
    with refused("ObjectLockConfigurationNotFoundError", 404) as fields:
        s3.get_object_lock_configuration(Bucket=bucket)
    assert fields["BucketName"] == bucket
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    with refused("InvalidBucketState", 409):
        configure(s3, bucket, None)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    configure(s3, bucket, None)
    retain(s3, bucket, "null", COMPLIANCE)
    with refused("AccessDenied", 403):
        delete(s3, bucket, "null")


DEFAULTS: list[dict[str, Any]] = [
    {"Mode": "GOVERNANCE", "Days": 1},
    {"Mode": "COMPLIANCE", "Years": 2},
    {"Mode": "GOVERNANCE", "DefaultEventHold": {"Days": 3}},
    {"Mode": "COMPLIANCE", "Days": 36_500, "DefaultEventHold": {"Years": 100}},
]


@pytest.mark.parametrize("default", DEFAULTS)
def test_a_configuration_comes_back_as_it_was_put(s3: Any, locked: str, default: Any) -> None:
    configure(s3, locked, default)
    found = s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"]
    assert found["Rule"]["DefaultRetention"] == default
    configure(s3, locked, None)
    found = s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"]
    assert found == {"ObjectLockEnabled": "Enabled"}


NO_DEFAULTS: dict[str, tuple[Any, str, str]] = {
    "nothing": ({}, "MalformedXML", ""),
    "no mode": ({"Days": 1}, "MalformedXML", ""),
    "no period": ({"Mode": "GOVERNANCE"}, "MalformedXML", ""),
    "another mode": ({"Mode": "governance", "Days": 1}, "MalformedXML", ""),
    "days and years": ({"Mode": "GOVERNANCE", "Days": 1, "Years": 1}, "MalformedXML", ""),
    "no days": (
        {"Mode": "GOVERNANCE", "Days": 0},
        "InvalidArgument",
        "Default retention period must be a positive integer value.",
    ),
    "fewer years": (
        {"Mode": "GOVERNANCE", "Years": -1},
        "InvalidArgument",
        "Default retention period must be a positive integer value.",
    ),
    "too many days": (
        {"Mode": "GOVERNANCE", "Days": 36_501},
        "InvalidArgument",
        "Default retention period too large.",
    ),
    "an event hold of both": (
        {"Mode": "GOVERNANCE", "DefaultEventHold": {"Days": 1, "Years": 1}},
        "MalformedXML",
        "",
    ),
    "an event hold of too much": (
        {"Mode": "GOVERNANCE", "DefaultEventHold": {"Years": 101}},
        "InvalidArgument",
        "Event hold duration too large.",
    ),
}


@pytest.mark.parametrize(("default", "code", "message"), NO_DEFAULTS.values(), ids=NO_DEFAULTS)
def test_what_is_no_configuration_leaves_the_old_one(
    s3: Any, locked: str, default: Any, code: str, message: str
) -> None:
    configure(s3, locked, DEFAULTS[0])
    with refused(code, 400) as fields:
        configure(s3, locked, default)
    assert message in fields["Message"]
    found = s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"]
    assert found["Rule"]["DefaultRetention"] == DEFAULTS[0]


# What keeps a version


def test_a_governed_version_stays_unless_governance_is_bypassed(s3: Any, locked: str) -> None:
    version = put(s3, locked)
    retain(s3, locked, version, GOVERNANCE)
    assert retention_of(s3, locked, version) == GOVERNANCE
    with refused("AccessDenied", 403) as fields:
        delete(s3, locked, version)
    assert fields["Message"] == PROTECTED
    with refused("AccessDenied", 403):
        delete(s3, locked, version, BypassGovernanceRetention=False)
    delete(s3, locked, version, BypassGovernanceRetention=True)
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=locked, Key="k")


@pytest.mark.parametrize("bypass", [True, False])
def test_nobody_deletes_a_version_in_compliance(s3: Any, locked: str, bypass: bool) -> None:
    version = put(s3, locked, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=LATER)
    attempts: list[Callable[[], Any]] = [
        lambda: delete(s3, locked, version, BypassGovernanceRetention=bypass),
        *[
            lambda asked=asked: retain(s3, locked, version, asked, BypassGovernanceRetention=bypass)
            for asked in (
                {},
                COMPLIANCE | {"RetainUntilDate": NEARER},
                GOVERNANCE | {"RetainUntilDate": LATER + timedelta(days=1)},
            )
        ],
    ]
    for attempt in attempts:
        with refused("AccessDenied", 403) as fields:
            attempt()
        assert fields["Message"] == PROTECTED
    retain(s3, locked, version, COMPLIANCE | {"RetainUntilDate": LATER + timedelta(days=1)})
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=locked)


def test_among_many_keys_only_what_is_not_locked_goes(s3: Any, locked: str) -> None:
    kept, free = put(s3, locked), put(s3, locked)
    retain(s3, locked, kept, GOVERNANCE)
    wanted = {"Objects": [{"Key": "k", "VersionId": one} for one in (kept, free)]}
    done = s3.delete_objects(Bucket=locked, Delete=wanted)
    assert [one["VersionId"] for one in done["Deleted"]] == [free]
    (error,) = done["Errors"]
    assert (error["VersionId"], error["Code"], error["Message"]) == (
        kept,
        "AccessDenied",
        PROTECTED,
    )
    done = s3.delete_objects(Bucket=locked, Delete=wanted, BypassGovernanceRetention=True)
    assert "Errors" not in done


def test_nothing_is_bypassed_in_a_bucket_without_object_lock(s3: Any) -> None:
    s3.create_bucket(Bucket="without-lock")
    s3.put_object(Bucket="without-lock", Key="k", Body=b"")
    with refused("InvalidArgument", 400):
        s3.delete_object(Bucket="without-lock", Key="k", BypassGovernanceRetention=True)
    with refused("InvalidArgument", 400):
        s3.delete_objects(
            Bucket="without-lock",
            Delete={"Objects": [{"Key": "k"}]},
            BypassGovernanceRetention=True,
        )
    s3.delete_object(Bucket="without-lock", Key="k", BypassGovernanceRetention=False)


def test_a_legal_hold_is_bypassed_by_nobody(s3: Any, locked: str) -> None:
    version = put(s3, locked)
    which = {"Bucket": locked, "Key": "k", "VersionId": version}
    with refused("NoSuchObjectLockConfiguration", 404):
        s3.get_object_legal_hold(**which)
    s3.put_object_legal_hold(LegalHold={"Status": "ON"}, **which)
    assert s3.get_object_legal_hold(**which)["LegalHold"] == {"Status": "ON"}
    with refused("AccessDenied", 403):
        delete(s3, locked, version, BypassGovernanceRetention=True)
    s3.put_object_legal_hold(LegalHold={"Status": "OFF"}, **which)
    assert s3.get_object_legal_hold(**which)["LegalHold"] == {"Status": "OFF"}
    delete(s3, locked, version)


def test_what_lies_above_a_locked_version_comes_and_goes(s3: Any, locked: str) -> None:
    version = put(s3, locked)
    retain(s3, locked, version, COMPLIANCE)
    newer = put(s3, locked)
    marker = s3.delete_object(Bucket=locked, Key="k")
    assert marker["DeleteMarker"] is True
    delete(s3, locked, marker["VersionId"])
    delete(s3, locked, newer)
    assert s3.get_object(Bucket=locked, Key="k")["VersionId"] == version


def test_tags_of_a_locked_version_change_and_its_lock_does_not(s3: Any, locked: str) -> None:
    version = put(s3, locked, ObjectLockLegalHoldStatus="ON")
    s3.put_object_tagging(Bucket=locked, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    with refused("AccessDenied", 403):
        delete(s3, locked, version)


NO_RETENTIONS: dict[str, tuple[Any, str]] = {
    "a mode alone": ({"Mode": "GOVERNANCE"}, "MalformedXML"),
    "a date alone": ({"RetainUntilDate": LATER}, "MalformedXML"),
    "another mode": ({"Mode": "governance", "RetainUntilDate": LATER}, "MalformedXML"),
    "the past": ({"Mode": "GOVERNANCE", "RetainUntilDate": PAST}, "InvalidArgument"),
    "an event hold without a mode": (
        {"EventHold": "ON", "EventHoldDuration": {"Days": 1}},
        "MalformedXML",
    ),
    "an event hold for no time": ({"Mode": "GOVERNANCE", "EventHold": "ON"}, "MalformedXML"),
    "an event hold for two": (
        {"Mode": "GOVERNANCE", "EventHold": "ON", "EventHoldDuration": {"Days": 1, "Years": 1}},
        "MalformedXML",
    ),
    "an event hold for too long": (
        {"Mode": "GOVERNANCE", "EventHold": "ON", "EventHoldDuration": {"Days": 36_501}},
        "InvalidArgument",
    ),
    "a duration of what is off": (
        {"Mode": "GOVERNANCE", "EventHold": "OFF", "EventHoldDuration": {"Days": 1}},
        "MalformedXML",
    ),
    "a release of what is not held": (
        {"Mode": "GOVERNANCE", "EventHold": "OFF"},
        "InvalidRequest",
    ),
}


@pytest.mark.parametrize(("retention", "code"), NO_RETENTIONS.values(), ids=NO_RETENTIONS)
def test_what_is_no_retention_is_refused(s3: Any, locked: str, retention: Any, code: str) -> None:
    version = put(s3, locked)
    with refused(code, 400):
        retain(s3, locked, version, retention)
    with refused("NoSuchObjectLockConfiguration", 404):
        retention_of(s3, locked, version)


def test_a_bucket_without_object_lock_locks_nothing(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    which = {"Bucket": bucket, "Key": "k"}
    attempts: list[Callable[[], Any]] = [
        lambda: s3.get_object_retention(**which),
        lambda: s3.get_object_legal_hold(**which),
        lambda: s3.put_object_retention(Retention=GOVERNANCE, **which),
        lambda: s3.put_object_legal_hold(LegalHold={"Status": "ON"}, **which),
        lambda: s3.put_object(Body=b"y", ObjectLockLegalHoldStatus="ON", **which),
        lambda: s3.create_multipart_upload(ObjectLockLegalHoldStatus="ON", **which),
        lambda: s3.copy_object(
            CopySource=which, ObjectLockLegalHoldStatus="ON", MetadataDirective="REPLACE", **which
        ),
    ]
    for attempt in attempts:
        with refused("InvalidRequest", 400) as fields:
            attempt()
        assert fields["Message"] == MISSING
    assert s3.get_object(**which)["Body"].read() == b"x"


# What requests and answers say


def lock_of(s3: Any, bucket: str, key: str = "k") -> dict[str, Any]:
    """What HEAD tells of the lock; GET tells the same."""

    def told(answer: Any) -> dict[str, Any]:
        return {name: value for name, value in answer.items() if name.startswith("ObjectLock")}

    found = told(s3.head_object(Bucket=bucket, Key=key))
    assert told(s3.get_object(Bucket=bucket, Key=key)) == found
    return found


LOCKED = {
    "ObjectLockMode": "GOVERNANCE",
    "ObjectLockRetainUntilDate": LATER,
    "ObjectLockLegalHoldStatus": "ON",
}


def test_an_object_is_locked_as_its_upload_says(s3: Any, locked: str) -> None:
    put(s3, locked, **LOCKED)
    assert lock_of(s3, locked) == LOCKED
    source = {"Bucket": locked, "Key": "k"}
    s3.copy_object(Bucket=locked, Key="c", CopySource=source)
    assert lock_of(s3, locked, "c") == {}
    s3.copy_object(Bucket=locked, Key="c", CopySource=source, **LOCKED)
    assert lock_of(s3, locked, "c") == LOCKED


def upload(s3: Any, bucket: str, **more: Any) -> None:
    which = {"Bucket": bucket, "Key": "m"}
    which["UploadId"] = s3.create_multipart_upload(**which, **more)["UploadId"]
    part = s3.upload_part(PartNumber=1, Body=b"x", **which)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(MultipartUpload=parts, **which)


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


# Event holds


def test_an_event_hold_retains_until_it_is_released_and_then_for_its_time(
    s3: Any, locked: str
) -> None:
    version = put(s3, locked)
    held = {"Mode": "COMPLIANCE", "EventHold": "ON", "EventHoldDuration": {"Days": 10}}
    retain(s3, locked, version, held)
    found = retention_of(s3, locked, version)
    ahead = found.pop("RetainUntilDate") - datetime.now(UTC)
    assert (found, ahead > timedelta(days=9, hours=23)) == (held, True)
    with refused("AccessDenied", 403):
        delete(s3, locked, version, BypassGovernanceRetention=True)
    retain(s3, locked, version, {"Mode": "COMPLIANCE", "EventHold": "OFF"})
    found = retention_of(s3, locked, version)
    ahead = found.pop("RetainUntilDate") - datetime.now(UTC)
    assert (found, ahead > timedelta(days=9, hours=23)) == (
        {"Mode": "COMPLIANCE", "EventHold": "OFF"},
        True,
    )
    with refused("AccessDenied", 403):
        delete(s3, locked, version, BypassGovernanceRetention=True)


def test_an_upload_may_begin_with_an_event_hold(s3: Any, locked: str) -> None:
    put(
        s3,
        locked,
        ObjectLockMode="GOVERNANCE",
        ObjectLockEventHold="ON",
        ObjectLockEventHoldDurationYears=1,
    )
    head = s3.head_object(Bucket=locked, Key="k")
    found = {name: value for name, value in head.items() if name.startswith("ObjectLock")}
    until = found.pop("ObjectLockRetainUntilDate")
    assert until > datetime.now(UTC) + timedelta(days=364)
    assert found == {
        "ObjectLockMode": "GOVERNANCE",
        "ObjectLockEventHold": "ON",
        "ObjectLockEventHoldDurationYears": 1,
    }


def test_a_default_event_hold_is_on_from_the_beginning(s3: Any, locked: str) -> None:
    configure(s3, locked, {"Mode": "GOVERNANCE", "DefaultEventHold": {"Days": 3}})
    version = put(s3, locked)
    found = retention_of(s3, locked, version)
    assert (found["EventHold"], found["EventHoldDuration"]) == ("ON", {"Days": 3})
    with refused("AccessDenied", 403):
        delete(s3, locked, version)
    delete(s3, locked, version, BypassGovernanceRetention=True)


def test_a_form_may_lock_what_it_uploads(server: Server, s3: Any, locked: str) -> None:
    fields = {"x-amz-object-lock-legal-hold": "ON"}
    assert post(server, locked, signed(locked, "k", fields)).status == 204
    assert lock_of(s3, locked) == {"ObjectLockLegalHoldStatus": "ON"}


POLICY = """{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*",
"Action": ["s3:PutObject", "s3:PutObjectRetention"], "Resource": "arn:aws:s3:::%s/*",
"Condition": {"NumericLessThan": {"s3:object-lock-event-hold-duration-days": "400"}}}]}"""


def test_a_policy_may_ask_for_longer_event_holds(s3: Any, locked: str) -> None:
    """User Guide, "Object Lock considerations": years count as 365 days."""
    version = put(s3, locked)
    s3.put_bucket_policy(Bucket=locked, Policy=POLICY % locked)
    held = {"Mode": "GOVERNANCE", "EventHold": "ON"}
    for duration in ({"Days": 399}, {"Years": 1}):
        with refused("AccessDenied", 403) as fields:
            retain(s3, locked, version, held | {"EventHoldDuration": duration})
        assert fields["Message"] != PROTECTED
    with refused("AccessDenied", 403):
        put(
            s3,
            locked,
            ObjectLockMode="GOVERNANCE",
            ObjectLockEventHold="ON",
            ObjectLockEventHoldDurationYears=1,
        )
    retain(s3, locked, version, held | {"EventHoldDuration": {"Years": 2}})


def test_a_policy_may_deny_the_bypass(s3: Any, locked: str) -> None:
    """CVE-2023-25812: elsewhere a Deny of it did not count."""
    version = put(s3, locked, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=LATER)
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:BypassGovernanceRetention",
        "Resource": f"arn:aws:s3:::{locked}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    s3.put_bucket_policy(Bucket=locked, Policy=policy)
    with refused("AccessDenied", 403):
        delete(s3, locked, version, BypassGovernanceRetention=True)
    wanted = {"Objects": [{"Key": "k", "VersionId": version}]}
    done = s3.delete_objects(Bucket=locked, Delete=wanted, BypassGovernanceRetention=True)
    assert [one["Code"] for one in done["Errors"]] == ["AccessDenied"]
    with refused("AccessDenied", 403):
        retain(s3, locked, version, {}, BypassGovernanceRetention=True)
    assert retention_of(s3, locked, version) == GOVERNANCE
