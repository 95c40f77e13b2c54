"""Documents of buckets: one of each kind that is taken, and those that are refused."""

from typing import Final, NamedTuple


class Case(NamedTuple):
    """A document and what is said of it."""

    kind: str
    query: str
    document: str
    absent: tuple[int, str]  # what GET answers while there is none: status, and a part of it
    status: int = 200  # of a PUT
    refused: tuple[tuple[str, str], ...] = ()  # documents, and the code each is answered with


ROOT: Final = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def cors(rule: str) -> str:
    return f"<CORSConfiguration><CORSRule>{rule}</CORSRule></CORSConfiguration>"


def website(inside: str) -> str:
    return f"<WebsiteConfiguration {ROOT}>{inside}</WebsiteConfiguration>"


INDEX: Final = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>"


def routed(rule: str) -> str:
    rules = f"<RoutingRules><RoutingRule>{rule}</RoutingRule></RoutingRules>"
    return website(f"{INDEX}{rules}")


def logging(inside: str) -> str:
    return (
        f"<BucketLoggingStatus {ROOT}><LoggingEnabled>{inside}</LoggingEnabled>"
        "</BucketLoggingStatus>"
    )


def queue(inside: str, arn: str = "arn:aws:sqs:us-east-1:000000000001:q") -> str:
    return f"<QueueConfiguration>{inside}<Queue>{arn}</Queue></QueueConfiguration>"


def notification(inside: str) -> str:
    return f"<NotificationConfiguration {ROOT}>{inside}</NotificationConfiguration>"


def filtered(*rules: tuple[str, str]) -> str:
    inside = "".join(
        f"<FilterRule><Name>{name}</Name><Value>{value}</Value></FilterRule>"
        for name, value in rules
    )
    return f"<Filter><S3Key>{inside}</S3Key></Filter>"


PUT: Final = "<Event>s3:ObjectCreated:Put</Event>"
ANY: Final = "<Event>s3:ObjectCreated:*</Event>"


def replication(rule: str) -> str:
    return (
        f"<ReplicationConfiguration {ROOT}><Role>arn:aws:iam::000000000001:role/r</Role>"
        f"<Rule>{rule}</Rule></ReplicationConfiguration>"
    )


TO: Final = "<Destination><Bucket>arn:aws:s3:::target</Bucket></Destination>"
NO_MARKERS: Final = "<DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>"
CASES: Final = [
    Case(
        "accelerate",
        "accelerate",
        f"<AccelerateConfiguration {ROOT}><Status>Enabled</Status></AccelerateConfiguration>",
        (200, f"<AccelerateConfiguration {ROOT}></AccelerateConfiguration>"),
        refused=(
            ("<AccelerateConfiguration/>", "MalformedXML"),
            (
                "<AccelerateConfiguration><Status>On</Status></AccelerateConfiguration>",
                "MalformedXML",
            ),
        ),
    ),
    Case(
        "cors",
        "cors",
        f"<CORSConfiguration {ROOT}><CORSRule><ID>a</ID>"
        "<AllowedOrigin>http://*.example</AllowedOrigin><AllowedOrigin></AllowedOrigin>"
        "<AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>"
        "<AllowedHeader>x-AMZ-*</AllowedHeader><MaxAgeSeconds>3000</MaxAgeSeconds>"
        "<ExposeHeader>ETag</ExposeHeader></CORSRule>"
        "</CORSConfiguration>",
        (404, "<Code>NoSuchCORSConfiguration</Code>"),
        refused=(
            ("<CORSConfiguration/>", "MalformedXML"),
            (cors("<AllowedMethod>GET</AllowedMethod>"), "MalformedXML"),
            (cors("<AllowedOrigin>*</AllowedOrigin>"), "MalformedXML"),
            (
                cors("<AllowedMethod>TRACE</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"),
                "InvalidRequest",
            ),
            (
                cors("<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*.*</AllowedOrigin>"),
                "InvalidRequest",
            ),
            (
                cors(
                    "<AllowedHeader>*-*</AllowedHeader><AllowedMethod>GET</AllowedMethod>"
                    "<AllowedOrigin>*</AllowedOrigin>"
                ),
                "InvalidRequest",
            ),
            (
                cors(
                    "<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"
                    "<ExposeHeader>*</ExposeHeader>"
                ),
                "InvalidRequest",
            ),
            (
                cors(
                    "<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"
                    "<ExposeHeader>a&#10;b: c</ExposeHeader>"
                ),
                "MalformedXML",
            ),
            (
                "<CORSConfiguration>"
                + "<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"
                "</CORSRule>" * 101 + "</CORSConfiguration>",
                "MalformedXML",
            ),
        ),
    ),
    Case(
        "logging",
        "logging",
        logging(
            "<TargetBucket>target</TargetBucket><TargetPrefix>a/</TargetPrefix>"
            "<TargetObjectKeyFormat><PartitionedPrefix>"
            "<PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix>"
            "</TargetObjectKeyFormat>"
        ),
        (200, f"<BucketLoggingStatus {ROOT}></BucketLoggingStatus>"),
        refused=(
            (logging("<TargetBucket>target</TargetBucket>"), "MalformedXML"),
            (
                logging("<TargetBucket>nobodys</TargetBucket><TargetPrefix/>"),
                "InvalidTargetBucketForLogging",
            ),
            (
                logging("<TargetBucket>No Name</TargetBucket><TargetPrefix/>"),
                "InvalidTargetBucketForLogging",
            ),
            (
                logging(
                    "<TargetBucket>target</TargetBucket><TargetPrefix/><TargetObjectKeyFormat/>"
                ),
                "MalformedXML",
            ),
            (
                logging(
                    f"<TargetBucket>target</TargetBucket><TargetPrefix>{'x' * 801}</TargetPrefix>"
                ),
                "KeyTooLongError",
            ),
            (
                logging(
                    "<TargetBucket>target</TargetBucket><TargetGrants><Grant>"
                    '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
                    'xsi:type="CanonicalUser"><ID>x</ID></Grantee><Permission>READ</Permission>'
                    "</Grant></TargetGrants><TargetPrefix/>"
                ),
                "AccessControlListNotSupported",
            ),
        ),
    ),
    Case(
        "notification",
        "notification",
        notification(
            "<QueueConfiguration><Id>a</Id><Queue>arn:aws:sqs:us-east-1:000000000001:q</Queue>"
            f"{PUT}{filtered(('Prefix', 'in/'), ('Suffix', '.jpg'))}</QueueConfiguration>"
            "<EventBridgeConfiguration></EventBridgeConfiguration>"
        ),
        (200, f"<NotificationConfiguration {ROOT}></NotificationConfiguration>"),
        refused=(
            (notification(queue("")), "MalformedXML"),
            (notification(queue(PUT, "queue")), "InvalidArgument"),
            (notification(queue(PUT, "arn:aws:sns:us-east-1:1:t")), "InvalidArgument"),
            (notification(queue("<Event>s3:Nothing</Event>")), "InvalidArgument"),
            (notification(queue(PUT + filtered(("infix", "x")))), "InvalidArgument"),
            (
                notification(queue(PUT + filtered(("prefix", "x"), ("Prefix", "y")))),
                "InvalidArgument",
            ),
            (
                notification(queue(f"<Id>a</Id>{PUT}") + queue("<Id>a</Id>" + ANY)),
                "InvalidArgument",
            ),
            (notification(queue(PUT) + queue(ANY)), "InvalidArgument"),
            (
                notification(
                    queue(PUT + filtered(("prefix", "a")))
                    + queue(PUT + filtered(("prefix", "ab"), ("suffix", "c")))
                ),
                "InvalidArgument",
            ),
            (
                notification(queue(PUT + "<Filter><S3Key><FilterRule/></S3Key></Filter>")),
                "MalformedXML",
            ),
        ),
    ),
    Case(
        "replication",
        "replication",
        replication(
            f"<ID>a</ID><Status>Enabled</Status><Priority>1</Priority>{NO_MARKERS}"
            f"<Filter><Prefix>Tax</Prefix></Filter>{TO}"
        ),
        (404, "<Code>ReplicationConfigurationNotFoundError</Code>"),
        refused=(
            (
                "<ReplicationConfiguration><Role>r</Role></ReplicationConfiguration>",
                "MalformedXML",
            ),
            (
                replication(
                    "<Prefix/><Status>Enabled</Status><Destination><Bucket>target</Bucket>"
                    "</Destination>"
                ),
                "InvalidArgument",
            ),
            (
                replication(
                    "<Prefix/><Status>Enabled</Status><Destination>"
                    "<Bucket>arn:aws:s3:::nobodys</Bucket></Destination>"
                ),
                "InvalidRequest",
            ),
            (
                replication(
                    "<Prefix/><Status>Enabled</Status><Destination>"
                    "<Bucket>arn:aws:s3:::unversioned</Bucket></Destination>"
                ),
                "InvalidRequest",
            ),
            (
                replication(f"<Filter/><Status>Enabled</Status>{TO}{NO_MARKERS}"),
                "InvalidRequest",
            ),
            (
                replication(
                    f"<Priority>-1</Priority><Filter/><Status>Enabled</Status>{TO}{NO_MARKERS}"
                ),
                "MalformedXML",
            ),
            (
                replication(f"<Priority>1</Priority><Filter/><Status>Enabled</Status>{TO}"),
                "InvalidRequest",
            ),
            (
                replication(
                    f"<Prefix/><Filter/><Priority>1</Priority><Status>Enabled</Status>{TO}"
                    f"{NO_MARKERS}"
                ),
                "MalformedXML",
            ),
            (
                replication(
                    "<Prefix/><Status>Enabled</Status><Destination>"
                    "<Bucket>arn:aws:s3:::target</Bucket><Account>000000000009</Account>"
                    "</Destination>"
                ),
                "InvalidArgument",
            ),
            (
                replication(
                    "<Prefix/><Status>Enabled</Status><Destination>"
                    "<Bucket>arn:aws:s3:::target</Bucket><ReplicationTime><Status>Enabled</Status>"
                    "<Time><Minutes>16</Minutes></Time></ReplicationTime></Destination>"
                ),
                "MalformedXML",
            ),
        ),
    ),
    Case(
        "website",
        "website",
        website(
            "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>"
            "<ErrorDocument><Key>error.html</Key></ErrorDocument>"
            "<RoutingRules><RoutingRule><Condition>"
            "<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>"
            "<KeyPrefixEquals>docs/</KeyPrefixEquals></Condition><Redirect>"
            "<HttpRedirectCode>302</HttpRedirectCode>"
            "<ReplaceKeyPrefixWith></ReplaceKeyPrefixWith></Redirect></RoutingRule></RoutingRules>"
        ),
        (404, "<Code>NoSuchWebsiteConfiguration</Code>"),
        refused=(
            (website(""), "InvalidArgument"),
            (website("<IndexDocument><Suffix>/a</Suffix></IndexDocument>"), "InvalidArgument"),
            (website("<IndexDocument><Suffix></Suffix></IndexDocument>"), "InvalidArgument"),
            (website("<ErrorDocument><Key>e</Key></ErrorDocument>"), "InvalidArgument"),
            (
                website(
                    f"{INDEX}<RedirectAllRequestsTo><HostName>a</HostName></RedirectAllRequestsTo>"
                ),
                "InvalidArgument",
            ),
            (
                website(
                    "<RedirectAllRequestsTo><HostName>a</HostName><Protocol>ftp</Protocol>"
                    "</RedirectAllRequestsTo>"
                ),
                "InvalidRequest",
            ),
            (website(f"{INDEX}<RoutingRules/>"), "MalformedXML"),
            (routed("<Redirect/>"), "MalformedXML"),
            (
                routed("<Redirect><Protocol>protocol</Protocol></Redirect>"),
                "InvalidRequest",
            ),
            (
                routed(
                    "<Redirect><ReplaceKeyWith>a</ReplaceKeyWith>"
                    "<ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith></Redirect>"
                ),
                "InvalidRequest",
            ),
            (
                routed("<Condition/><Redirect><HostName>a</HostName></Redirect>"),
                "InvalidRequest",
            ),
            (
                routed("<Redirect><HttpRedirectCode>200</HttpRedirectCode></Redirect>"),
                "InvalidRequest",
            ),
            (
                routed(
                    "<Condition><HttpErrorCodeReturnedEquals>200</HttpErrorCodeReturnedEquals>"
                    "</Condition><Redirect><HostName>a</HostName></Redirect>"
                ),
                "InvalidRequest",
            ),
            (
                routed("<Redirect><HostName>a&#10;b</HostName></Redirect>"),
                "MalformedXML",
            ),
            (
                website(
                    INDEX
                    + "<RoutingRules>"
                    + "<RoutingRule><Redirect><HostName>a</HostName></Redirect></RoutingRule>" * 51
                    + "</RoutingRules>"
                ),
                "InvalidRequest",
            ),
        ),
    ),
    Case(
        "request-payment",
        "requestPayment",
        f"<RequestPaymentConfiguration {ROOT}><Payer>Requester</Payer>"
        "</RequestPaymentConfiguration>",
        (200, "<Payer>BucketOwner</Payer>"),
        refused=(
            ("<RequestPaymentConfiguration/>", "MalformedXML"),
            (
                "<RequestPaymentConfiguration><Payer>Me</Payer></RequestPaymentConfiguration>",
                "MalformedXML",
            ),
        ),
    ),
    Case(
        "tagging",
        "tagging",
        f"<Tagging {ROOT}><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
        (404, "<Code>NoSuchTagSet</Code>"),
        status=204,
        refused=(
            ("<Tagging/>", "MalformedXML"),
            (
                "<Tagging><TagSet>"
                + "<Tag><Key>a</Key><Value>b</Value></Tag>" * 2
                + "</TagSet></Tagging>",
                "InvalidTag",
            ),
            (
                "<Tagging><TagSet>"
                + "".join(f"<Tag><Key>{n}</Key><Value/></Tag>" for n in range(51))
                + "</TagSet></Tagging>",
                "BadRequest",
            ),
        ),
    ),
]
