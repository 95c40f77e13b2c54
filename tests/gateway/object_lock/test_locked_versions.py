"""What is locked stays, whoever asks in whatever way, as boto3 sees it.

Source: User Guide, "Locking objects with Object Lock", "Object Lock considerations";
recordings of S3, LocalStack's TestS3ObjectLock.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.gateway.object_lock.locks import (
    COMPLIANCE,
    GOVERNANCE,
    LATER,
    NEARER,
    PAST,
    PROTECTED,
    delete,
    put,
    retain,
    retention_of,
)
from tests.gateway.refusals import refused


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
