"""S3's actions, and what each is done to: an object, a bucket, or neither.

Source: Service Authorization Reference, "Actions, resources, and condition keys
for Amazon S3".
"""

from collections.abc import Iterable
from typing import Final

from gateway.iam.match import glob

OBJECT: Final = "object"
BUCKET: Final = "bucket"
NEITHER: Final = ""  # of an account: no policy of a bucket can allow it

_OF_OBJECTS: Final = """
    AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectAnnotation
    DeleteObjectTagging DeleteObjectVersion DeleteObjectVersionTagging GetObject GetObjectAcl
    GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging
    GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes
    GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent
    InitiateReplication ListMultipartUploadParts ListObjectAnnotations
    ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectAnnotation PutObjectLegalHold
    PutObjectRetention PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete
    ReplicateObject ReplicateTags RestoreObject UpdateObjectEncryption
"""
_OF_BUCKETS: Final = """
    CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket
    DeleteBucketMetadataTableConfiguration DeleteBucketPolicy DeleteBucketWebsite
    GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketABAC GetBucketAcl GetBucketCORS
    GetBucketLocation GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification
    GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy
    GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging
    GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration
    GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration
    GetMetricsConfiguration GetReplicationConfiguration ListBucket ListBucketMultipartUploads
    ListBucketVersions ListTagsForResource PutAccelerateConfiguration PutAnalyticsConfiguration
    PutBucketABAC PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification
    PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy
    PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging PutBucketVersioning
    PutBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration
    PutInventoryConfiguration PutLifecycleConfiguration PutMetricsConfiguration
    PutReplicationConfiguration TagResource UntagResource
    UpdateBucketMetadataAnnotationTableConfiguration
    UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration
"""
_OF_NEITHER: Final = """
    GetAccountPublicAccessBlock ListAccessPoints ListAllMyBuckets ListJobs CreateJob DescribeJob
    PutAccountPublicAccessBlock GetAccessPoint CreateAccessPoint DeleteAccessPoint
"""

LEVELS: Final = {
    f"s3:{name}": level
    for level, names in ((OBJECT, _OF_OBJECTS), (BUCKET, _OF_BUCKETS), (NEITHER, _OF_NEITHER))
    for name in names.split()
}
_LOWER: Final = {action.lower(): level for action, level in LEVELS.items()}


def meant_by(pattern: str) -> dict[str, str]:
    """The actions that a policy's pattern means, in lower case, each with its level.

    Action names are not case-sensitive.
    """
    wanted = pattern.lower()
    if wanted in _LOWER:
        return {wanted: _LOWER[wanted]}
    if wanted == "*":
        return _LOWER
    if "*" not in wanted and "?" not in wanted:
        return {}
    compiled = glob(wanted)
    return {action: level for action, level in _LOWER.items() if compiled.matches(action)}


def levels_of(patterns: Iterable[str]) -> set[str]:
    """The levels of all the actions that patterns mean."""
    return {level for pattern in patterns for level in meant_by(pattern).values()}
