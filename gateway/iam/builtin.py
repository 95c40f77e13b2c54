"""AWS's own managed policies, as far as they mean something here: by name, in our words.

What each lets its holder do is AWS's; services that are not here are left out,
where that changes nothing for those that are.

Source: AWS Managed Policy Reference, the page of each; IAM User Guide, "AWS
managed policies for job functions".
"""

import hashlib
import json
from base64 import b32encode
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

ACCOUNT: Final = "aws"  # in the ARNs of AWS's own
CREATED_MS: Final = 1_423_162_800_000  # the days of AWS's first ones: 5 February 2015
VERSION: Final = "v1"
_ID_DIGITS: Final = 17


class Builtin(NamedTuple):
    """A managed policy that every account has."""

    name: str
    path: str
    description: str
    document: str

    @property
    def arn(self) -> str:
        """As attachments name it."""
        return f"arn:aws:iam::{ACCOUNT}:policy{self.path}{self.name}"

    @property
    def id(self) -> str:
        """Always the same."""
        digest = hashlib.sha256(self.arn.encode()).digest()
        return "ANPA" + b32encode(digest).decode()[:_ID_DIGITS]


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=4)


def _allow(*actions: str, sid: str | None = None) -> dict[str, Any]:
    named = {} if sid is None else {"Sid": sid}
    return {**named, "Effect": "Allow", "Action": list(actions), "Resource": "*"}


_READ_S3: Final = ("s3:Get*", "s3:List*", "s3:Describe*")
_READ_LAMBDA: Final = ("s3-object-lambda:Get*", "s3-object-lambda:List*")
_READ_IAM: Final = (
    *("iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails"),
    *("iam:Get*", "iam:List*", "iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy"),
)
_READ_STS: Final = ("sts:GetAccessKeyInfo", "sts:GetCallerIdentity", "sts:GetSessionToken")

_ALL: Final = (
    Builtin(
        "AdministratorAccess",
        "/",
        "Everything, in every service.",
        _policy(_allow("*")),
    ),
    Builtin(
        "PowerUserAccess",
        "/",
        "Everything but users, groups, roles and their policies.",
        _policy(
            {
                "Effect": "Allow",
                "NotAction": ["iam:*", "organizations:*", "account:*"],
                "Resource": "*",
            },
            _allow(
                *("iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles"),
                *("organizations:DescribeOrganization", "account:ListRegions"),
            ),
        ),
    ),
    Builtin(
        "ReadOnlyAccess",
        "/",
        "Everything that changes nothing.",
        _policy(_allow(*_READ_S3, *_READ_LAMBDA, *_READ_IAM, *_READ_STS)),
    ),
    Builtin(
        "SecurityAudit",
        "/",
        "To look at configurations and policies, not at contents.",
        _policy(
            _allow(
                *("iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails"),
                *("iam:Get*", "iam:List*"),
                *("iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy"),
                *("s3:GetAccelerateConfiguration", "s3:GetAccountPublicAccessBlock"),
                *("s3:GetAnalyticsConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration"),
                *("s3:GetInventoryConfiguration", "s3:GetLifecycleConfiguration"),
                *("s3:GetMetricsConfiguration", "s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
                *("s3:GetReplicationConfiguration", "s3:ListAllMyBuckets"),
            )
        ),
    ),
    Builtin(
        "ViewOnlyAccess",
        "/job-function/",
        "To see what there is, not what is in it.",
        _policy(
            _allow(
                *("iam:Get*", "iam:List*", "s3:ListAllMyBuckets", "s3:ListBucket"),
            )
        ),
    ),
    Builtin(
        "IAMFullAccess",
        "/",
        "Everything in IAM.",
        _policy(_allow("iam:*")),
    ),
    Builtin(
        "IAMReadOnlyAccess",
        "/",
        "To look at everything in IAM.",
        _policy(_allow(*_READ_IAM)),
    ),
    Builtin(
        "AmazonS3FullAccess",
        "/",
        "Everything in S3.",
        _policy(_allow("s3:*", "s3-object-lambda:*")),
    ),
    Builtin(
        "AmazonS3ReadOnlyAccess",
        "/",
        "To read everything in S3.",
        _policy(_allow(*_READ_S3, *_READ_LAMBDA)),
    ),
    Builtin(
        "AWSDenyAll",
        "/",
        "Nothing, whatever other policies allow.",
        _policy({"Sid": "DenyAll", "Effect": "Deny", "Action": ["*"], "Resource": "*"}),
    ),
)

# By their ARNs.
POLICIES: Final[Mapping[str, Builtin]] = {one.arn: one for one in _ALL}
