"""A key's scope as a policy: exactly the keys under its prefix, whatever stands in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.iam.evaluate import Effect, Request, Source, evaluate
from gateway.iam.identity_policy import compile_identity_policy
from gateway.iam.keys import Facts
from gateway.iam.principals import root_of
from gateway.iam.scoped import policy_of
from storage.identity.records import Scope

ROOT = root_of("123456789012", "canonical")
# What means something in policies, among what does not.
KEYS = st.text("a/*?${}:.", max_size=6)


def allows(scope: Scope, action: str, resource: str, prefix: str | None = None) -> bool:
    policy = compile_identity_policy(policy_of(scope).encode())
    facts = Facts(parameters={} if prefix is None else {"s3:prefix": prefix})
    request = Request(ROOT, action, f"arn:aws:s3:::{resource}", facts.value)
    return evaluate((Source("scope", policy),), request).effect is Effect.ALLOW


@given(prefix=KEYS, key=KEYS)
def test_a_prefix_means_itself(prefix: str, key: str) -> None:
    scope = Scope(("bucket",), prefix)
    assert allows(scope, "s3:PutObject", f"bucket/{key}") == key.startswith(prefix)
    assert allows(scope, "s3:ListBucket", "bucket", key) == key.startswith(prefix)
    assert allows(scope, "s3:GetObject", f"bucket/{prefix}{key}")
    assert not allows(scope, "s3:GetObject", f"bucket2/{prefix}{key}")


@pytest.mark.parametrize(
    ("action", "reads", "writes"),
    [
        ("s3:GetObject", True, True),
        ("s3:GetObjectVersion", True, True),
        ("s3:GetObjectTagging", True, True),
        ("s3:PutObject", False, True),
        ("s3:PutObjectTagging", False, True),
        ("s3:DeleteObject", False, True),
        ("s3:AbortMultipartUpload", False, True),
        ("s3:DeleteObjectVersion", False, False),
        ("s3:PutObjectAcl", False, False),
        ("s3:GetObjectAcl", False, False),
        ("s3:PutObjectRetention", False, False),
        ("s3:BypassGovernanceRetention", False, False),
        ("iam:CreateAccessKey", False, False),
        ("sts:AssumeRole", False, False),
    ],
)
def test_what_is_done_to_objects(action: str, reads: bool, writes: bool) -> None:
    for read_only, expected in ((True, reads), (False, writes)):
        assert allows(Scope(("bucket",), "", read_only), action, "bucket/key") is expected


@pytest.mark.parametrize("action", ["s3:PutBucketPolicy", "s3:DeleteBucket", "s3:PutBucketAcl"])
def test_a_bucket_s_settings_are_no_key_s(action: str) -> None:
    assert not allows(Scope(("bucket",)), action, "bucket")


def test_a_whole_bucket_is_listed_whatever_the_prefix() -> None:
    assert allows(Scope(("a", "b")), "s3:ListBucket", "b")
    assert not allows(Scope(("a", "b"), "p"), "s3:ListBucket", "b")
