"""Entries as CloudTrail's events; made when somebody reads.

Source: CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail
userIdentity element"; User Guide, "Logging Amazon S3 API calls using AWS CloudTrail".
"""

from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID, uuid5

from gateway.iam.bucket_policy import arn_of
from gateway.iam.principals import ASSUMED_ROLE
from gateway.trail.entries import Entry, moment
from gateway.trail.records import WEB_IDENTITY, Person, Told
from sigv4.canonical import split_target

_EVENT_VERSION: Final = "1.11"
_NAMESPACE: Final = UUID("9d6bb3a5-6a2b-4a2f-8f0d-6c1c9b4be0c4")  # of eventIDs
_AUTHENTICATION: Final = {"header": "AuthHeader", "query": "QueryString", "form": "HtmlForm"}
_SIGNATURES: Final = {"HMAC-SHA1": "SigV2", "AWS4-HMAC-SHA256": "SigV4"}
_COMMANDS: Final = "signet"  # what AWS has no name for: the source of what operators do
_OBJECTS: Final = "AWS::S3::Object"
_BUCKETS: Final = "AWS::S3::Bucket"
# What CloudTrail calls otherwise than the model.
_EVENT_NAMES: Final = {"ListObjectsV2": "ListObjects"}
# Of requests that were refused before anybody had looked what they were.
_LIKELY: Final = {
    ("GET", True): "GetObject",
    ("HEAD", True): "HeadObject",
    ("PUT", True): "PutObject",
    ("DELETE", True): "DeleteObject",
    ("GET", False): "ListObjects",
    ("HEAD", False): "HeadBucket",
    ("PUT", False): "CreateBucket",
    ("DELETE", False): "DeleteBucket",
}


def as_cloudtrail(entry: Entry, region: str) -> dict[str, Any] | None:
    """The event; None of what CloudTrail knows nothing of."""
    told = entry.told
    if told is None:
        return None
    source, name = _event_of(told) if not entry.is_command else (_COMMANDS, told.operation)
    event: dict[str, Any] = {
        "eventVersion": _EVENT_VERSION,
        "userIdentity": _user_identity(entry),
        "eventTime": moment(entry.at_ms)[:19] + "Z",
        "eventSource": source,
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": told.remote,
        "userAgent": f"[{told.agent.decode('latin-1')}]",
    }
    if entry.error:
        event |= {"errorCode": entry.error, "errorMessage": entry.asked.why if entry.asked else ""}
    event["requestParameters"] = _parameters(entry)
    event["responseElements"] = _elements(entry)
    event["additionalEventData"] = _additional(entry)
    event |= {
        "requestID": told.request_id,
        "eventID": str(uuid5(_NAMESPACE, entry.identity)),
        "readOnly": told.method in ("GET", "HEAD", "OPTIONS"),
        "resources": _resources(entry),
        "eventType": "AwsServiceEvent" if entry.is_command else "AwsApiCall",
        "managementEvent": told.key is None and entry.key is None,
        "recipientAccountId": told.owner or (entry.person.account if entry.person else ""),
        "eventCategory": "Management" if told.key is None and entry.key is None else "Data",
    }
    if told.tls is not None:
        cipher, version = told.tls
        event["tlsDetails"] = {
            "tlsVersion": version,
            "cipherSuite": cipher,
            "clientProvidedHostHeader": told.host,
        }
    return event


def _event_of(told: Told) -> tuple[str, str]:
    service, colon, name = told.operation.partition(":")
    if colon:
        return f"{service.lower()}.amazonaws.com", name
    name = told.operation or _LIKELY.get((told.method, told.key is not None), "")
    return "s3.amazonaws.com", _EVENT_NAMES.get(name, name)


def _user_identity(entry: Entry) -> dict[str, Any]:
    """Source: CloudTrail User Guide, "CloudTrail userIdentity element"."""
    person = entry.person
    if person is None or person.kind == "Anonymous":
        known = {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}
        return known | ({"accessKeyId": entry.access_key} if entry.access_key else {})
    if entry.is_command:
        known = {"type": "Unknown", "principalId": person.user_id}
        return known | {"userName": person.user_name}
    if person.kind == WEB_IDENTITY:
        known = {"type": person.kind, "principalId": person.user_id}
        provider = person.issuer.partition("/")[2]
        return known | {"userName": person.user_name, "identityProvider": provider}
    if person.service:
        return {"type": "AWSService", "invokedBy": person.service}
    found: dict[str, Any] = {
        "type": _TYPES.get(person.kind, person.kind),
        "principalId": person.user_id,
        "arn": person.arn,
        "accountId": person.account,
        "accessKeyId": person.access_key,
    }
    if person.user_name:
        found["userName"] = person.user_name
    if person.issuer:
        found["sessionContext"] = {"sessionIssuer": _issuer(person)}
    return found


_TYPES: Final = {"Account": "Root", "User": "IAMUser"}
_ISSUERS: Final = {"role": "Role", "user": "IAMUser"}


def _issuer(person: Person) -> dict[str, str]:
    """The role of a session, or the user who federated whoever asks."""
    kind, _, name = person.issuer.rpartition(":")[2].partition("/")
    found = {
        "type": _ISSUERS.get(kind, kind),
        "arn": person.issuer,
        "accountId": person.account,
        "userName": name.rpartition("/")[2],
    }
    if person.kind == ASSUMED_ROLE:
        found["principalId"] = person.user_id.partition(":")[0]
    return found


def _parameters(entry: Entry) -> dict[str, Any]:
    told = entry.told
    assert told is not None, "asked before"
    _, query = split_target(told.target)
    found: dict[str, Any] = {
        name: value
        for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        if name != "x-id"
    }
    if told.bucket:
        found["bucketName"] = told.bucket
    if entry.changed_access_key:
        found["accessKeyId"] = entry.changed_access_key
    if told.detail:
        found["detail"] = told.detail
    found["Host"] = told.host
    if entry.key is not None:
        found["key"] = entry.key
    if told.source:
        found["x-amz-copy-source"] = told.source
    return found


def _elements(entry: Entry) -> dict[str, Any] | None:
    if entry.issued_access_key:
        return {"credentials": {"accessKeyId": entry.issued_access_key}}
    if entry.change is None or not entry.change.version_id:
        return None
    return {"x-amz-version-id": entry.change.version_id}


def _additional(entry: Entry) -> dict[str, Any]:
    signed, asked, change = entry.signed, entry.asked, entry.change
    found: dict[str, Any] = {}
    if signed is not None and signed.algorithm:
        found["SignatureVersion"] = _SIGNATURES.get(signed.algorithm, "SigV4A")
        found["AuthenticationMethod"] = _AUTHENTICATION[signed.where]
    if entry.told is not None and entry.told.tls is not None:
        found["CipherSuite"] = entry.told.tls[0]
    found["bytesTransferredIn"] = (
        asked.received if asked is not None else change.size if change is not None else 0
    )
    found["bytesTransferredOut"] = asked.sent if asked is not None else 0
    return found


def _resources(entry: Entry) -> list[dict[str, str]]:
    told = entry.told
    assert told is not None, "asked before"
    if not told.bucket:
        return [{"ARN": told.about}] if told.about else []
    bucket = {"type": _BUCKETS, "ARN": arn_of(told.bucket)}
    if told.owner:
        bucket["accountId"] = told.owner
    if entry.key is None:
        return [bucket]
    return [{"type": _OBJECTS, "ARN": arn_of(told.bucket, entry.key)}, bucket]
