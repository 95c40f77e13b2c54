"""Keys are any UTF-8 up to 1,024 bytes: none is another's alias, none is a path."""

from typing import Any, Final

import pytest

from tests.clients.endpoint import Endpoint
from tests.clients.refusals import refused

ODD: Final = (
    *("a", "a/", "a/b", "a//b", "/a", "//", "/", "a/./b", "a/../b", "..", ".", "../../etc/passwd"),
    *("~", "%", "%2F", "%2f", "%00", "a+b", "a b", " ", "a%20b", "a&b=c", "a?b", "a#b", "a;b"),
    *("\\", "a\\b", "C:\\x", "'", '"', "<xml/>", "]]>", "&amp;", "$", "{}", "|", "^", "`", "*"),
    *("ünïcödé", "e\u0301", "\u00e9", "日本語", "🜁🜂🜃", "\u202e", "\ufeff", "\uffff", "\U0010ffff"),
    *("tab\there", "line\nfeed", "carriage\rreturn", "\x01\x02", "\x7f", "\u0085", "\u2028"),
    "k" * 1024,
    "ü" * 512,
)


def test_every_odd_key_holds_its_own_content(s3: Any, bucket: str) -> None:
    for key in ODD:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode(), Metadata={"n": str(len(key))})
    for key in ODD:
        got = s3.get_object(Bucket=bucket, Key=key)
        assert got["Body"].read() == key.encode(), repr(key)
        assert got["Metadata"] == {"n": str(len(key))}, repr(key)


def test_every_odd_key_is_listed_copied_and_deleted(s3: Any, bucket: str) -> None:
    for key in ODD:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 7}
    )
    listed = [entry["Key"] for page in pages for entry in page["Contents"]]
    assert listed == sorted(ODD, key=str.encode)
    for number, key in enumerate(ODD):
        source = {"Bucket": bucket, "Key": key}
        s3.copy_object(Bucket=bucket, Key=f"copies-{number}", CopySource=source)
        got = s3.get_object(Bucket=bucket, Key=f"copies-{number}")
        assert got["Body"].read() == key.encode(), repr(key)
    # A control character cannot stand in XML 1.0: such a key is deleted by its own request.
    in_xml = [key for key in ODD if key.isprintable()]
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in in_xml]})
    for key in set(ODD) - set(in_xml):
        s3.delete_object(Bucket=bucket, Key=key)
    left = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert all(entry["Key"].startswith("copies-") for entry in left)


@pytest.mark.parametrize("key", ["k" * 1025, "ü" * 513], ids=["1,025 letters", "1,026 bytes"])
def test_a_key_of_more_than_1024_bytes_is_refused(s3: Any, bucket: str, key: str) -> None:
    with refused("KeyTooLongError", 400):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_both_styles_of_address_mean_the_same_key(
    endpoint: Endpoint, bucket: str, named_host: str, style: str
) -> None:
    """Put by one style, got by the other, for each odd key."""
    other = {"path": "virtual", "virtual": "path"}[style]
    writer = endpoint.boto(url=named_host, s3={"addressing_style": style})
    reader = endpoint.boto(url=named_host, s3={"addressing_style": other})
    for key in ODD:
        writer.put_object(Bucket=bucket, Key=key, Body=key.encode())
        assert reader.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode(), repr(key)
    writer.close()
    reader.close()
