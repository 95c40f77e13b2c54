"""Event holds: ON for as long as nobody releases them, and then for their time.

Source: User Guide, "Locking objects with Object Lock", "Object Lock considerations";
recordings of S3, LocalStack's TestS3ObjectLock.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.gateway.object_lock.locks import PROTECTED, configure, delete, put, retain, retention_of
from tests.gateway.refusals import refused


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
