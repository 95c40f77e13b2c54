"""Two accounts and nobody in particular, and what a bucket's policy says of them."""

import json
from typing import Any, Final

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from tests.serving import Server

OTHER: Final = ("AKIAOTHEROTHEROTHER1", "other/secret+other/secret+other/secret+")
OTHER_ID: Final = "222222222222"
OTHER_CANONICAL: Final = "b" * 64
ALL_USERS: Final = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED: Final = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
ACCOUNTS: Final = f"""
[[accounts]]
id = "{OTHER_ID}"
canonical_id = "{OTHER_CANONICAL}"
display_name = "other"
access_keys = [{{ id = "{OTHER[0]}", secret = "{OTHER[1]}" }}]
"""


def client(server: Server, key: tuple[str, str] | None) -> Any:
    signing: dict[str, Any] = {} if key else {"signature_version": UNSIGNED}
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=key[0] if key else None,
        aws_secret_access_key=key[1] if key else None,
        region_name="us-east-1",
        config=Config(
            s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, **signing
        ),
    )


def statement(bucket: str, **changes: Any) -> dict[str, Any]:
    made = {
        "Effect": "Allow",
        "Principal": {"AWS": OTHER_ID},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return {**made, **changes}


def put_policy(own: Any, bucket: str, *statements: dict[str, Any]) -> None:
    document = {"Version": "2012-10-17", "Statement": statements}
    own.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


PUBLIC: Final = {"Principal": "*"}
