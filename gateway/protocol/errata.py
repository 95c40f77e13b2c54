"""Where S3 answers differently from its model, as data, each with its reason.

Where no other source is named, it is the API Reference's "Response Syntax" of
the operation.
"""

from typing import Final

from gateway.protocol.xml import DOCUMENT_BYTES_MAX

NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"
INSTANCE_NAMESPACE: Final = "http://www.w3.org/2001/XMLSchema-instance"  # of xsi:type

# The root elements that S3's documentation shows; the model has only shapes' names.
ROOTS: Final = {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CreateSession": "CreateSessionResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycle": "LifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotification": "NotificationConfiguration",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectLegalHold": "LegalHold",
    "GetObjectRetention": "Retention",
    "GetObjectTagging": "Tagging",
    "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationResult",
    "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
    "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
}

# Lists in which the items of another member of the output stand too, in one order: what the
# listing is ordered by tells, not what it is.  "Sample Response" of ListObjectVersions.
INTERLEAVED: Final = {("ListObjectVersionsOutput", "Versions"): "DeleteMarkers"}

# The order in which S3 writes a structure's members, where its own is not the model's: what is
# named here first, the others after it as the model has them.  SDKs that read as they go (Java's
# first version gives a bucket the owner that it has read before) were written against these.
# The pages are the API Reference's; the order is that of their sample responses.
ORDERS: Final = {
    # ListBuckets shows the buckets first since it was rewritten; the older RESTServiceGET, and
    # what S3 sends (botocore keeps such an answer among its tests), have their owner first.
    "ListBucketsOutput": ("Owner", "Buckets", "Prefix", "ContinuationToken"),
    "Owner": ("ID", "DisplayName"),  # GetBucketAcl, GetObjectAcl, ListParts, ListMultipartUploads
    "Grantee": ("ID", "DisplayName"),  # GetBucketAcl, GetObjectAcl
    "ListObjectsOutput": (  # ListObjects; NextMarker as in RESTBucketGET
        *("Name", "Prefix", "Marker", "NextMarker", "MaxKeys", "Delimiter", "EncodingType"),
        "IsTruncated",
    ),
    "ListObjectsV2Output": (  # ListObjectsV2
        *("Name", "Prefix", "StartAfter", "ContinuationToken", "NextContinuationToken"),
        *("KeyCount", "MaxKeys", "Delimiter", "EncodingType", "IsTruncated"),
    ),
    "ListObjectVersionsOutput": (  # ListObjectVersions
        *("Name", "Prefix", "KeyMarker", "VersionIdMarker", "NextKeyMarker"),
        *("NextVersionIdMarker", "MaxKeys", "Delimiter", "EncodingType", "IsTruncated"),
    ),
    "ObjectVersion": (  # ListObjectVersions
        *("Key", "VersionId", "IsLatest", "LastModified", "ETag", "ChecksumAlgorithm"),
        *("ChecksumType", "Size", "Owner", "StorageClass"),
    ),
    "DeleteMarkerEntry": ("Key", "VersionId", "IsLatest", "LastModified"),  # ListObjectVersions
    "ListMultipartUploadsOutput": (  # ListMultipartUploads
        *("Bucket", "KeyMarker", "UploadIdMarker", "NextKeyMarker", "NextUploadIdMarker"),
        *("Delimiter", "Prefix", "EncodingType", "MaxUploads", "IsTruncated"),
    ),
    "MultipartUpload": (  # ListMultipartUploads
        *("Key", "UploadId", "Initiator", "Owner", "StorageClass", "Initiated"),
    ),
    "ListPartsOutput": (  # ListParts
        *("Bucket", "Key", "UploadId", "Initiator", "Owner", "StorageClass", "PartNumberMarker"),
        *("NextPartNumberMarker", "MaxParts", "IsTruncated"),
    ),
    "CopyObjectResult": ("LastModified", "ETag"),  # CopyObject
    "CopyPartResult": ("LastModified", "ETag"),  # UploadPartCopy
    "CORSRule": (  # GetBucketCors; the headers as in the request that it shows
        *("ID", "AllowedOrigins", "AllowedMethods", "AllowedHeaders", "MaxAgeSeconds"),
    ),
    "LifecycleRule": (  # GetBucketLifecycleConfiguration
        *("ID", "Prefix", "Filter", "Status", "Transitions", "Expiration"),
    ),
    "LoggingEnabled": ("TargetBucket", "TargetPrefix"),  # GetBucketLogging
    "ReplicationRule": (  # GetBucketReplication
        *("ID", "Prefix", "Status", "Priority", "DeleteMarkerReplication", "Filter"),
        *("SourceSelectionCriteria", "ExistingObjectReplication", "Destination"),
    ),
    "InventoryConfiguration": (  # GetBucketInventoryConfiguration
        *("Id", "IsEnabled", "Destination", "Schedule", "Filter", "IncludedObjectVersions"),
    ),
    "InventoryS3BucketDestination": ("Format", "AccountId"),  # GetBucketInventoryConfiguration
    "ListBucketAnalyticsConfigurationsOutput": (  # ListBucketAnalyticsConfigurations
        *("AnalyticsConfigurationList", "IsTruncated"),
    ),
    "ListBucketInventoryConfigurationsOutput": (  # ListBucketInventoryConfigurations
        *("InventoryConfigurationList", "IsTruncated", "ContinuationToken"),
    ),
    "ListBucketMetricsConfigurationsOutput": (  # ListBucketMetricsConfigurations
        *("MetricsConfigurationList", "IsTruncated"),
    ),
}

# The model says 200, or nothing.
STATUSES: Final = {
    "PutBucketPolicy": 204,
    # These answered 204 to those who compared with S3 itself.
    "PutBucketAnalyticsConfiguration": 204,
    "PutBucketIntelligentTieringConfiguration": 204,
    "PutBucketInventoryConfiguration": 204,
    "PutBucketMetricsConfiguration": 204,
    "PutBucketTagging": 204,
}

# Operations that share method, path and every required parameter with another; S3's
# general purpose endpoint means the other (directory buckets are listed by a host of
# its own, and the older names of two documents are deprecated).
SHADOWED: Final = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "ListDirectoryBuckets": "ListBuckets",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
}

# Where an operation is found that the model sends to a host of its own: the path
# /WriteGetObjectResponse looks like a bucket's.
LEVELS: Final = {"WriteGetObjectResponse": "bucket"}

# In the model a member of the query like any other, but what the request is about.
SUBRESOURCE_PARAMETERS: Final = frozenset(("uploadId",))

# In the model a constant of the path, but SDKs use it only to name the operation.
NO_SUBRESOURCES: Final = frozenset(("x-id",))

# Parameters that an operation must not have, for then something else was meant: a part
# without its upload would replace the object.
FORBIDDEN: Final = {
    operation: {
        "partNumber": "This operation does not accept partNumber without uploadId",
    }
    for operation in ("PutObject", "CopyObject")
}

# Conditions that S3 refuses where an operation does not have them: to write although a
# condition was given is what its sender wanted to prevent.  RFC 9110, section 13.1.
CONDITIONS: Final = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")

# Headers of a neighbouring operation that would change what is meant.
REFUSED_HEADERS: Final = {"CopyObject": ("x-amz-copy-source-range",)}

# Sub-resources of a bucket asked of a key, and the reverse; S3's own words.
MISPLACED: Final = {
    ("object", "versions"): (
        "InvalidRequest",
        "There is no such thing as the ?versions sub-resource for a key",
    ),
    ("object", "logging"): (
        "NoLoggingStatusForKey",
        "There is no such thing as the ?logging sub-resource for a key",
    ),
    ("bucket", "uploadId"): ("InvalidRequest", "A key must be specified"),
}

# ResourceType of MethodNotAllowed where it is not simply the sub-resource's name;
# User Guide, "Amazon S3 server access log format", names the same resources.
RESOURCE_TYPES: Final = {"uploadId": "UPLOAD"}

# Browser forms are no operation of the model: RESTObjectPOST in the API Reference.
POST_OBJECT: Final = "PostObject"

# Elements that SDKs send although the reference names another.
OTHER_ROOTS: Final = {
    "CompleteMultipartUpload": ("CompleteMultipartUploadRequest",),
    "CreateBucket": ("CreateBucketConfiguration",),
}

# Documents that an operation cannot do without, though the model calls them optional, and
# what S3 says where there is none.
MISSING_DOCUMENTS: Final = {
    "CompleteMultipartUpload": ("InvalidRequest", "You must specify at least one part"),
}

# Documents with more elements than others: 10,000 parts of up to 13 members.
ELEMENTS_MAX: Final = {"CompleteMultipartUpload": 10_000 * 14 + 2}

# The largest documents, in bytes.  DeleteObjects: 1,000 keys of 1,024 bytes, each byte escaped
# as &quot; or &#x0D; (6), and 512 for an object's other members and its white space.
DOCUMENTS_BYTES_MAX: Final = {
    "CompleteMultipartUpload": DOCUMENT_BYTES_MAX,
    "PutBucketCors": 64 * 1024,  # API Reference, PutBucketCors
    # 1,000 rules, each with an id (255), a prefix of 512 and some tags.
    "PutBucketLifecycleConfiguration": 1000 * 2048,
    "PutBucketWebsite": 128 * 1024,  # API Reference, PutBucketWebsite
    "DeleteObjects": 1000 * (1024 * 6 + 512),
}

# Of all others: ten tags of 128 and 256 characters, escaped (8), are 31 KiB; a policy has 20.
OTHER_DOCUMENTS_BYTES_MAX: Final = 256 * 1024

assert max(DOCUMENTS_BYTES_MAX.values()) <= DOCUMENT_BYTES_MAX

# Dates that are ignored if they are none (RFC 9110, sections 13.1.3 and 13.1.4); any
# other date that cannot be read is refused, for ignoring it would drop a condition.
IGNORABLE_DATES: Final = frozenset(
    (
        "CopySourceIfModifiedSince",
        "CopySourceIfUnmodifiedSince",
        "IfModifiedSince",
        "IfUnmodifiedSince",
    )
)

# Enumerations that a document may pass: S3 has other errors than MalformedXML for a value
# it does not know, or takes more values than its model lists.
OPEN_ENUMERATIONS: Final = frozenset(
    (
        "BucketLocationConstraint",  # InvalidLocationConstraint, IllegalLocationConstraintException
        "Event",  # InvalidArgument: "A specified event is not supported for notifications."
        "FilterRuleName",  # any case; InvalidArgument: "filter rule name must be ..."
        "Protocol",  # InvalidRequest: "Invalid protocol, protocol can be http or https. ..."
        "ServerSideEncryption",  # InvalidEncryptionAlgorithmError
        "StorageClass",  # InvalidStorageClass
    )
)

# Documents that need no digest, though the model says so: s3cmd sends ACLs without one to S3.
CHECKSUM_OPTIONAL: Final = frozenset(("PutBucketAcl", "PutObjectAcl"))
