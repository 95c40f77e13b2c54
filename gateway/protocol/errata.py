"""Where S3 answers differently from its model, as data, each with its reason."""

from typing import Final

NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"

# The root elements that S3's documentation shows; the model has only shapes' names.
# API Reference, "Response Syntax" of each operation.
ROOTS: Final = {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketTagging": "Tagging",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
}

# The model gives no status for these; API Reference, "Response Syntax".
STATUSES: Final = {
    "AbortMultipartUpload": 204,
    "DeleteBucket": 204,
    "DeleteObject": 204,
    "DeleteObjectTagging": 204,
}

# Operations that share method, path and every required parameter with another; S3's
# general purpose endpoint means the other (directory buckets have hosts of their own,
# and the older names of two documents are deprecated).
SHADOWED: Final = frozenset(
    (
        "CreateSession",
        "GetBucketLifecycle",
        "GetBucketNotification",
        "ListDirectoryBuckets",
        "PutBucketLifecycle",
        "PutBucketNotification",
    )
)

# In the model a member of the query like any other, but what it is about.
SUBRESOURCE_PARAMETERS: Final = frozenset(("uploadId",))

# Browser forms are no operation of the model: RESTObjectPOST in the API Reference.
POST_OBJECT: Final = "PostObject"

# Elements that SDKs send although the reference names another.
OTHER_ROOTS: Final = {
    "CompleteMultipartUpload": ("CompleteMultipartUploadRequest",),
    "CreateBucket": ("CreateBucketConfiguration",),
}
