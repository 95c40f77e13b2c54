"""What was stored with an object, as headers of an answer."""

from gateway.operations.common import stored_headers
from storage.records import Attributes, ObjectVersion


def test_metadata_that_no_header_can_name_is_counted() -> None:
    """API Reference, GetObject, "x-amz-missing-meta"."""
    metadata = {"a": "1", "b\r\nset-cookie: c": "2", "d: e": "3", "f": "4"}
    found = ObjectVersion(1, "", 0, attributes=Attributes({}, metadata, "STANDARD", {}))
    assert stored_headers(found) == [
        (b"x-amz-meta-a", b"1"),
        (b"x-amz-meta-f", b"4"),
        (b"x-amz-missing-meta", b"2"),
    ]
