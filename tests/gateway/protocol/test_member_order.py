"""The order of the elements of each XML answer, as S3's documentation shows it.

The table has the names of the elements of the API Reference's sample responses, each
within its parent, in the order in which they stand there, from all the samples of a
page; where a page has none, that is said.  Clients that read an answer as it comes
depend on it (Java's first SDK).
"""

import re
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest

from gateway.protocol import errata
from gateway.protocol.classes import Classes
from gateway.protocol.errors import error_document
from gateway.protocol.shapes import OPERATIONS, is_streaming
from tests.gateway.protocol.reference import MODEL, PLANS

_CLASSES: Final = Classes(MODEL)

# Of an operation: the answer's elements, as name(name name(name)).  The page is the operation's
# own in the API Reference, "Examples", unless a comment says otherwise.
_ACL: Final = (
    "AccessControlPolicy(Owner(ID DisplayName)"
    " AccessControlList(Grant(Grantee(ID DisplayName) Permission)))"
)
_ANALYTICS: Final = (
    "AnalyticsConfiguration(Id Filter(And(Prefix Tag(Key Value)))"
    " StorageClassAnalysis(DataExport(OutputSchemaVersion Destination("
    "S3BucketDestination(Format BucketAccountId Bucket Prefix)))))"
)
_INVENTORY: Final = (
    "InventoryConfiguration(Id IsEnabled Destination(S3BucketDestination("
    "Format AccountId Bucket Prefix)) Schedule(Frequency) Filter(Prefix)"
    " IncludedObjectVersions OptionalFields(Field))"
)
_METRICS: Final = "MetricsConfiguration(Id Filter(And(Prefix Tag(Key Value))))"
SHOWN: Final = {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult(Location Bucket Key ETag)",
    "CopyObject": "CopyObjectResult(LastModified ETag)",
    "CreateMultipartUpload": "InitiateMultipartUploadResult(Bucket Key UploadId)",
    "DeleteObjects": (
        "DeleteResult(Deleted(Key VersionId DeleteMarker DeleteMarkerVersionId)"
        " Error(Key Code Message))"
    ),
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration(Status)",
    "GetBucketAcl": _ACL,
    "GetBucketAnalyticsConfiguration": _ANALYTICS,
    "GetBucketCors": (  # AllowedHeader from the request of the same page
        "CORSConfiguration(CORSRule("
        "AllowedOrigin AllowedMethod AllowedHeader MaxAgeSeconds ExposeHeader))"
    ),
    "GetBucketEncryption": (  # KMSMasterKeyID is misspelt KMSKeyID there
        "ServerSideEncryptionConfiguration(Rule("
        "ApplyServerSideEncryptionByDefault(SSEAlgorithm KMSMasterKeyID)))"
    ),
    "GetBucketInventoryConfiguration": _INVENTORY,
    "GetBucketLifecycleConfiguration": (
        "LifecycleConfiguration(Rule(ID Prefix"
        " Filter(And(Prefix ObjectSizeGreaterThan ObjectSizeLessThan)) Status"
        " Transition(Days StorageClass) Expiration(Days)"
        " AbortIncompleteMultipartUpload(DaysAfterInitiation)))"
    ),
    "GetBucketLocation": "LocationConstraint",
    "GetBucketLogging": (
        "BucketLoggingStatus(LoggingEnabled(TargetBucket TargetPrefix"
        " TargetGrants(Grant(Grantee(EmailAddress) Permission))))"
    ),
    "GetBucketMetricsConfiguration": _METRICS,
    "GetBucketNotificationConfiguration": (
        "NotificationConfiguration(TopicConfiguration(Id Topic Event))"
    ),
    "GetBucketOwnershipControls": "OwnershipControls(Rule(ObjectOwnership))",
    "GetBucketPolicyStatus": "PolicyStatus(IsPublic)",
    "GetBucketReplication": (
        "ReplicationConfiguration(Role Rule(ID Status Priority DeleteMarkerReplication(Status)"
        " Filter(And(Prefix Tag(Key Value))) Destination(Bucket)))"
    ),
    "GetBucketRequestPayment": "RequestPaymentConfiguration(Payer)",
    "GetBucketTagging": "Tagging(TagSet(Tag(Key Value)))",
    "GetBucketVersioning": "VersioningConfiguration(Status MfaDelete)",
    "GetBucketWebsite": "WebsiteConfiguration(IndexDocument(Suffix) ErrorDocument(Key))",
    "GetObjectAcl": _ACL,
    "GetObjectTagging": "Tagging(TagSet(Tag(Key Value)))",
    "GetPublicAccessBlock": (
        "PublicAccessBlockConfiguration("
        "BlockPublicAcls IgnorePublicAcls BlockPublicPolicy RestrictPublicBuckets)"
    ),
    "ListBucketAnalyticsConfigurations": (
        f"ListBucketAnalyticsConfigurationResult({_ANALYTICS}"
        " IsTruncated ContinuationToken NextContinuationToken)"
    ),
    "ListBucketInventoryConfigurations": (
        f"ListInventoryConfigurationsResult({_INVENTORY}"
        " IsTruncated ContinuationToken NextContinuationToken)"
    ),
    "ListBucketMetricsConfigurations": f"ListMetricsConfigurationsResult({_METRICS} IsTruncated)",
    "ListBuckets": (  # RESTServiceGET; what is newer from ListBuckets
        "ListAllMyBucketsResult(Owner(ID DisplayName)"
        " Buckets(Bucket(Name CreationDate BucketRegion)) Prefix ContinuationToken)"
    ),
    "ListMultipartUploads": (
        "ListMultipartUploadsResult(Bucket KeyMarker UploadIdMarker NextKeyMarker"
        " NextUploadIdMarker Delimiter Prefix MaxUploads IsTruncated"
        " Upload(Key UploadId Initiator(ID DisplayName) Owner(ID DisplayName) StorageClass"
        " Initiated) CommonPrefixes(Prefix))"
    ),
    "ListObjectVersions": (
        "ListVersionsResult(Name Prefix KeyMarker VersionIdMarker NextKeyMarker"
        " NextVersionIdMarker MaxKeys Delimiter IsTruncated"
        " Version(Key VersionId IsLatest LastModified ETag Size Owner(ID DisplayName)"
        " StorageClass)"
        " DeleteMarker(Key VersionId IsLatest LastModified Owner(ID DisplayName))"
        " CommonPrefixes(Prefix))"
    ),
    "ListObjects": (
        "ListBucketResult(Name Prefix Marker MaxKeys Delimiter IsTruncated"
        " Contents(Key LastModified ETag Size StorageClass Owner(ID DisplayName))"
        " CommonPrefixes(Prefix))"
    ),
    "ListObjectsV2": (
        "ListBucketResult(Name Prefix StartAfter KeyCount MaxKeys Delimiter IsTruncated"
        " Contents(Key LastModified ETag Size StorageClass) CommonPrefixes(Prefix))"
    ),
    "ListParts": (
        "ListPartsResult(Bucket Key UploadId Initiator(ID DisplayName) Owner(ID DisplayName)"
        " StorageClass PartNumberMarker NextPartNumberMarker MaxParts IsTruncated"
        " Part(PartNumber LastModified ETag Size))"
    ),
    "UploadPartCopy": "CopyPartResult(LastModified ETag)",
}

# What other samples of the same page show, and cannot stand in one answer with the above.
ALSO_SHOWN: Final = {
    "GetBucketMetricsConfiguration": ("MetricsConfiguration(Id Filter(AccessPointArn))",),
    "ListObjectsV2": (
        "ListBucketResult(Name Prefix ContinuationToken KeyCount MaxKeys IsTruncated Contents)",
        "ListBucketResult(Name Prefix NextContinuationToken KeyCount MaxKeys IsTruncated Contents)",
    ),
}

# Pages without a sample response: the order is the model's, which "Response Syntax" shows too.
NOT_SHOWN: Final = {
    "GetBucketIntelligentTieringConfiguration",
    "GetObjectAttributes",
    "GetObjectLegalHold",
    "GetObjectLockConfiguration",
    "GetObjectRetention",
    "ListBucketIntelligentTieringConfigurations",
}

_TOKEN: Final = re.compile(r"[\w.-]+|[()]")
_SCALARS: Final = {"string": "x", "integer": 1, "long": 1, "boolean": True, "timestamp": 0}

Tree = dict[str, Any]  # an element's children by name, in the order of their first appearance


def _recorded(text: str) -> Tree:
    """The tree of a line of the table."""
    stack: list[Tree] = [{}]
    last: Tree = {}
    for token in _TOKEN.findall(text):
        match token:
            case "(":
                stack.append(last)
            case ")":
                stack.pop()
            case name:
                last = stack[-1][name] = {}
    assert len(stack) == 1, text
    return stack[0]


def _rendered(element: ET.Element) -> Tree:
    tree: Tree = {}
    for child in element:
        name = child.tag.rpartition("}")[2]
        tree.setdefault(name, {}).update(_rendered(child))
    return tree


def _answer(operation: str) -> ET.Element:
    """What is answered where every member is there."""
    plan = PLANS.by_name[operation]
    _, body = plan.render(_full(MODEL.operations[operation]["output"]["shape"]))
    assert body is not None
    return ET.fromstring(body)


def _full(name: str) -> Any:
    """A value of a shape with all its members, one item in each list."""
    shape = MODEL.shapes[name]
    match shape["type"]:
        case "structure":
            make = _CLASSES.of(name)
            values = [
                _full(definition["shape"])
                for definition in shape["members"].values()
                if not is_streaming(shape, definition, MODEL)
            ]
            full = make(**dict(zip(make.__struct_fields__, values, strict=True)))
            if name == "ListObjectVersionsOutput":  # of both kinds, as errata.INTERLEAVED says
                full.versions += full.delete_markers  # type: ignore[attr-defined]
            return full
        case "list":
            return [_full(shape["member"]["shape"])]
        case "map":
            return {}
    return _SCALARS[shape["type"]]


def _out_of_order(recorded: Tree, rendered: Tree, where: str) -> list[str]:
    """Where the second tree has not the first one's names, or has them in another order."""
    found = [name for name in rendered if name in recorded]
    if found != list(recorded):
        return [f"{where}: {found} instead of {list(recorded)}"]
    return [
        wrong
        for name, inner in recorded.items()
        for wrong in _out_of_order(inner, rendered[name], f"{where}/{name}")
    ]


@pytest.mark.parametrize(
    ("operation", "shown"),
    [
        *SHOWN.items(),
        *((name, text) for name, texts in ALSO_SHOWN.items() for text in texts),
    ],
)
def test_an_answer_has_its_elements_in_the_order_of_s3s_sample(operation: str, shown: str) -> None:
    answer = _answer(operation)
    ((root, recorded),) = _recorded(shown).items()
    assert answer.tag == f"{{{errata.NAMESPACE}}}{root}"
    assert _out_of_order(recorded, _rendered(answer), root) == []


def test_every_operation_that_answers_a_document_is_in_the_table() -> None:
    answering = {
        name
        for name in OPERATIONS
        if PLANS.by_name[name].out_body is not None and name != "GetBucketPolicy"  # JSON
    }
    assert answering == SHOWN.keys() | NOT_SHOWN
    assert not SHOWN.keys() & NOT_SHOWN


@pytest.mark.parametrize(("name", "order"), [*errata.ORDERS.items()])
def test_an_order_of_our_own_is_needed_and_names_members_that_stand_in_the_document(
    name: str, order: tuple[str, ...]
) -> None:
    in_document = [
        member
        for member, definition in MODEL.shapes[name]["members"].items()
        if "location" not in definition and "xmlAttribute" not in definition
    ]
    assert set(order) <= set(in_document)
    assert [*order, *(one for one in in_document if one not in order)] != in_document


def test_an_error_begins_as_s3s_samples_do() -> None:
    # API Reference, "Error responses", "REST error responses".
    document = error_document(
        "NoSuchKey", "gone", (("Key", "k"),), resource="/b/k", request_id="R", host_id="H"
    )
    names = list(_rendered(ET.fromstring(document)))
    assert names[:2] == ["Code", "Message"]
    assert names[-2:] == ["RequestId", "HostId"]
