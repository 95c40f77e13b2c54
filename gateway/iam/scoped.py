"""What a key's scope allows, as a policy that each of its requests has to pass as well.

Reading, and writing unless it is for reading only: of objects, never of a
bucket's settings, of ACLs, of locks, nor what removes a version for good.
Nothing of IAM or STS stands in it, so a key with a scope makes no other.
"""

import json
from typing import Any, Final

from storage.identity.records import Scope

_READ: Final = (
    "s3:GetObject",
    "s3:GetObjectAttributes",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionAttributes",
    "s3:GetObjectVersionTagging",
)
_WRITE: Final = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:DeleteObjectTagging",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:PutObjectTagging",
    "s3:RestoreObject",
)
_LIST: Final = ("s3:ListBucket", "s3:ListBucketVersions")
_LIST_UPLOADS: Final = "s3:ListBucketMultipartUploads"
_ABOUT_BUCKET: Final = "s3:GetBucketLocation"

# What means itself in a policy is written as a variable of that name.  IAM User Guide,
# "IAM policy elements: Variables and tags", "Specifying special characters".
_LITERALLY: Final = str.maketrans({"*": "${*}", "?": "${?}", "$": "${$}"})


def policy_of(scope: Scope) -> str:
    """The document."""
    beginning = scope.prefix.translate(_LITERALLY) + "*"
    arns = [f"arn:aws:s3:::{bucket}" for bucket in scope.buckets]
    listing: dict[str, Any] = {
        "Effect": "Allow",
        "Action": [*_LIST, *(() if scope.read_only else (_LIST_UPLOADS,))],
        "Resource": arns,
    }
    if scope.prefix:
        listing["Condition"] = {"StringLike": {"s3:prefix": beginning}}
    statements = [
        {
            "Effect": "Allow",
            "Action": [*_READ, *(() if scope.read_only else _WRITE)],
            "Resource": [f"{arn}/{beginning}" for arn in arns],
        },
        listing,
        {"Effect": "Allow", "Action": _ABOUT_BUCKET, "Resource": arns},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)
