"""A request of each operation, and the permissions that AWS documents for it.

Source: User Guide, "Required permissions for Amazon S3 API operations".
"""

from typing import Final, NamedTuple

from gateway.exchange import HeaderList
from tests.gateway.inside import digest_of

TAGGING = b"<Tagging><TagSet/></Tagging>"
PAYMENT = b"<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"
VERSIONING = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
LIFECYCLE = (
    b"<LifecycleConfiguration><Rule><Filter/><Status>Enabled</Status>"
    b"<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
)
ENCRYPTION = (
    b"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
    b"<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
    b"</ServerSideEncryptionConfiguration>"
)
RESTORE = b"<RestoreRequest><Days>1</Days></RestoreRequest>"
OBJECT_LOCK = (
    b"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
    b"</ObjectLockConfiguration>"
)
RETENTION = b"<Retention/>"
LEGAL_HOLD = b"<LegalHold><Status>ON</Status></LegalHold>"
LOCKING: HeaderList = [
    (b"x-amz-object-lock-mode", b"GOVERNANCE"),
    (b"x-amz-object-lock-retain-until-date", b"2999-01-01T00:00:00Z"),
    (b"x-amz-object-lock-legal-hold", b"ON"),
]
BYPASS: HeaderList = [(b"x-amz-bypass-governance-retention", b"true")]
DELETE = b"<Delete><Object><Key>gone</Key></Object></Delete>"
DELETE_VERSION = b"<Delete><Object><Key>gone</Key><VersionId>null</VersionId></Object></Delete>"
COMPLETE = (
    b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part>"
    b"</CompleteMultipartUpload>"
)
FROM: HeaderList = [(b"x-amz-copy-source", b"/source/k")]
FROM_VERSION: HeaderList = [(b"x-amz-copy-source", b"/source/k?versionId=null")]
CORS = (
    b"<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod>"
    b"<AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>"
)
REPLICATION = (
    b"<ReplicationConfiguration><Role>r</Role><Rule><Status>Enabled</Status>"
    b"<Destination><Bucket>arn:aws:s3:::other</Bucket></Destination></Rule>"
    b"</ReplicationConfiguration>"
)
IDENTIFIED = (  # noun, query and what follows the id
    ("Analytics", "analytics", "<StorageClassAnalysis/>"),
    (
        "IntelligentTiering",
        "intelligent-tiering",
        "<Status>Enabled</Status><Tiering><Days>90</Days><AccessTier>ARCHIVE_ACCESS</AccessTier>"
        "</Tiering>",
    ),
    (
        "Inventory",
        "inventory",
        "<Destination><S3BucketDestination><Bucket>arn:aws:s3:::other</Bucket>"
        "<Format>CSV</Format></S3BucketDestination></Destination><IsEnabled>true</IsEnabled>"
        "<IncludedObjectVersions>All</IncludedObjectVersions>"
        "<Schedule><Frequency>Daily</Frequency></Schedule>",
    ),
    ("Metrics", "metrics", ""),
)
# Of documents that are put, got and deleted: what each is called, and its permissions.
DOCUMENTS = (
    (
        "BucketAccelerateConfiguration",
        "accelerate",
        "AccelerateConfiguration",
        b"<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>",
        "",
    ),
    ("BucketCors", "cors", "BucketCORS", CORS, "Put"),
    ("BucketLogging", "logging", "BucketLogging", b"<BucketLoggingStatus/>", ""),
    (
        "BucketNotificationConfiguration",
        "notification",
        "BucketNotification",
        b"<NotificationConfiguration/>",
        "",
    ),
    (
        "BucketReplication",
        "replication",
        "ReplicationConfiguration",
        REPLICATION,
        "Put",
    ),
    ("BucketWebsite", "website", "BucketWebsite", b"<WebsiteConfiguration/>", "Delete"),
    (
        "BucketEncryption",
        "encryption",
        "EncryptionConfiguration",
        ENCRYPTION,
        "Put",
    ),
)
PRIVATE: Final = (b"x-amz-acl", b"private")
OWN_ACL: HeaderList = [(b"x-amz-acl", b"bucket-owner-full-control")]
POLICY = (
    b'{"Statement":{"Effect":"Allow","Principal":{"AWS":"000000000001"},"Action":"s3:*",'
    b'"Resource":"arn:aws:s3:::bucket"}}'
)


class Case(NamedTuple):
    """A request and what it needs: permissions, each with the bucket it is needed on."""

    operation: str
    method: str
    target: str  # {upload} stands for one's id
    needed: tuple[tuple[str, str], ...]
    body: bytes = b""
    headers: HeaderList = ()


def on(bucket: str, *actions: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"s3:{action}", bucket) for action in actions)


def of(*actions: str) -> tuple[tuple[str, str], ...]:
    return on("bucket", *actions)


PLACES = ("/bucket", "/source", "/bucket/k", "/source/k")  # that are there when a case begins
UPLOAD = "/bucket/m?uploadId={upload}"
CASES = [
    Case("ListBuckets", "GET", "/", on("", "ListAllMyBuckets")),
    Case("CreateBucket", "PUT", "/another", on("", "CreateBucket")),
    Case("HeadBucket", "HEAD", "/bucket", of("ListBucket")),
    Case("DeleteBucket", "DELETE", "/bucket", of("DeleteBucket")),
    Case("GetBucketLocation", "GET", "/bucket?location", of("GetBucketLocation")),
    Case("ListObjects", "GET", "/bucket", of("ListBucket")),
    Case("ListObjectsV2", "GET", "/bucket?list-type=2", of("ListBucket")),
    Case("ListObjectVersions", "GET", "/bucket?versions", of("ListBucketVersions")),
    Case("GetBucketVersioning", "GET", "/bucket?versioning", of("GetBucketVersioning")),
    Case(
        "PutBucketVersioning",
        "PUT",
        "/bucket?versioning",
        of("PutBucketVersioning"),
        VERSIONING,
    ),
    Case(
        "GetObjectLockConfiguration",
        "GET",
        "/bucket?object-lock",
        of("GetBucketObjectLockConfiguration"),
    ),
    Case(
        "PutObjectLockConfiguration",
        "PUT",
        "/bucket?object-lock",
        of("PutBucketObjectLockConfiguration"),
        OBJECT_LOCK,
    ),
    Case("GetObjectRetention", "GET", "/bucket/k?retention", of("GetObjectRetention")),
    Case("PutObjectRetention", "PUT", "/bucket/k?retention", of("PutObjectRetention"), RETENTION),
    Case("GetObjectLegalHold", "GET", "/bucket/k?legal-hold", of("GetObjectLegalHold")),
    Case("PutObjectLegalHold", "PUT", "/bucket/k?legal-hold", of("PutObjectLegalHold"), LEGAL_HOLD),
    Case(
        "CreateBucket",
        "PUT",
        "/another",
        on("", "CreateBucket", "PutBucketObjectLockConfiguration", "PutBucketVersioning"),
        headers=[(b"x-amz-bucket-object-lock-enabled", b"true")],
    ),
    Case(
        "PutObject",
        "PUT",
        "/locked/k",
        on("locked", "PutObject", "PutObjectRetention", "PutObjectLegalHold"),
        b"x",
        LOCKING,
    ),
    Case(
        "CopyObject",
        "PUT",
        "/locked/c",
        on("locked", "PutObject", "PutObjectRetention", "PutObjectLegalHold")
        + on("source", "GetObject"),
        headers=[*FROM, *LOCKING],
    ),
    Case(
        "CreateMultipartUpload",
        "POST",
        "/locked/m?uploads",
        on("locked", "PutObject", "PutObjectRetention", "PutObjectLegalHold"),
        headers=LOCKING,
    ),
    Case(
        "DeleteObject",
        "DELETE",
        "/locked/gone?versionId=null",
        on("locked", "DeleteObjectVersion", "BypassGovernanceRetention"),
        headers=BYPASS,
    ),
    Case(
        "DeleteObjects",
        "POST",
        "/locked?delete",
        on("locked", "DeleteObjectVersion", "BypassGovernanceRetention"),
        DELETE_VERSION,
        BYPASS,
    ),
    Case(
        "PutObjectRetention",
        "PUT",
        "/locked/k?retention",
        on("locked", "PutObjectRetention", "BypassGovernanceRetention"),
        RETENTION,
        BYPASS,
    ),
    Case("ListMultipartUploads", "GET", "/bucket?uploads", of("ListBucketMultipartUploads")),
    Case("PutObject", "PUT", "/bucket/k", of("PutObject"), b"x"),
    Case("GetObject", "GET", "/bucket/k", of("GetObject")),
    Case("GetObject", "GET", "/bucket/k?versionId=null", of("GetObjectVersion")),
    Case("HeadObject", "HEAD", "/bucket/k", of("GetObject")),
    Case("HeadObject", "HEAD", "/bucket/k?versionId=null", of("GetObjectVersion")),
    Case("DeleteObject", "DELETE", "/bucket/gone", of("DeleteObject")),
    Case("DeleteObject", "DELETE", "/bucket/gone?versionId=null", of("DeleteObjectVersion")),
    Case("DeleteObjects", "POST", "/bucket?delete", of("DeleteObject"), DELETE),
    Case(
        "DeleteObjects",
        "POST",
        "/bucket?delete",
        of("DeleteObjectVersion"),
        DELETE_VERSION,
    ),
    Case(
        "GetObjectAttributes",
        "GET",
        "/bucket/k?attributes",
        of("GetObject", "GetObjectAttributes"),
        headers=[(b"x-amz-object-attributes", b"ETag")],
    ),
    Case(
        "GetObjectAttributes",
        "GET",
        "/bucket/k?attributes&versionId=null",
        of("GetObjectVersion", "GetObjectVersionAttributes"),
        headers=[(b"x-amz-object-attributes", b"ETag")],
    ),
    Case(
        "CopyObject",
        "PUT",
        "/bucket/c",
        of("PutObject") + on("source", "GetObject"),
        headers=FROM,
    ),
    Case(
        "CopyObject",
        "PUT",
        "/bucket/c",
        of("PutObject") + on("source", "GetObjectVersion"),
        headers=FROM_VERSION,
    ),
    Case("GetObjectTagging", "GET", "/bucket/k?tagging", of("GetObjectTagging")),
    Case(
        "GetObjectTagging",
        "GET",
        "/bucket/k?tagging&versionId=null",
        of("GetObjectVersionTagging"),
    ),
    Case("PutObjectTagging", "PUT", "/bucket/k?tagging", of("PutObjectTagging"), TAGGING),
    Case(
        "PutObjectTagging",
        "PUT",
        "/bucket/k?tagging&versionId=null",
        of("PutObjectVersionTagging"),
        TAGGING,
    ),
    Case("DeleteObjectTagging", "DELETE", "/bucket/k?tagging", of("DeleteObjectTagging")),
    Case(
        "DeleteObjectTagging",
        "DELETE",
        "/bucket/k?tagging&versionId=null",
        of("DeleteObjectVersionTagging"),
    ),
    Case("GetBucketTagging", "GET", "/bucket?tagging", of("GetBucketTagging")),
    Case("PutBucketTagging", "PUT", "/bucket?tagging", of("PutBucketTagging"), TAGGING),
    Case("DeleteBucketTagging", "DELETE", "/bucket?tagging", of("PutBucketTagging")),
    Case(
        "GetBucketRequestPayment",
        "GET",
        "/bucket?requestPayment",
        of("GetBucketRequestPayment"),
    ),
    Case(
        "PutBucketRequestPayment",
        "PUT",
        "/bucket?requestPayment",
        of("PutBucketRequestPayment"),
        PAYMENT,
    ),
    *(
        Case(f"{verb}{noun}", method, f"/bucket?{query}", of(f"{action}{permission}"), body)
        for noun, query, permission, document, deletes in DOCUMENTS
        for verb, method, action, body in (
            ("Get", "GET", "Get", b""),
            ("Put", "PUT", "Put", document),
            *((("Delete", "DELETE", deletes, b""),) if deletes else ()),
        )
    ),
    *(
        Case(operation, method, f"/bucket?{query}{id_}", of(f"{action}{noun}Configuration"), body)
        for noun, query, inside in IDENTIFIED
        for operation, method, id_, action, body in (
            (f"GetBucket{noun}Configuration", "GET", "&id=x", "Get", b""),
            (
                f"PutBucket{noun}Configuration",
                "PUT",
                "&id=x",
                "Put",
                f"<{noun}Configuration><Id>x</Id>{inside}</{noun}Configuration>".encode(),
            ),
            (f"DeleteBucket{noun}Configuration", "DELETE", "&id=x", "Put", b""),
            (f"ListBucket{noun}Configurations", "GET", "", "Get", b""),
        )
    ),
    Case(
        "GetBucketLifecycleConfiguration",
        "GET",
        "/bucket?lifecycle",
        of("GetLifecycleConfiguration"),
    ),
    Case(
        "PutBucketLifecycleConfiguration",
        "PUT",
        "/bucket?lifecycle",
        of("PutLifecycleConfiguration"),
        LIFECYCLE,
    ),
    Case("DeleteBucketLifecycle", "DELETE", "/bucket?lifecycle", of("PutLifecycleConfiguration")),
    Case("RestoreObject", "POST", "/bucket/k?restore", of("RestoreObject"), RESTORE),
    Case(
        "RestoreObject",
        "POST",
        "/bucket/k?restore&versionId=null",
        of("RestoreObject"),
        RESTORE,
    ),
    Case(
        "UpdateObjectEncryption",
        "PUT",
        "/bucket/k?encryption",
        of("UpdateObjectEncryption"),
        b"<ObjectEncryption/>",
    ),
    Case("CreateMultipartUpload", "POST", "/bucket/m?uploads", of("PutObject")),
    Case("UploadPart", "PUT", UPLOAD + "&partNumber=1", of("PutObject"), b"x"),
    Case(
        "UploadPartCopy",
        "PUT",
        UPLOAD + "&partNumber=1",
        of("PutObject") + on("source", "GetObject"),
        headers=FROM,
    ),
    Case("CompleteMultipartUpload", "POST", UPLOAD, of("PutObject"), COMPLETE),
    Case("AbortMultipartUpload", "DELETE", UPLOAD, of("AbortMultipartUpload")),
    Case("ListParts", "GET", UPLOAD, of("ListMultipartUploadParts")),
    Case("GetBucketAcl", "GET", "/bucket?acl", of("GetBucketAcl")),
    Case("PutBucketAcl", "PUT", "/bucket?acl", of("PutBucketAcl"), headers=OWN_ACL),
    Case("GetObjectAcl", "GET", "/bucket/k?acl", of("GetObjectAcl")),
    Case("GetObjectAcl", "GET", "/bucket/k?acl&versionId=null", of("GetObjectVersionAcl")),
    Case("PutObjectAcl", "PUT", "/bucket/k?acl", of("PutObjectAcl"), headers=OWN_ACL),
    Case(
        "PutObjectAcl",
        "PUT",
        "/bucket/k?acl&versionId=null",
        of("PutObjectVersionAcl"),
        headers=OWN_ACL,
    ),
    Case("PutBucketPolicy", "PUT", "/bucket?policy", of("PutBucketPolicy"), POLICY),
    Case("GetBucketPolicy", "GET", "/bucket?policy", of("GetBucketPolicy")),
    Case("DeleteBucketPolicy", "DELETE", "/bucket?policy", of("DeleteBucketPolicy")),
    Case("GetBucketPolicyStatus", "GET", "/bucket?policyStatus", of("GetBucketPolicyStatus")),
    Case(
        "PutPublicAccessBlock",
        "PUT",
        "/bucket?publicAccessBlock",
        of("PutBucketPublicAccessBlock"),
        b"<PublicAccessBlockConfiguration/>",
    ),
    Case(
        "GetPublicAccessBlock",
        "GET",
        "/bucket?publicAccessBlock",
        of("GetBucketPublicAccessBlock"),
    ),
    Case(
        "DeletePublicAccessBlock",
        "DELETE",
        "/bucket?publicAccessBlock",
        of("PutBucketPublicAccessBlock"),
    ),
    Case(
        "PutBucketOwnershipControls",
        "PUT",
        "/bucket?ownershipControls",
        of("PutBucketOwnershipControls"),
        b"<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
        b"</OwnershipControls>",
    ),
    Case(
        "GetBucketOwnershipControls",
        "GET",
        "/bucket?ownershipControls",
        of("GetBucketOwnershipControls"),
    ),
    Case(
        "DeleteBucketOwnershipControls",
        "DELETE",
        "/bucket?ownershipControls",
        of("PutBucketOwnershipControls"),
    ),
    Case(
        "PutObject",
        "PUT",
        "/bucket/k",
        of("PutObject", "PutObjectAcl", "PutObjectTagging"),
        b"x",
        [PRIVATE, (b"x-amz-tagging", b"a=b")],
    ),
    Case(
        "CreateMultipartUpload",
        "POST",
        "/bucket/m?uploads",
        of("PutObject", "PutObjectAcl", "PutObjectTagging"),
        headers=[PRIVATE, (b"x-amz-tagging", b"a=b")],
    ),
    Case(
        "CopyObject",
        "PUT",
        "/bucket/c",
        of("PutObject", "PutObjectTagging") + on("source", "GetObject"),
        headers=[*FROM, (b"x-amz-tagging", b"a=b"), (b"x-amz-tagging-directive", b"REPLACE")],
    ),
    Case(
        "CreateBucket",
        "PUT",
        "/other",
        on("", "CreateBucket", "PutBucketOwnershipControls"),
        headers=[(b"x-amz-object-ownership", b"ObjectWriter")],
    ),
]


def headers_of(case: Case) -> HeaderList:
    """Its headers, and the digest that documents need."""
    if case.method != "PUT" or not case.body:
        return case.headers
    return [*case.headers, digest_of(case.body)]
