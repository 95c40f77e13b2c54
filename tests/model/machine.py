"""A machine that asks the specification and a running server the same, and compares.

Each rule is a request.  What the specification refuses the server must refuse
with the same code; after what it allows, answers and listings must agree.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.model.spec import (
    NULL,
    PART_BYTES_MIN,
    S3,
    Bucket,
    Refused,
    Retention,
    Upload,
    Version,
    etag_of,
    listed,
)

KEYS: Final = st.sampled_from(["a", "a/", "a/b", "a/b/c", "b", "é", "z z+%"])
CONTENTS: Final = st.sampled_from([b"", b"1", b"two", b"3" * 20_000])
TAGS: Final = st.dictionaries(st.sampled_from(["k", "l"]), st.sampled_from(["", "v"]), max_size=2)
METADATA: Final = st.dictionaries(st.sampled_from(["m", "n"]), st.just("x"), max_size=2)
MODES: Final = st.sampled_from(["GOVERNANCE", "COMPLIANCE"])
DAYS: Final = st.integers(1, 3)
VERSIONS: Final = st.integers(0, 5)  # which of a key's, counted round
_LARGE: Final = b"L" * PART_BYTES_MIN
PARTS: Final = st.sampled_from([b"", b"small", _LARGE])
_START: Final = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


class SideBySide(RuleBasedStateMachine):
    """One bucket of each kind; ``client`` is set by the test that runs it."""

    client: ClassVar[Any]
    made: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.s3 = S3()
        self.names: list[str] = []
        self.uploads: list[tuple[str, str]] = []  # of which bucket, and id

    def teardown(self) -> None:
        """Leave the server what cannot be deleted: each run has buckets of its own."""

    @initialize(with_lock=st.booleans())
    def begin(self, with_lock: bool) -> None:
        for locked in (False, with_lock):
            SideBySide.made += 1
            name = f"side-by-side-{SideBySide.made}"
            self.names.append(name)
            asked = {"ObjectLockEnabledForBucket": True} if locked else {}
            self.client.create_bucket(Bucket=name, **asked)
            self.s3.create_bucket(name, with_lock=locked)

    # How requests are compared

    def agree(self, expected: Callable[[], Any], request: Callable[[], Any]) -> Any | None:
        """The server's answer, if the specification allows the request; else both refuse."""
        wanted = refusal_of(expected)
        got, answer = answered(request)
        assert got == wanted
        return answer

    def bucket(self, number: int) -> tuple[str, Bucket]:
        name = self.names[number % len(self.names)]
        return name, self.s3.buckets[name]

    def pick(self, bucket: Bucket, key: str, number: int | None) -> str | None:
        """The id of one of a key's versions; None for the current one."""
        versions = bucket.keys.get(key)
        if number is None or not versions:
            return None
        return versions[number % len(versions)].id

    @staticmethod
    def named(version_id: str | None) -> dict[str, str]:
        return {} if version_id is None else {"VersionId": version_id}

    # Buckets

    @rule(b=st.integers(0, 1), status=st.sampled_from(["Enabled", "Suspended"]))
    def set_versioning(self, b: int, status: str) -> None:
        name, _ = self.bucket(b)
        self.agree(
            lambda: self.s3.set_versioning(name, status),
            lambda: self.client.put_bucket_versioning(
                Bucket=name, VersioningConfiguration={"Status": status}
            ),
        )
        got = self.client.get_bucket_versioning(Bucket=name)
        assert got.get("Status", "") == self.s3.buckets[name].versioning

    @rule(b=st.integers(0, 1))
    def delete_bucket_that_is_not_empty(self, b: int) -> None:
        name, bucket = self.bucket(b)
        if bucket.keys:
            self.agree(
                lambda: self.s3.delete_bucket(name),
                lambda: self.client.delete_bucket(Bucket=name),
            )

    # Writing

    @rule(
        b=st.integers(0, 1),
        key=KEYS,
        content=CONTENTS,
        metadata=METADATA,
        tags=TAGS,
        condition=st.sampled_from(["", "", "none", "match", "other"]),
    )
    def put(
        self,
        b: int,
        key: str,
        content: bytes,
        metadata: dict[str, str],
        tags: dict[str, str],
        condition: str,
    ) -> None:
        name, bucket = self.bucket(b)
        current = bucket.current(key)
        if_match = None
        if condition in ("match", "other"):
            if_match = current.etag if current and condition == "match" else etag_of(b"other")
        asked: dict[str, Any] = {"Metadata": metadata, "Body": content}
        if tags:
            asked["Tagging"] = "&".join(f"{k}={v}" for k, v in tags.items())
        if if_match is not None:
            asked["IfMatch"] = if_match
        if condition == "none":
            asked["IfNoneMatch"] = "*"
        answer = self.agree(
            lambda: self.s3.check_condition(
                name, key, if_none_match=condition == "none", if_match=if_match
            ),
            lambda: self.client.put_object(Bucket=name, Key=key, **asked),
        )
        if answer is not None:
            assert answer["ETag"] == etag_of(content)
            new = Version(self.new_id(bucket, answer), False, content, answer["ETag"], metadata)
            new.tags = tags
            self.s3.put(name, key, new)

    def new_id(self, bucket: Bucket, answer: dict[str, Any]) -> str:
        """The id that an answer names: without versioning there is none."""
        if bucket.versioning == "":
            assert "VersionId" not in answer
            return NULL
        return str(answer["VersionId"]) if bucket.versioning == "Enabled" else NULL

    @rule(b=st.integers(0, 1), key=KEYS, n=st.none() | VERSIONS, to=KEYS, over=st.booleans())
    def copy(self, b: int, key: str, n: int | None, to: str, over: bool) -> None:
        name, bucket = self.bucket(b)
        version_id = self.pick(bucket, key, n)
        source = {"Bucket": name, "Key": key, **self.named(version_id)}
        if key == to and version_id is None:
            return  # refused unless something changes
        change = {"MetadataDirective": "REPLACE", "Metadata": {"o": "y"}} if over else {}
        wanted = refusal_of(lambda: bucket.find(key, version_id))
        # Of a copy's source a delete marker is an invalid request, not a method.
        wanted = "InvalidRequest" if wanted == "MethodNotAllowed" else wanted
        got, answer = answered(
            lambda: self.client.copy_object(Bucket=name, Key=to, CopySource=source, **change)
        )
        assert got == wanted
        if answer is None:
            return
        old = bucket.find(key, version_id)
        etag = answer["CopyObjectResult"]["ETag"]
        new = Version(self.new_id(bucket, answer), False, old.content, etag)
        new.metadata = {"o": "y"} if over else old.metadata
        new.tags = old.tags
        self.s3.put(name, to, new)

    @rule(b=st.integers(0, 1), key=KEYS)
    def delete(self, b: int, key: str) -> None:
        name, _ = self.bucket(b)
        answer = self.client.delete_object(Bucket=name, Key=key)
        marker = answer.get("VersionId") if answer.get("DeleteMarker") else None
        self.s3.delete(name, key, marker)

    @rule(b=st.integers(0, 1), key=KEYS, n=VERSIONS, bypass=st.booleans(), many=st.booleans())
    def delete_version(self, b: int, key: str, n: int, bypass: bool, many: bool) -> None:
        name, bucket = self.bucket(b)
        version_id = self.pick(bucket, key, n)
        if version_id is None:
            return
        was_marker = next(one for one in bucket.keys[key] if one.id == version_id).is_marker
        bypass = bypass and bucket.has_lock
        allowed: dict[str, Any] = {"BypassGovernanceRetention": True} if bypass else {}
        one = {"Key": key, "VersionId": version_id}
        if many:
            refusal = refusal_of(
                lambda: self.s3.delete_version(name, key, version_id, bypass=bypass)
            )
            answer = self.client.delete_objects(Bucket=name, Delete={"Objects": [one]}, **allowed)
            codes = [error["Code"] for error in answer.get("Errors", [])]
            assert codes == ([refusal] if refusal else [])
            if refusal:
                return
            (told,) = answer["Deleted"]
        else:
            told = self.agree(
                lambda: self.s3.delete_version(name, key, version_id, bypass=bypass),
                lambda: self.client.delete_object(Bucket=name, **one, **allowed),
            )
            if told is None:
                return
        assert told["VersionId"] == version_id
        assert told.get("DeleteMarker", False) == was_marker

    # Tags and locks

    @rule(b=st.integers(0, 1), key=KEYS, n=st.none() | VERSIONS, tags=TAGS)
    def set_tags(self, b: int, key: str, n: int | None, tags: dict[str, str]) -> None:
        name, bucket = self.bucket(b)
        where = self.named(self.pick(bucket, key, n))
        pairs = [{"Key": k, "Value": v} for k, v in tags.items()]

        def expected() -> None:
            bucket.find_to_change(key, where.get("VersionId")).tags = tags

        self.agree(
            expected,
            lambda: self.client.put_object_tagging(
                Bucket=name, Key=key, Tagging={"TagSet": pairs}, **where
            ),
        )

    @rule(
        b=st.integers(0, 1),
        key=KEYS,
        n=st.none() | VERSIONS,
        mode=MODES,
        days=DAYS,
        bypass=st.booleans(),
    )
    def set_retention(
        self, b: int, key: str, n: int | None, mode: str, days: int, bypass: bool
    ) -> None:
        name, bucket = self.bucket(b)
        version_id = self.pick(bucket, key, n)
        until = _START + timedelta(days=days)
        bypass = bypass and bucket.has_lock
        self.agree(
            lambda: self.s3.set_retention(
                name, key, version_id, Retention(mode, until), bypass=bypass
            ),
            lambda: self.client.put_object_retention(
                Bucket=name,
                Key=key,
                Retention={"Mode": mode, "RetainUntilDate": until},
                **self.named(version_id),
                **({"BypassGovernanceRetention": True} if bypass else {}),
            ),
        )

    @rule(b=st.integers(0, 1), key=KEYS, n=st.none() | VERSIONS, on=st.booleans())
    def set_legal_hold(self, b: int, key: str, n: int | None, on: bool) -> None:
        name, bucket = self.bucket(b)
        version_id = self.pick(bucket, key, n)
        self.agree(
            lambda: self.s3.set_legal_hold(name, key, version_id, on=on),
            lambda: self.client.put_object_legal_hold(
                Bucket=name,
                Key=key,
                LegalHold={"Status": "ON" if on else "OFF"},
                **self.named(version_id),
            ),
        )

    # Uploads

    @rule(b=st.integers(0, 1), key=KEYS, metadata=METADATA)
    def create_upload(self, b: int, key: str, metadata: dict[str, str]) -> None:
        name, bucket = self.bucket(b)
        answer = self.client.create_multipart_upload(Bucket=name, Key=key, Metadata=metadata)
        bucket.uploads[answer["UploadId"]] = Upload(key, metadata, {})
        self.uploads.append((name, answer["UploadId"]))

    @precondition(lambda self: self.uploads)
    @rule(n=st.integers(0, 9), number=st.integers(1, 3), content=PARTS)
    def upload_part(self, n: int, number: int, content: bytes) -> None:
        name, upload_id = self.uploads[n % len(self.uploads)]
        upload = self.s3.upload(name, upload_id)
        answer = self.client.upload_part(
            Bucket=name, Key=upload.key, UploadId=upload_id, PartNumber=number, Body=content
        )
        assert answer["ETag"] == etag_of(content)
        upload.parts[number] = content

    @precondition(lambda self: self.uploads)
    @rule(n=st.integers(0, 9), fault=st.sampled_from(["", "", "", "order", "etag"]))
    def complete_upload(self, n: int, fault: str) -> None:
        name, upload_id = self.uploads[n % len(self.uploads)]
        upload, bucket = self.s3.upload(name, upload_id), self.s3.buckets[name]
        parts = [(number, etag_of(content)) for number, content in sorted(upload.parts.items())]
        if not parts:
            return
        if fault == "order":
            parts.append(parts[0])
        if fault == "etag":
            parts[-1] = parts[-1][0], etag_of(b"another")
        made: list[tuple[bytes, str]] = []
        answer = self.agree(
            lambda: made.append(self.s3.complete(name, upload_id, parts)),
            lambda: self.client.complete_multipart_upload(
                Bucket=name,
                Key=upload.key,
                UploadId=upload_id,
                MultipartUpload={
                    "Parts": [{"PartNumber": number, "ETag": etag} for number, etag in parts]
                },
            ),
        )
        if answer is not None:
            content, etag = made[0]
            assert answer["ETag"] == etag
            new = Version(self.new_id(bucket, answer), False, content, etag, upload.metadata)
            self.s3.put(name, upload.key, new)
            self.forget(name, upload_id)

    @precondition(lambda self: self.uploads)
    @rule(n=st.integers(0, 9))
    def abort_upload(self, n: int) -> None:
        name, upload_id = self.uploads[n % len(self.uploads)]
        key = self.s3.upload(name, upload_id).key
        self.client.abort_multipart_upload(Bucket=name, Key=key, UploadId=upload_id)
        self.forget(name, upload_id)
        code, _ = answered(lambda: self.client.list_parts(Bucket=name, Key=key, UploadId=upload_id))
        assert code == "NoSuchUpload"

    def forget(self, name: str, upload_id: str) -> None:
        del self.s3.buckets[name].uploads[upload_id]
        self.uploads.remove((name, upload_id))

    # Reading

    @rule(b=st.integers(0, 1), key=KEYS, n=st.none() | VERSIONS)
    def read(self, b: int, key: str, n: int | None) -> None:
        name, bucket = self.bucket(b)
        where = self.named(self.pick(bucket, key, n))
        found: list[Version] = []
        answer = self.agree(
            lambda: found.append(bucket.find(key, where.get("VersionId"))),
            lambda: self.client.get_object(Bucket=name, Key=key, **where),
        )
        if answer is None:
            return
        (version,) = found
        assert answer["Body"].read() == version.content
        assert (answer["ETag"], answer["Metadata"]) == (version.etag, version.metadata)
        assert answer.get("VersionId", NULL) == version.id
        assert ("VersionId" in answer) == (bucket.versioning != "")
        assert answer.get("TagCount", 0) == len(version.tags)
        hold = "ON" if version.legal_hold else "OFF"
        assert answer.get("ObjectLockLegalHoldStatus", "OFF") == hold
        if version.retention is not None:
            assert answer["ObjectLockMode"] == version.retention.mode
            assert answer["ObjectLockRetainUntilDate"] == version.retention.until
        else:
            assert "ObjectLockMode" not in answer
        got = self.client.get_object_tagging(Bucket=name, Key=key, **where)
        assert {tag["Key"]: tag["Value"] for tag in got["TagSet"]} == version.tags

    @rule(
        b=st.integers(0, 1),
        prefix=st.sampled_from(["", "a", "a/", "b", "x"]),
        delimiter=st.sampled_from(["", "/"]),
        page=st.integers(1, 4),
    )
    def list_objects(self, b: int, prefix: str, delimiter: str, page: int) -> None:
        name, bucket = self.bucket(b)
        wanted, wanted_prefixes = listed(bucket, prefix, delimiter)
        contents: list[dict[str, Any]] = []
        prefixes: list[str] = []
        more: dict[str, str] = {}
        while True:
            answer = self.client.list_objects_v2(
                Bucket=name, Prefix=prefix, Delimiter=delimiter, MaxKeys=page, **more
            )
            contents += answer.get("Contents", [])
            prefixes += [one["Prefix"] for one in answer.get("CommonPrefixes", [])]
            if not answer["IsTruncated"]:
                break
            assert answer["KeyCount"] == page
            more = {"ContinuationToken": answer["NextContinuationToken"]}
        shown = [(one["Key"], one["ETag"], one["Size"]) for one in contents]
        assert shown == [(key, one.etag, len(one.content)) for key, one in wanted]
        assert prefixes == wanted_prefixes

    @rule(b=st.integers(0, 1), page=st.integers(1, 5))
    def list_versions(self, b: int, page: int) -> None:
        name, bucket = self.bucket(b)
        shown: list[tuple[str, str, bool, bool]] = []
        more: dict[str, str] = {}
        while True:
            answer = self.client.list_object_versions(Bucket=name, MaxKeys=page, **more)
            both = [
                (one["Key"], one["VersionId"], one["IsLatest"], is_marker)
                for kind, is_marker in (("Versions", False), ("DeleteMarkers", True))
                for one in answer.get(kind, [])
            ]
            assert len(both) <= page
            shown += both
            if not answer["IsTruncated"]:
                break
            more = {"KeyMarker": answer["NextKeyMarker"]}
            if "NextVersionIdMarker" in answer:
                more["VersionIdMarker"] = answer["NextVersionIdMarker"]
        wanted = [
            (key, version.id, is_latest, version.is_marker)
            for key, version, is_latest in bucket.all_versions()
        ]
        # The two kinds come apart in botocore's answer: their order is that of each.
        for is_marker in (False, True):
            assert [one for one in shown if one[3] is is_marker] == [
                one for one in wanted if one[3] is is_marker
            ]

    @invariant()
    def uploads_are_listed(self) -> None:
        for name in self.names:
            got = self.client.list_multipart_uploads(Bucket=name).get("Uploads", [])
            assert {one["UploadId"] for one in got} == set(self.s3.buckets[name].uploads)


def refusal_of(expected: Callable[[], Any]) -> str:
    """The code of what the specification refuses, or nothing."""
    try:
        expected()
    except Refused as refusal:
        return refusal.code
    return ""


def answered(request: Callable[[], Any]) -> tuple[str, Any | None]:
    """The code of what the server refuses, or nothing, and its answer."""
    try:
        return "", request()
    except ClientError as error:
        return str(error.response["Error"]["Code"]), None
