"""What tests of Object Lock ask boto3 for, in fewer words."""

from datetime import UTC, datetime
from typing import Any

LATER = datetime(2999, 1, 1, tzinfo=UTC)
NEARER = datetime(2998, 1, 1, tzinfo=UTC)
PAST = datetime(2020, 1, 1, tzinfo=UTC)
PROTECTED = "Access Denied because object protected by object lock."
MISSING = "Bucket is missing Object Lock Configuration"
GOVERNANCE = {"Mode": "GOVERNANCE", "RetainUntilDate": LATER}
COMPLIANCE = {"Mode": "COMPLIANCE", "RetainUntilDate": LATER}


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


DEFAULTS: list[dict[str, Any]] = [
    {"Mode": "GOVERNANCE", "Days": 1},
    {"Mode": "COMPLIANCE", "Years": 2},
    {"Mode": "GOVERNANCE", "DefaultEventHold": {"Days": 3}},
    {"Mode": "COMPLIANCE", "Days": 36_500, "DefaultEventHold": {"Years": 100}},
]


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


def upload(s3: Any, bucket: str, **more: Any) -> None:
    which = {"Bucket": bucket, "Key": "m"}
    which["UploadId"] = s3.create_multipart_upload(**which, **more)["UploadId"]
    part = s3.upload_part(PartNumber=1, Body=b"x", **which)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(MultipartUpload=parts, **which)
