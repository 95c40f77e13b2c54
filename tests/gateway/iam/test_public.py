"""What makes a policy public.

Source: User Guide, "Blocking public access to your Amazon S3 storage", "The
meaning of public".
"""

import json
from typing import Any, Final

import pytest

from gateway.iam.bucket_policy import compile_bucket_policy
from gateway.iam.principals import ANONYMOUS_ID
from gateway.iam.public import is_public

EVERYBODY: Final = "*"
ME: Final = {"AWS": "111111111111"}


def public(principal: Any, condition: Any = None, effect: str = "Allow") -> bool:
    statement: dict[str, Any] = {
        "Effect": effect,
        "Principal": principal,
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::bkt/*",
    }
    if condition is not None:
        statement["Condition"] = condition
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return is_public(compile_bucket_policy(json.dumps(document).encode()))


PRINCIPALS: Final = [
    (EVERYBODY, True),
    ({"AWS": "*"}, True),
    ({"AWS": ["111111111111", "*"]}, True),
    (ME, False),
    ({"CanonicalUser": "a" * 64}, False),
    ({"CanonicalUser": [ANONYMOUS_ID, "a" * 64]}, True),
    ({"Service": "logging.s3.amazonaws.com"}, False),
]


@pytest.mark.parametrize(("principal", "wanted"), PRINCIPALS)
def test_who_is_named_is_not_everybody(principal: Any, wanted: bool) -> None:
    assert public(principal) is wanted
    assert not public(principal, effect="Deny")


CONDITIONS: Final = [
    ({"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}, False),
    ({"StringLike": {"aws:SourceVpc": "vpc-91237329"}}, False),
    ({"StringLike": {"aws:SourceVpc": "vpc-*"}}, True),
    ({"StringEquals": {"aws:SourceVpc": "${aws:username}"}}, True),
    ({"StringEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}}, False),
    ({"StringLike": {"aws:SourceVpc": ["vpc-1", "vpc-*"]}}, True),
    ({"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}, True),
    ({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}, True),
    ({"ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-1"}}, True),
    ({"ForAnyValue:StringEquals": {"aws:SourceVpc": "vpc-1"}}, False),
    ({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:1:t"}}, False),
    ({"StringEquals": {"aws:SourceAccount": "111111111111"}}, False),
    ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
    ({"StringEquals": {"aws:userid": "AIDAEXAMPLE"}}, False),
    ({"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}, True),
    ({"StringEquals": {"aws:userid": "anonymous"}}, True),
    ({"StringEqualsIgnoreCase": {"aws:userid": "Anonymous"}}, True),
    ({"IpAddress": {"aws:SourceIp": [f"{first}.0.0.0/8" for first in range(256)]}}, True),
    ({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}}, False),
    ({"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu:111111111111:accesspoint/*"}}, False),
    ({"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu:*:accesspoint/a"}}, True),
    ({"StringEquals": {"s3:prefix": "fixed"}}, True),
    ({"StringEquals": {"aws:Referer": "https://example.com/"}}, True),
    ({"Bool": {"aws:SecureTransport": "true"}}, True),
    ({"Null": {"aws:SourceVpc": "false"}}, True),
    ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
    ({"IpAddress": {"aws:SourceIp": "11.0.0.0/8"}}, False),
    ({"IpAddress": {"aws:SourceIp": "11.0.0.0/7"}}, True),
    ({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, True),
    ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}, True),
    ({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}, False),
    ({"IpAddress": {"aws:SourceIp": "2000::/16"}}, True),
    ({"IpAddress": {"aws:SourceIp": "::ffff:0:0/96"}}, True),
    ({"IpAddress": {"aws:SourceIp": ["::ffff:0:0/97", "::ffff:128.0.0.0/97"]}}, True),
    ({"IpAddress": {"aws:SourceIp": "::ffff:192.0.2.0/120"}}, False),
    ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, True),
    ({"StringEquals": {"s3:prefix": "a", "aws:SourceVpce": "vpce-1"}}, False),
]


@pytest.mark.parametrize(("condition", "wanted"), CONDITIONS, ids=range(len(CONDITIONS)))
def test_a_condition_binds_everybody_if_it_is_fixed(condition: Any, wanted: bool) -> None:
    assert public(EVERYBODY, condition) is wanted
    assert not public(ME, condition)
