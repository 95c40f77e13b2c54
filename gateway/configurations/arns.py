"""Buckets as other buckets' configurations name them.

Source: User Guide, "Amazon Resource Names (ARNs)"; the partition may be any.
"""

import re
from typing import Final

_BUCKET: Final = re.compile(r"arn:aws[a-z-]*:s3:::([a-z0-9A-Z._-]{3,255})\Z", re.ASCII)
_ANY: Final = re.compile(
    r"arn:aws[a-z-]*:([a-z0-9-]+):[a-z0-9-]*:[0-9]*:.+\Z", re.ASCII | re.DOTALL
)


def bucket_of(arn: str) -> str | None:
    """The name in a bucket's ARN; None if it is no such thing."""
    found = _BUCKET.match(arn)
    return found[1] if found else None


def service_of(arn: str) -> str | None:
    """The service in an ARN; None if it is no ARN."""
    found = _ANY.match(arn)
    return found[1] if found else None
