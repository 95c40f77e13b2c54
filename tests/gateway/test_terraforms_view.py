"""A bucket as Terraform sees it: made with tags, every sub-resource read, changed, read, destroyed.

Terraform's provider reads each sub-resource of a bucket after it has made it,
and takes an answer that it does not know for a failure; so a fresh bucket has
to answer as S3's do, in each of them.  boto3 is the client: it validates inputs
and parses outputs by the same model.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

import gateway.operations  # noqa: F401 - fills the registry
from gateway.registry import OPERATIONS


class Part(NamedTuple):
    """A sub-resource: how a fresh bucket answers, and what is put, given back, and taken away."""

    noun: str  # GetNOUN, PutNOUN
    fresh: str | dict[str, Any] | None  # an error's code, or the output; None: either, by setting
    put: dict[str, Any]  # PutNOUN's input
    shown: dict[str, Any]  # what GetNOUN says then, at least
    deletes: str = ""  # what takes it away
    undone: dict[str, Any] | None = None  # or what is put instead


RULES: Final = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 5}]
QUEUE: Final = {
    "Id": "q",
    "QueueArn": "arn:aws:sqs:us-east-1:000000000001:q",
    "Events": ["s3:ObjectCreated:*"],
    "Filter": {"Key": {"FilterRules": [{"Name": "Prefix", "Value": "a/"}]}},
}
SITE: Final = {
    "IndexDocument": {"Suffix": "index.html"},
    "ErrorDocument": {"Key": "error.html"},
    "RoutingRules": [
        {"Condition": {"KeyPrefixEquals": "a/"}, "Redirect": {"ReplaceKeyPrefixWith": "b/"}}
    ],
}
TAGS: Final = [{"Key": "Name", "Value": "x"}, {"Key": "env", "Value": "test"}]
PARTS: Final = [
    Part(
        "BucketAccelerateConfiguration",
        {},
        {"AccelerateConfiguration": {"Status": "Enabled"}},
        {"Status": "Enabled"},
        undone={"AccelerateConfiguration": {"Status": "Suspended"}},
    ),
    Part(
        "BucketCors",
        "NoSuchCORSConfiguration",
        {"CORSConfiguration": {"CORSRules": RULES}},
        {"CORSRules": RULES},
        "delete_bucket_cors",
    ),
    Part(
        "BucketLogging",
        {},
        {
            "BucketLoggingStatus": {
                "LoggingEnabled": {"TargetBucket": "{bucket}", "TargetPrefix": "log/"}
            }
        },
        {"LoggingEnabled": {"TargetBucket": "{bucket}", "TargetPrefix": "log/"}},
        undone={"BucketLoggingStatus": {}},
    ),
    Part(
        "BucketNotificationConfiguration",
        {},
        {"NotificationConfiguration": {"QueueConfigurations": [QUEUE]}},
        {"QueueConfigurations": [QUEUE]},
        undone={"NotificationConfiguration": {}},
    ),
    Part(
        "BucketRequestPayment",
        {"Payer": "BucketOwner"},
        {"RequestPaymentConfiguration": {"Payer": "Requester"}},
        {"Payer": "Requester"},
        undone={"RequestPaymentConfiguration": {"Payer": "BucketOwner"}},
    ),
    Part(
        "BucketTagging",
        "NoSuchTagSet",
        {"Tagging": {"TagSet": TAGS}},
        {"TagSet": TAGS},
        "delete_bucket_tagging",
    ),
    Part(
        "BucketWebsite",
        "NoSuchWebsiteConfiguration",
        {"WebsiteConfiguration": SITE},
        SITE,
        "delete_bucket_website",
    ),
]
# The others that Terraform reads of a fresh bucket, with the codes of the errors that S3 answers;
# "" is none.  Where there are two, S3's own default changed in 2023, and it is a setting here.
READS: Final = {
    "get_bucket_acl": ("",),
    "get_bucket_encryption": ("", "ServerSideEncryptionConfigurationNotFoundError"),
    "get_bucket_lifecycle_configuration": ("NoSuchLifecycleConfiguration",),
    "get_bucket_location": ("",),
    "get_bucket_ownership_controls": ("", "OwnershipControlsNotFoundError"),
    "get_bucket_policy": ("NoSuchBucketPolicy",),
    "get_bucket_replication": ("ReplicationConfigurationNotFoundError",),
    "get_bucket_versioning": ("",),
    "get_object_lock_configuration": ("ObjectLockConfigurationNotFoundError",),
    "get_public_access_block": ("", "NoSuchPublicAccessBlockConfiguration"),
    "head_bucket": ("",),
}
LISTS: Final = {
    "list_bucket_analytics_configurations": "AnalyticsConfigurationList",
    "list_bucket_intelligent_tiering_configurations": "IntelligentTieringConfigurationList",
    "list_bucket_inventory_configurations": "InventoryConfigurationList",
    "list_bucket_metrics_configurations": "MetricsConfigurationList",
}


@pytest.fixture
def fresh(s3: Any) -> Iterator[str]:
    name = f"terraform-{uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    yield name
    s3.delete_bucket(Bucket=name)


def named(value: Any, bucket: str) -> Any:
    """The same about this bucket."""
    if isinstance(value, dict):
        return {key: named(item, bucket) for key, item in value.items()}
    return bucket if value == "{bucket}" else value


def snake(noun: str) -> str:
    """As boto3 calls an operation."""
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in noun)


def said(s3: Any, method: str, bucket: str) -> tuple[str, dict[str, Any]]:
    """The code of the error, "" if there is none, and the output without what is HTTP's."""
    try:
        found = getattr(s3, method)(Bucket=bucket)
    except ClientError as error:
        return error.response["Error"]["Code"], {}
    return "", {name: item for name, item in found.items() if name != "ResponseMetadata"}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.noun)
def test_a_part_is_read_put_read_and_taken_away(s3: Any, fresh: str, part: Part) -> None:
    get, put = f"get{snake(part.noun)}", f"put{snake(part.noun)}"
    absent = (part.fresh, {}) if isinstance(part.fresh, str) else ("", part.fresh)
    assert said(s3, get, fresh) == absent
    getattr(s3, put)(Bucket=fresh, **named(part.put, fresh))
    assert said(s3, get, fresh) == ("", named(part.shown, fresh))
    if part.deletes:
        getattr(s3, part.deletes)(Bucket=fresh)
    else:
        getattr(s3, put)(Bucket=fresh, **(part.undone or {}))
    if part.noun != "BucketAccelerateConfiguration":  # it stays suspended, once enabled
        assert said(s3, get, fresh) == absent


@pytest.mark.parametrize("method", READS)
def test_a_fresh_bucket_answers_every_read_as_s3_does(s3: Any, fresh: str, method: str) -> None:
    operation = "".join(word.capitalize() for word in method.split("_"))
    code, _ = said(s3, method, fresh)
    known = READS[method] if operation in OPERATIONS else ("NotImplemented",)
    assert code in known


@pytest.mark.parametrize("method", LISTS)
def test_a_fresh_bucket_lists_nothing(s3: Any, fresh: str, method: str) -> None:
    assert said(s3, method, fresh) == ("", {"IsTruncated": False})
    for one in s3.get_paginator(method).paginate(Bucket=fresh) if s3.can_paginate(method) else ():
        assert LISTS[method] not in one


def test_a_bucket_is_made_with_its_tags_and_destroyed_with_everything(s3: Any) -> None:
    bucket = f"terraform-{uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"Tags": TAGS})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == TAGS
    for part in PARTS:
        getattr(s3, f"put{snake(part.noun)}")(Bucket=bucket, **named(part.put, bucket))
    for part in PARTS:
        shown = named(part.shown, bucket)
        assert said(s3, f"get{snake(part.noun)}", bucket) == ("", shown)
    inventory = {
        "Id": "i",
        "IsEnabled": True,
        "IncludedObjectVersions": "All",
        "Schedule": {"Frequency": "Daily"},
        "Destination": {
            "S3BucketDestination": {"Bucket": f"arn:aws:s3:::{bucket}", "Format": "CSV"}
        },
    }
    s3.put_bucket_inventory_configuration(Bucket=bucket, Id="i", InventoryConfiguration=inventory)
    found = s3.get_bucket_inventory_configuration(Bucket=bucket, Id="i")
    assert found["InventoryConfiguration"] == inventory
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)  # of the old one nothing is left
    for part in PARTS:
        code, output = said(s3, f"get{snake(part.noun)}", bucket)
        assert (code or output) == part.fresh
    s3.delete_bucket(Bucket=bucket)
