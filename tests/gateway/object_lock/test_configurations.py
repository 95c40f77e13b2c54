"""A bucket's Object Lock, and its default: taken, given back, refused.

Source: User Guide, "Locking objects with Object Lock", "Object Lock considerations";
recordings of S3, LocalStack's TestS3ObjectLock.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.object_lock.locks import (
    COMPLIANCE,
    DEFAULTS,
    GOVERNANCE,
    MISSING,
    configure,
    delete,
    retain,
)
from tests.gateway.refusals import refused


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
