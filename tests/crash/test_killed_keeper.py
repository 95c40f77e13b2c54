"""kill -9 of the keeper while it carries out lifecycles: everything is done in the end, and once.

The server is a started one, its days last a second, and its client is boto3.
"""

import os
import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from tests.crash.test_kill import check_fsck
from tests.serving import Server, serving

KEYS: Final = 40
VERSIONS: Final = 3
KILLS: Final = 5  # the next one comes after a pause that doubles
WAIT_S: Final = 120.0
DAYS: Final = ("--testing-lifecycle-day-seconds", "1")


def rule(name: str, prefix: str, **actions: Any) -> dict[str, Any]:
    return {"ID": name, "Filter": {"Prefix": prefix}, "Status": "Enabled"} | actions


RULES: Final = [
    rule("end", "end/", Expiration={"Days": 1}),
    rule(
        "all",
        "all/",
        Expiration={"ExpiredObjectDeleteMarker": True},
        NoncurrentVersionExpiration={"NoncurrentDays": 1},
    ),
    rule(
        "kept",
        "kept/",
        NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 1},
    ),
    rule("uploads", "uploads/", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1}),
]
# Of each key: versions, and delete markers.
LEFT: Final = {"end/": (VERSIONS, 1), "all/": (0, 0), "kept/": (2, 0), "other/": (VERSIONS, 0)}


def furnish(s3: Any) -> None:
    s3.create_bucket(Bucket="bucket")
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    for number in range(KEYS):
        for prefix in LEFT:
            for size in range(VERSIONS):
                s3.put_object(Bucket="bucket", Key=f"{prefix}{number}", Body=b"x" * 20_000 * size)
        s3.delete_object(Bucket="bucket", Key=f"all/{number}")
        s3.create_multipart_upload(Bucket="bucket", Key=f"uploads/{number}")


def left(s3: Any) -> dict[str, set[tuple[int, int]]]:
    """How many versions and markers the keys of each prefix have."""
    versions, markers = Counter[str](), Counter[str]()
    for page in s3.get_paginator("list_object_versions").paginate(Bucket="bucket"):
        versions.update(one["Key"] for one in page.get("Versions", []))
        markers.update(one["Key"] for one in page.get("DeleteMarkers", []))
    return {
        prefix: {
            (versions[f"{prefix}{number}"], markers[f"{prefix}{number}"]) for number in range(KEYS)
        }
        for prefix in LEFT
    }


def kill_keeper(server: Server, others: set[int], wait_s: float) -> None:
    """Some time after it began; ``others`` are the worker, and keepers that were killed."""
    before = time.monotonic()
    while not (keepers := set(server.workers()) - others):
        assert time.monotonic() - before < WAIT_S
        threading.Event().wait(0.01)
    threading.Event().wait(wait_s)
    others |= keepers
    os.kill(keepers.pop(), signal.SIGKILL)


def is_done(s3: Any) -> bool:
    uploads = s3.list_multipart_uploads(Bucket="bucket").get("Uploads", [])
    return not uploads and left(s3) == {prefix: {count} for prefix, count in LEFT.items()}


@pytest.mark.clients
def test_what_a_killed_keeper_left_is_done_by_the_next(tmp_path: Path) -> None:
    dice = random.Random(5)
    with serving(tmp_path / "data", "--workers", "1", *DAYS) as server:
        s3 = server.client()
        others = set(server.workers()[:1])
        furnish(s3)
        s3.put_bucket_lifecycle_configuration(
            Bucket="bucket", LifecycleConfiguration={"Rules": RULES}
        )
        for _ in range(KILLS):
            kill_keeper(server, others, dice.uniform(0.1, 1.5))
        before = time.monotonic()
        while not is_done(s3):
            assert time.monotonic() - before < WAIT_S, left(s3)
            threading.Event().wait(0.2)
        threading.Event().wait(3.0)  # days go by: nothing is done twice
        assert is_done(s3)
        assert server.stop() == 0
    check_fsck(tmp_path / "data")
