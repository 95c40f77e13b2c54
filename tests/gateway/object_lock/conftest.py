"""A bucket with Object Lock."""

import uuid
from typing import Any

import pytest


@pytest.fixture
def locked(s3: Any) -> str:
    name = f"l-{uuid.uuid4().hex[:20]}"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name
