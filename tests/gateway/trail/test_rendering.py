"""Entries as others know them."""

import json
import re

import pytest

from gateway.iam.accounts import Account, Principal
from gateway.iam.principals import Who, federated_of, session_of
from gateway.iam.session import Session
from gateway.trail.as_access_line import as_access_line
from gateway.trail.as_cloudtrail import as_cloudtrail
from gateway.trail.as_json import as_json
from gateway.trail.claimed import claimed_key
from gateway.trail.entries import Entry, entry_of
from gateway.trail.recorder import person_of
from gateway.trail.records import (
    NOBODY,
    Asked,
    Committed,
    Decided,
    Lost,
    OfMany,
    Person,
    Signed,
    encode_told,
)
from gateway.trail.services import LIFECYCLE, ByServices
from sigv4 import Form
from storage.changes import Trace, What, note
from storage.deeds import Deed
from storage.lifecycle import Action, Do
from storage.meta import Batch
from storage.records import Bucket
from storage.rows import BucketRef
from tests.gateway.inside import Listed
from tests.gateway.trail.house import told
from tests.storage.engine import StoppedClock

USER = Person(
    "123456789012",
    "arn:aws:iam::123456789012:user/path/ann",
    "User",
    "AIDAEXAMPLE",
    "ann",
    "AKIAEXAMPLE",
)
SESSION = Person(
    "123456789012",
    "arn:aws:sts::123456789012:assumed-role/reader/session",
    "AssumedRole",
    "AROAEXAMPLE:session",
    "",
    "ASIAEXAMPLE",
    "arn:aws:iam::123456789012:role/path/reader",
)
SIGNED = Signed(
    "header", "AWS4-HMAC-SHA256", [b"host", b"x-amz-date"], b"20270115T075955Z", 0, "us-east-1"
)
# Of the access log: a time in brackets, text in quotation marks, or a word.
FIELDS = 27
FIELD = re.compile(r'\[[^]]*\]|"[^"]*"|\S+')

ACCOUNT = "123456789012"
IAM = f"arn:aws:iam::{ACCOUNT}"


def _change(person: Person = USER, what: What = What.PUT, operation: str = "PutObject") -> Entry:
    asked = told("R1", person=person, signed=SIGNED, operation=operation, key=b"a b")
    batch = Batch(b"b12345678")
    trace = Trace(lambda: encode_told(asked))
    note(batch, trace, what, asked.at_ms, b"a b", version_id="v1", size=7, etag="e")
    return entry_of(Committed(b"b12345678", b"p" * 10, batch.append[0][1]))


def _refusal() -> Entry:
    asked = told("R2", method="GET", operation="", key=b"k", tls=("CIPHER", "TLSv1.3"))
    return entry_of(Asked(asked, 403, "InvalidAccessKeyId", "no such key", "AKIAX", 0, 9, None, 5))


def test_a_change_as_cloudtrail_has_data_events() -> None:
    event = as_cloudtrail(_change(), "us-east-1")

    assert event is not None
    assert event["userIdentity"] == {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLE",
        "arn": USER.arn,
        "accountId": "123456789012",
        "accessKeyId": "AKIAEXAMPLE",
        "userName": "ann",
    }
    assert event["eventTime"] == "2027-01-15T08:00:00Z"
    assert (event["eventName"], event["eventSource"]) == ("PutObject", "s3.amazonaws.com")
    assert event["requestParameters"] == {"bucketName": "bucket", "Host": "localhost", "key": "a b"}
    assert event["responseElements"] == {"x-amz-version-id": "v1"}
    assert event["resources"][0] == {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::bucket/a b"}
    assert (event["readOnly"], event["managementEvent"], event["eventCategory"]) == (
        False,
        False,
        "Data",
    )
    assert event["additionalEventData"]["AuthenticationMethod"] == "AuthHeader"
    assert as_cloudtrail(_change(), "us-east-1") == event  # its id, too


def test_a_session_names_its_role() -> None:
    event = as_cloudtrail(_change(SESSION), "us-east-1")

    assert event is not None
    assert event["userIdentity"]["type"] == "AssumedRole"
    assert event["userIdentity"]["sessionContext"]["sessionIssuer"] == {
        "type": "Role",
        "principalId": "AROAEXAMPLE",
        "arn": SESSION.issuer,
        "accountId": "123456789012",
        "userName": "reader",
    }


@pytest.mark.parametrize(
    ("who", "issuer"),
    [
        pytest.param(
            session_of(ACCOUNT, "", role_id="AROA", role_arn=f"{IAM}:role/a/b/reader", session="s"),
            {
                "type": "Role",
                "principalId": "AROA",
                "arn": f"{IAM}:role/a/b/reader",
                "accountId": ACCOUNT,
                "userName": "reader",
            },
            id="a role, with its path",
        ),
        pytest.param(
            federated_of(ACCOUNT, "", name="guest", issuer=f"{IAM}:user/a/ann"),
            {
                "type": "IAMUser",
                "arn": f"{IAM}:user/a/ann",
                "accountId": ACCOUNT,
                "userName": "ann",
            },
            id="the user who federated",
        ),
    ],
)
def test_whose_a_session_is_is_known_from_who_has_it(who: Who, issuer: dict[str, str]) -> None:
    person = person_of(Principal(Account(ACCOUNT, ""), "ASIA", None, who, Session(0, 1)))
    event = as_cloudtrail(_change(person), "us-east-1")
    assert event is not None
    assert event["userIdentity"]["sessionContext"]["sessionIssuer"] == issuer


def test_a_refusal_as_cloudtrail_has_it() -> None:
    event = as_cloudtrail(_refusal(), "us-east-1")

    assert event is not None
    assert (event["errorCode"], event["errorMessage"]) == ("InvalidAccessKeyId", "no such key")
    assert event["userIdentity"]["accessKeyId"] == "AKIAX"
    assert event["eventName"] == "GetObject"
    assert event["tlsDetails"]["cipherSuite"] == "CIPHER"


@pytest.mark.parametrize(
    "entry", [_change(), _change(NOBODY), _refusal()], ids=["put", "open", "no"]
)
def test_an_access_line_has_its_fields(entry: Entry) -> None:
    line = as_access_line(entry, lambda account: f"id-of-{account}")

    assert line is not None
    assert len(FIELD.findall(line)) == FIELDS
    assert line.startswith("id-of-000000000001 bucket [15/Jan/2027:08:00:00 +0000] 127.0.0.1 ")


def test_one_of_many_deletions_has_a_line_of_its_own() -> None:
    entry = _change(what=What.REMOVED, operation="DeleteObjects")

    line = as_access_line(entry, lambda account: account)

    assert line is not None
    assert " BATCH.DELETE.OBJECT a%20b - 204 - " in line


def test_our_json_says_everything_that_is_known() -> None:
    asked = told(
        "R3",
        person=SESSION,
        signed=SIGNED,
        decided=Decided(False, "explicit deny", "bucket", "Sid1"),
        mark="identities unread",
    )
    many = [OfMany("k", "", "AccessDenied")]
    found = as_json(entry_of(Asked(asked, 200, "", "", "", 3, 4, None, 1500, many)))

    assert found["who"]["issuer"] == SESSION.issuer
    assert found["decision"] == {
        "allowed": False,
        "by": "explicit deny",
        "policy": "bucket",
        "statement": "Sid1",
    }
    assert found["signature"]["age_s"] == 5
    assert found["unchanged"] == [{"key": "k", "error": "AccessDenied"}]
    assert (found["received"], found["sent"], found["ms"]) == (3, 4, 1.5)
    assert found["mark"] == "identities unread"
    json.dumps(found)
    lost = as_json(entry_of(Lost(1_800_000_000_000, 5, "full")))
    assert lost == {"time": "2027-01-15T08:00:00.000Z", "lost": 5, "why": "full"}


@pytest.mark.parametrize(
    ("target", "headers", "fields", "key"),
    [
        pytest.param(b"/", [], (), "", id="none"),
        pytest.param(
            b"/",
            [(b"Authorization", b"AWS4-HMAC-SHA256 Credential=AKIA1/20260101/r/s3/aws4_request")],
            (),
            "AKIA1",
            id="a header",
        ),
        pytest.param(b"/", [(b"authorization", b"AWS AKIA2:sig")], (), "AKIA2", id="version 2"),
        pytest.param(
            b"/k?X-Amz-Credential=AKIA3%2F20260101%2Fr%2Fs3%2Faws4_request",
            [],
            (),
            "AKIA3",
            id="URL",
        ),
        pytest.param(b"/k?AWSAccessKeyId=AKIA4&Signature=s", [], (), "AKIA4", id="URL, version 2"),
        pytest.param(
            b"/",
            [],
            (("X-Amz-Credential", "AKIA5/20260101/r/s3/aws4_request"),),
            "AKIA5",
            id="form",
        ),
        pytest.param(b"/", [(b"authorization", b"AWS \n\x00:sig")], (), "", id="no key"),
        pytest.param(b"/", [(b"authorization", b"AWS " + b"A" * 200 + b":s")], (), "", id="long"),
    ],
)
def test_which_key_a_request_claims(
    target: bytes, headers: list[tuple[bytes, bytes]], fields: tuple[tuple[str, str], ...], key: str
) -> None:
    exchange = Listed("GET", target, [], b"", headers, key=None)

    assert claimed_key(exchange, Form(fields, None, 0) if fields else None) == key


def test_what_a_lifecycle_does_is_of_a_service() -> None:
    record = Bucket("bucket", "000000000001", 0, "us-east-1")
    bucket = BucketRef(b"12345678", 1, record)
    trace = ByServices(StoppedClock()).of_deed(Deed(bucket, b"k", Action(Do.EXPIRE, "rule")))
    batch = Batch(b"b12345678")
    note(batch, trace, What.REMOVED, 1_800_000_000_000, b"k")
    entry = entry_of(Committed(b"b12345678", b"p" * 10, batch.append[0][1]))

    event = as_cloudtrail(entry, "us-east-1")
    line = as_access_line(entry, lambda account: account)

    assert event is not None
    assert event["userIdentity"] == {"type": "AWSService", "invokedBy": LIFECYCLE}
    assert line is not None
    assert len(FIELD.findall(line)) == FIELDS
    assert " AmazonS3 - S3.EXPIRE.OBJECT k - 204 " in line
    assert as_json(entry)["who"] == {"type": "Service", "service": LIFECYCLE}
