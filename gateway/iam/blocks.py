"""The four switches that block public access to a bucket.

Source: User Guide, "Blocking public access to your Amazon S3 storage"; API
Reference, PublicAccessBlockConfiguration.
"""

from storage.records import Bucket


def refuses_lists(bucket: Bucket) -> bool:
    """BlockPublicAcls: nobody puts a public ACL."""
    return bucket.blocked is not None and bucket.blocked.public_acls


def ignores_lists(bucket: Bucket) -> bool:
    """IgnorePublicAcls: what public ACLs give the public does not count."""
    return bucket.blocked is not None and bucket.blocked.by_acls


def refuses_policies(bucket: Bucket) -> bool:
    """BlockPublicPolicy: nobody puts a public policy."""
    return bucket.blocked is not None and bucket.blocked.public_policy


def restricts(bucket: Bucket) -> bool:
    """RestrictPublicBuckets: of a public policy only the owner's account has something."""
    return bucket.blocked is not None and bucket.blocked.by_policy
