"""What is checked in is what the model gives; what is said is what is so."""

from pathlib import Path

import pytest

import gateway.protocol.types
from gateway import registry
from gateway.protocol import errata
from gateway.protocol.__main__ import main
from gateway.protocol.codes import ERRORS
from gateway.protocol.model import load
from gateway.protocol.reference import operations_table
from gateway.protocol.shapes import OPERATIONS, attribute, generated_module


def test_generating_the_types_again_changes_nothing() -> None:
    checked_in = Path(gateway.protocol.types.__file__).read_text()
    assert generated_module(load()) == checked_in, "run `python -m gateway.protocol generate`"


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("Bucket", "bucket"),
        ("VersionId", "version_id"),
        ("ETag", "etag"),
        ("SSEKMSKeyId", "ssekms_key_id"),
        ("SSECustomerKeyMD5", "sse_customer_key_md5"),
        ("ContentMD5", "content_md5"),
        ("MpuObjectSize", "mpu_object_size"),
        ("ChecksumCRC64NVME", "checksum_crc64_nvme"),
        ("ID", "id"),
        ("URI", "uri"),
    ],
)
def test_a_member_becomes_an_attribute(member: str, name: str) -> None:
    assert attribute(member) == name


def test_no_two_members_of_a_structure_become_one_attribute() -> None:
    for shape in load().shapes.values():
        members = list(shape.get("members", ()))
        assert len({attribute(member) for member in members}) == len(members)


def test_the_errata_speak_of_operations_that_exist() -> None:
    named = {*errata.ROOTS, *errata.STATUSES, *errata.SHADOWED, *errata.LEVELS}
    named |= {*errata.FORBIDDEN, *errata.OTHER_ROOTS, *errata.MISSING_DOCUMENTS, *OPERATIONS}
    assert named <= load().operations.keys()
    assert load().shapes.keys() >= errata.OPEN_ENUMERATIONS | errata.IGNORABLE_DATES


def test_every_exception_of_the_model_is_in_the_table_with_its_status() -> None:
    exceptions = {
        name: shape["error"]["httpStatusCode"]
        for name, shape in load().shapes.items()
        if shape.get("exception")
    }
    assert exceptions == {name: ERRORS[name].status for name in exceptions}


def test_the_status_of_an_error_is_one_of_http() -> None:
    assert {spec.status for spec in ERRORS.values()} <= {
        *(301, 304, 307),
        *(400, 403, 404, 405, 409, 411, 412, 414, 415, 416),
        *(500, 501, 503, 505),
    }


def test_the_table_of_operations_has_them_all() -> None:
    table = operations_table({"GetObject": "takes effect"})
    for operation in load().operations:
        assert f"\n| {operation} |" in table
    assert "\n| GetObject | `GET /bucket/key` | takes effect |\n" in table
    assert "\n| GetBucketAcl | `GET /bucket?acl` | 501 NotImplemented |\n" in table
    assert "\n| CopyObject | `PUT /bucket/key`, `x-amz-copy-source` | 501 Not" in table


def test_the_page_of_operations_says_what_is_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["operations"]) == 0
    page = capsys.readouterr().out
    checked_in = Path(__file__).parents[3] / "docs" / "operations.md"
    command = "python -m gateway.protocol operations > docs/operations.md"
    assert checked_in.read_text() == page, f"run `{command}`"
    marks = page.count("| takes effect |") + page.count("| stored |")
    assert marks == len(registry.OPERATIONS)


def test_the_command_line_shows_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "GetObject"]) == 0
    assert capsys.readouterr().out.startswith("GetObject: GET on the object\n")
    assert main(["show", "NoSuchOperation"]) == 2
