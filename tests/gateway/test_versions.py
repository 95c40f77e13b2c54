"""Versions over the wire, as boto3 sees them: enabled, suspended, delete markers, listings.

Source: User Guide, "Retaining multiple versions of objects with S3 Versioning" and the
pages below it; API Reference, ListObjectVersions, GetObject, DeleteObject.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.gateway.refusals import refused
from tests.gateway.server.wire import ask
from tests.serving import Server

NULL = "null"


@pytest.fixture
def versioned(s3: Any, bucket: str) -> str:
    set_versioning(s3, bucket, "Enabled")
    return bucket


def set_versioning(s3: Any, bucket: str, status: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def put(s3: Any, bucket: str, key: str = "k", body: bytes = b"x") -> Any:
    """The new version's id, None if the answer has none."""
    return s3.put_object(Bucket=bucket, Key=key, Body=body).get("VersionId")


def read(s3: Any, bucket: str, version_id: str | None = None, key: str = "k") -> bytes:
    which = {"VersionId": version_id} if version_id else {}
    found = s3.get_object(Bucket=bucket, Key=key, **which)["Body"].read()
    assert isinstance(found, bytes)
    return found


def history(s3: Any, bucket: str) -> list[tuple[str, str, bool, bool]]:
    """All versions as listed: key, id, whether it is the latest, whether a delete marker."""
    listed = s3.list_object_versions(Bucket=bucket)
    found = [
        (one["Key"], one["VersionId"], one["IsLatest"], kind == "DeleteMarkers")
        for kind in ("Versions", "DeleteMarkers")
        for one in listed.get(kind, [])
    ]
    return sorted(found, key=lambda one: (one[0], not one[2]))


def test_a_bucket_of_which_nothing_was_said_shows_no_status(s3: Any, bucket: str) -> None:
    found = s3.get_bucket_versioning(Bucket=bucket)
    assert found.keys() == {"ResponseMetadata"}
    assert put(s3, bucket) is None
    assert "VersionId" not in s3.get_object(Bucket=bucket, Key="k")


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_a_status_is_shown_as_it_was_put(s3: Any, bucket: str, status: str) -> None:
    set_versioning(s3, bucket, status)
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == status
    assert "MFADelete" not in s3.get_bucket_versioning(Bucket=bucket)


REFUSED: dict[str, tuple[dict[str, str], str, int]] = {
    "nothing": ({}, "IllegalVersioningConfigurationException", 400),
    "no status": ({"MFADelete": "Disabled"}, "IllegalVersioningConfigurationException", 400),
    "another status": ({"Status": "enabled"}, "MalformedXML", 400),
    "another MFA delete": ({"Status": "Enabled", "MFADelete": "Yes"}, "MalformedXML", 400),
    "MFA delete": ({"Status": "Enabled", "MFADelete": "Enabled"}, "AccessDenied", 403),
}


@pytest.mark.parametrize(("wanted", "code", "status"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_versioning_is_refused(
    s3: Any, versioned: str, wanted: dict[str, str], code: str, status: int
) -> None:
    with refused(code, status):
        s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration=wanted)
    assert s3.get_bucket_versioning(Bucket=versioned)["Status"] == "Enabled"


def test_that_mfa_delete_is_disabled_may_be_said_and_is_shown(s3: Any, bucket: str) -> None:
    wanted = {"Status": "Enabled", "MFADelete": "Disabled"}
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=wanted)
    set_versioning(s3, bucket, "Suspended")
    found = s3.get_bucket_versioning(Bucket=bucket)
    assert (found["Status"], found["MFADelete"]) == ("Suspended", "Disabled")


def test_nobody_has_a_device_to_authenticate_with(s3: Any, versioned: str) -> None:
    first = put(s3, versioned)
    device = "arn:aws:iam::000000000001:mfa/root 123456"
    asked: list[Callable[[], Any]] = [
        lambda: s3.delete_object(Bucket=versioned, Key="k", VersionId=first, MFA=device),
        lambda: s3.delete_objects(Bucket=versioned, Delete={"Objects": [{"Key": "k"}]}, MFA=device),
        lambda: s3.put_bucket_versioning(
            Bucket=versioned,
            VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"},
            MFA=device,
        ),
    ]
    for one in asked:
        with refused("AccessDenied", 403) as fields:
            one()
        assert fields["Message"] == "Mfa Authentication must be used for this request"
    assert history(s3, versioned) == [("k", first, True, False)]


def test_every_version_stays_until_it_is_deleted_by_its_id(s3: Any, versioned: str) -> None:
    ids = [put(s3, versioned, body=b"%d" % n) for n in range(3)]
    assert len(set(ids)) == 3
    assert [read(s3, versioned, one) for one in ids] == [b"0", b"1", b"2"]
    gone = s3.delete_object(Bucket=versioned, Key="k", VersionId=ids[2])
    assert gone["VersionId"] == ids[2]
    assert "DeleteMarker" not in gone
    assert read(s3, versioned) == b"1"
    s3.delete_object(Bucket=versioned, Key="k", VersionId=ids[0])
    assert history(s3, versioned) == [("k", ids[1], True, False)]
    with refused("NoSuchVersion", 404):
        read(s3, versioned, ids[0])


def test_a_delete_marker_hides_what_is_below_it(s3: Any, versioned: str) -> None:
    first = put(s3, versioned)
    marker = s3.delete_object(Bucket=versioned, Key="k")
    assert marker["DeleteMarker"] is True
    with refused("NoSuchKey", 404):
        read(s3, versioned)
    assert read(s3, versioned, first) == b"x"
    assert "Contents" not in s3.list_objects_v2(Bucket=versioned)
    assert history(s3, versioned) == [
        ("k", marker["VersionId"], True, True),
        ("k", first, False, False),
    ]
    gone = s3.delete_object(Bucket=versioned, Key="k", VersionId=marker["VersionId"])
    assert (gone["DeleteMarker"], gone["VersionId"]) == (True, marker["VersionId"])
    assert read(s3, versioned) == b"x"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_a_delete_marker_tells_what_it_is(
    server: Server, s3: Any, versioned: str, method: str
) -> None:
    put(s3, versioned)
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    hidden = ask(server, method, f"/{versioned}/k")
    assert hidden.status == 404
    named = ask(server, method, f"/{versioned}/k?versionId={marker}")
    assert named.status == 405
    assert named.header("allow") == b"DELETE"
    assert named.header("last-modified") is not None
    for answer in (hidden, named):
        assert answer.header("x-amz-delete-marker") == b"true"
        assert answer.header("x-amz-version-id") == marker.encode()
    if method == "GET":
        assert hidden.field("Code") == "NoSuchKey"
        assert (named.field("Method"), named.field("ResourceType")) == ("GET", "DeleteMarker")


def test_what_is_not_there_was_never_a_delete_marker(server: Server, bucket: str) -> None:
    """API Reference, GetObject: if it is false, the header does not appear."""
    found = ask(server, "GET", f"/{bucket}/k")
    assert (found.status, found.header("x-amz-delete-marker")) == (404, None)


def test_a_delete_marker_is_not_changed(s3: Any, versioned: str) -> None:
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    for which in ({}, {"VersionId": marker}):
        with refused("MethodNotAllowed", 405) as fields:
            s3.put_object_tagging(Bucket=versioned, Key="k", Tagging={"TagSet": []}, **which)
        assert fields["Method"] == "PUT"


def test_suspended_there_is_one_null_version_beside_the_others(s3: Any, versioned: str) -> None:
    first = put(s3, versioned, body=b"1")
    set_versioning(s3, versioned, "Suspended")
    assert put(s3, versioned, body=b"2") is None
    assert put(s3, versioned, body=b"3") is None
    assert history(s3, versioned) == [("k", NULL, True, False), ("k", first, False, False)]
    found = s3.get_object(Bucket=versioned, Key="k")
    assert (found["VersionId"], found["Body"].read()) == (NULL, b"3")
    marker = s3.delete_object(Bucket=versioned, Key="k")
    assert (marker["DeleteMarker"], marker["VersionId"]) == (True, NULL)
    assert history(s3, versioned) == [("k", NULL, True, True), ("k", first, False, False)]
    set_versioning(s3, versioned, "Enabled")
    last = put(s3, versioned, body=b"4")
    assert {one[:2] for one in history(s3, versioned)} == {
        ("k", last),
        ("k", NULL),
        ("k", first),
    }


def test_what_was_there_before_versioning_is_the_null_version(s3: Any, bucket: str) -> None:
    put(s3, bucket, body=b"before")
    set_versioning(s3, bucket, "Enabled")
    assert s3.get_object(Bucket=bucket, Key="k")["VersionId"] == NULL
    after = put(s3, bucket, body=b"after")
    assert read(s3, bucket, NULL) == b"before"
    assert history(s3, bucket) == [("k", after, True, False), ("k", NULL, False, False)]


def test_each_operation_is_about_the_version_that_is_named(s3: Any, versioned: str) -> None:
    first, second = put(s3, versioned, body=b"1"), put(s3, versioned, body=b"22")
    which = {"Bucket": versioned, "Key": "k", "VersionId": first}
    tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
    assert s3.put_object_tagging(Tagging=tags, **which)["VersionId"] == first
    assert s3.get_object_tagging(**which)["TagSet"] == tags["TagSet"]
    assert s3.get_object_tagging(Bucket=versioned, Key="k")["TagSet"] == []
    assert s3.head_object(**which)["ContentLength"] == 1
    attributes = s3.get_object_attributes(ObjectAttributes=["ObjectSize"], **which)
    assert (attributes["ObjectSize"], attributes["VersionId"]) == (1, first)
    assert s3.delete_object_tagging(**which)["VersionId"] == first
    copied = s3.copy_object(Bucket=versioned, Key="k", CopySource=which)
    assert copied["CopySourceVersionId"] == first
    assert copied["VersionId"] not in (first, second)
    assert read(s3, versioned) == b"1"
    upload = s3.create_multipart_upload(Bucket=versioned, Key="m")["UploadId"]
    part = s3.upload_part_copy(
        Bucket=versioned, Key="m", UploadId=upload, PartNumber=1, CopySource=which
    )
    assert part["CopySourceVersionId"] == first
    done = s3.complete_multipart_upload(
        Bucket=versioned,
        Key="m",
        UploadId=upload,
        MultipartUpload={
            "Parts": [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}],
        },
    )
    assert read(s3, versioned, done["VersionId"], "m") == b"1"


def test_a_delete_marker_is_no_source_of_a_copy(s3: Any, versioned: str) -> None:
    put(s3, versioned)
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    source = {"Bucket": versioned, "Key": "k"}
    with refused("NoSuchKey", 404):
        s3.copy_object(Bucket=versioned, Key="c", CopySource=source)
    with refused("InvalidRequest", 400):
        s3.copy_object(Bucket=versioned, Key="c", CopySource=source | {"VersionId": marker})


def test_many_versions_are_deleted_at_once(s3: Any, versioned: str) -> None:
    first = put(s3, versioned)
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    objects = [
        {"Key": "k", "VersionId": first},
        {"Key": "k", "VersionId": marker},
        {"Key": "other"},
    ]
    done = s3.delete_objects(Bucket=versioned, Delete={"Objects": objects})
    by_version = {one.get("VersionId"): one for one in done["Deleted"]}
    assert by_version[first] == {"Key": "k", "VersionId": first}
    assert by_version[marker] == {
        "Key": "k",
        "VersionId": marker,
        "DeleteMarker": True,
        "DeleteMarkerVersionId": marker,
    }
    assert by_version[None]["DeleteMarker"] is True
    assert [one[0] for one in history(s3, versioned)] == ["other"]


def test_a_bucket_with_versions_left_is_not_empty(s3: Any, versioned: str) -> None:
    put(s3, versioned)
    s3.delete_object(Bucket=versioned, Key="k")
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=versioned)


def pages(s3: Any, bucket: str, **options: Any) -> Iterator[dict[str, Any]]:
    """Pages as a client walks them by hand."""
    while True:
        page = s3.list_object_versions(Bucket=bucket, **options)
        yield page
        if not page["IsTruncated"]:
            return
        options["KeyMarker"] = page["NextKeyMarker"]
        options.pop("VersionIdMarker", None)
        if "NextVersionIdMarker" in page:
            options["VersionIdMarker"] = page["NextVersionIdMarker"]


@pytest.fixture
def full(s3: Any, bucket: str) -> str:
    """Four keys, of three versions each: a null one, one with an id, and a delete marker."""
    keys = ("a", "d/1", "d/2", "z")
    for key in keys:
        put(s3, bucket, key, b"null")
    set_versioning(s3, bucket, "Enabled")
    for key in keys:
        put(s3, bucket, key, b"version")
        s3.delete_object(Bucket=bucket, Key=key)
    return bucket


@pytest.mark.parametrize("max_keys", [1, 2, 5, 1000])
def test_pages_show_every_version_once(s3: Any, full: str, max_keys: int) -> None:
    whole = s3.list_object_versions(Bucket=full)
    assert (len(whole["Versions"]), len(whole["DeleteMarkers"])) == (8, 4)
    found: dict[str, list[Any]] = {"Versions": [], "DeleteMarkers": []}
    for page in pages(s3, full, MaxKeys=max_keys):
        for kind, rows in found.items():
            rows += page.get(kind, [])
    assert found["Versions"] == whole["Versions"]
    assert found["DeleteMarkers"] == whole["DeleteMarkers"]


@pytest.mark.parametrize("max_keys", [1, 3, 1000])
def test_keys_with_a_delimiter_are_one_group(s3: Any, full: str, max_keys: int) -> None:
    found = list(pages(s3, full, MaxKeys=max_keys, Delimiter="/"))
    groups = [one["Prefix"] for page in found for one in page.get("CommonPrefixes", [])]
    keys = [one["Key"] for page in found for one in page.get("Versions", [])]
    assert (groups, keys) == (["d/"], ["a", "a", "z", "z"])
    assert found[0]["Delimiter"] == "/"


def test_a_prefix_and_a_marker_choose(s3: Any, full: str) -> None:
    listed = s3.list_object_versions(Bucket=full, Prefix="d/", KeyMarker="d/1")
    assert {one["Key"] for one in listed["Versions"]} == {"d/2"}
    assert (listed["Prefix"], listed["KeyMarker"]) == ("d/", "d/1")
    nothing = s3.list_object_versions(Bucket=full, MaxKeys=0)
    assert (nothing["IsTruncated"], nothing.get("Versions")) == (False, None)


def test_the_answer_tells_versions_and_markers_in_one_order(
    server: Server, s3: Any, full: str
) -> None:
    """As the reference's sample response has them: by key, and the newest first."""
    body = ask(server, "GET", f"/{full}?versions&prefix=d").body.decode()
    assert re.findall(r"<(Version|DeleteMarker)>", body) == 2 * [
        "DeleteMarker",
        "Version",
        "Version",
    ]


def test_a_version_is_listed_with_all_that_is_known_of_it(s3: Any, versioned: str) -> None:
    s3.put_object(Bucket=versioned, Key="a b", Body=b"x", ChecksumAlgorithm="SHA256")
    (one,) = s3.list_object_versions(Bucket=versioned, EncodingType="url")["Versions"]
    assert one["Key"] == "a%20b"
    assert (one["Size"], one["StorageClass"]) == (1, "STANDARD")
    assert (one["ChecksumAlgorithm"], one["ChecksumType"]) == (["SHA256"], "FULL_OBJECT")
    assert one["Owner"]["ID"]
    assert one["ETag"] == '"9dd4e461268c8034f5c8564e155c67a6"'


MARKERS = {
    "version-id-marker=null": "A version-id marker cannot be specified without a key marker.",
    "version-id-marker=": "A version-id marker cannot be specified without a key marker.",
    "key-marker=k&version-id-marker=": "A version-id marker cannot be empty.",
    "key-marker=k&version-id-marker=x": "Invalid version id specified",
    "key-marker=k&version-id-marker=x&encoding-type=x": "Invalid version id specified",
    "encoding-type=x": "Invalid Encoding Method specified in Request",
}


@pytest.mark.parametrize(("query", "message"), MARKERS.items())
def test_a_marker_that_is_none_is_refused(
    server: Server, bucket: str, query: str, message: str
) -> None:
    found = ask(server, "GET", f"/{bucket}?versions&{query}")
    assert (found.status, found.code, found.field("Message")) == (400, "InvalidArgument", message)
