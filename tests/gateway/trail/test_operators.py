"""What operators change with commands is in the trail, beside what was asked of the server."""

import json
import os
import pwd
from pathlib import Path
from typing import Any

import pytest

from gateway import rootkey
from gateway.cli import main
from gateway.trail.operators import Command, Operator, trace_of
from gateway.trail.records import decode_told
from tests.serving import serving
from tests.storage.engine import StoppedClock

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a server that was stopped."""
    directory = tmp_path_factory.mktemp("operators") / "data"
    with serving(directory) as server:
        server.client().create_bucket(Bucket="photos")
        assert server.stop() == 0
    return directory


def run(data: Path, *words: str) -> None:
    assert main([*words, "--data-dir", str(data)]) == 0


def recorded(data: Path, capsys: Capture, *flags: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    run(data, "audit", "query", *flags)
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [one for one in found if one.get("operation", "signet").startswith("signet")]


ACCOUNT = "222222222222"
CHANGES = [
    pytest.param(
        ["account", "create", "--name", "other", "--id", ACCOUNT],
        {"what": "identity"},
        "name other",
        id="account create",
    ),
    pytest.param(
        ["limit", "set", "bucket", "photos", "--requests", "50/s"],
        {"what": "limits"},
        "bucket photos: requests=50",
        id="limit set",
    ),
    pytest.param(
        ["limit", "remove", "bucket", "photos"],
        {"what": "limits"},
        "bucket photos",
        id="limit remove",
    ),
    pytest.param(
        ["quota", "set", "bucket", "photos", "--bytes", "1GB"],
        {"what": "limits"},
        "bucket photos: 1,000,000,000 bytes",
        id="quota of a bucket",
    ),
    pytest.param(
        ["quota", "set", "account", "000000000001", "--objects", "5"],
        {"what": "limits"},
        "account 000000000001: 5 objects",
        id="quota of an account",
    ),
    pytest.param(
        ["quota", "remove", "account", "000000000001"],
        {"what": "limits"},
        "account 000000000001: no quota",
        id="quota taken away",
    ),
    pytest.param(["keys", "rotate"], {"what": "commanded"}, "key sse-s3", id="keys rotate"),
]


@pytest.mark.parametrize(("words", "changed", "detail"), CHANGES)
def test_each_change_is_told_of_once_by_who_made_it(
    data: Path, capsys: Capture, words: list[str], changed: dict[str, Any], detail: str
) -> None:
    before = recorded(data, capsys)
    run(data, *words)

    (found,) = (one for one in recorded(data, capsys) if one not in before)
    assert found["operation"] == " ".join(["signet", *words[:2]])
    assert found["detail"] == detail
    assert found["changed"]["what"] == changed["what"]
    assert found["who"]["type"] == "Operator"
    assert found["who"]["id"] == f"uid:{os.getuid()}"
    assert found["who"]["user"] == pwd.getpwuid(os.getuid()).pw_name
    assert found["decision"] == {"allowed": True, "by": "data directory"}


def test_a_key_is_followed_from_its_issue_to_its_end(data: Path, capsys: Capture) -> None:
    flags = ["--bucket", "photos", "--prefix", "in/", "--rate", "5/s", "--json"]
    capsys.readouterr()
    run(data, "key", "issue", *flags)
    issued = json.loads(capsys.readouterr().out)
    run(data, "key", "revoke", issued["access_key_id"])

    found = recorded(data, capsys, "--key", issued["access_key_id"])

    assert [one["operation"] for one in found] == ["signet key issue", "signet key revoke"]
    assert found[0]["resource"] == "arn:aws:iam::000000000001:root"
    assert found[0]["detail"].startswith("reads and writes s3://photos/in/; as 000000000001;")
    assert [one["changed"]["access_key"] for one in found] == [issued["access_key_id"]] * 2
    assert issued["secret_access_key"] not in json.dumps(found)


def test_a_root_key_is_named_before_it_is_valid_and_its_secret_is_not(
    data: Path, capsys: Capture
) -> None:
    rootkey.find(data, "", "")  # as a server does that is given none
    capsys.readouterr()
    run(data, "root-key", "rotate", "--overlap", "1h", "--json")
    made = json.loads(capsys.readouterr().out)

    (found,) = recorded(data, capsys, "--operation", "signet root-key rotate")

    assert found["detail"] == f"{made['id']}, with an overlap of 1h"
    assert made["secret"] not in json.dumps(found)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["limit", "remove", "bucket", "nothing-is-set"], id="nothing to remove"),
        pytest.param(["key", "revoke", "AKIAEXAMPLEEXAMPLE22"], id="no such key"),
        pytest.param(["quota", "set", "bucket", "no-such", "--bytes", "1"], id="no such bucket"),
    ],
)
def test_what_changes_nothing_is_not_told(data: Path, capsys: Capture, words: list[str]) -> None:
    before = recorded(data, capsys)
    assert main([*words, "--data-dir", str(data)]) == 2
    assert recorded(data, capsys) == before


def test_without_a_trail_nothing_is_told(data: Path, capsys: Capture) -> None:
    before = recorded(data, capsys)
    run(data, "limit", "set", "bucket", "photos", "--requests", "9", "--trail", "off")
    run(data, "keys", "rotate", "--trail", "off")
    assert recorded(data, capsys) == before


def test_readers_of_other_formats_are_told_what_theirs_can_say(data: Path, capsys: Capture) -> None:
    run(data, "quota", "set", "bucket", "photos", "--bytes", "2GB")
    flags = ["--operation", "signet quota set", "--bucket", "photos"]
    capsys.readouterr()
    run(data, "audit", "query", *flags, "--format", "cloudtrail")
    event = json.loads(capsys.readouterr().out.splitlines()[-1])
    run(data, "audit", "query", *flags, "--format", "access-log")

    assert capsys.readouterr().out == ""
    assert event["eventSource"] == "signet"
    assert event["eventName"] == "signet quota set"
    assert event["eventType"] == "AwsServiceEvent"
    assert event["userIdentity"]["principalId"] == f"uid:{os.getuid()}"
    assert event["requestParameters"]["detail"] == "bucket photos: 2,000,000,000 bytes"
    assert event["readOnly"] is False


def test_whom_sudo_names_is_told_beside_who_it_is() -> None:
    operator = Operator(0, "root", "ann", "host-1")
    clock = StoppedClock()
    told = decode_told(trace_of(operator, Command("signet keys rotate"), clock).tell())

    assert told.person is not None
    assert told.person.user_name == "root"
    assert told.person.source_identity == "ann"
    assert told.host == "host-1"
    assert told.at_ms == clock.ms


def test_what_a_check_has_mended_is_counted(data: Path, capsys: Capture) -> None:
    before = recorded(data, capsys)
    run(data, "fsck", "--repair")
    assert recorded(data, capsys) == before, "there was nothing to mend"
    for name in ("one", "two"):
        (data / "blobs" / name).write_bytes(b"no blob")

    run(data, "fsck", "--repair")

    (found,) = (one for one in recorded(data, capsys) if one not in before)
    assert (found["operation"], found["detail"]) == ("signet fsck --repair", "stray file: 2")
    run(data, "fsck")
