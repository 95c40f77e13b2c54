"""What changes of identities, every worker of a server heeds from the next request on, under load.

The clock is the machine's, and so are the processes.
"""

import hashlib
import http.client
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import boto3
import pytest
from botocore.config import Config

from sigv4 import Credentials, Request, Signer
from tests.gateway.users import allow, deny
from tests.serving import KEY, SECRET, Server, serving, until

WORKERS: Final = 3
CONNECTIONS: Final = 12
NEW_AFTER: Final = 20  # requests
TARGET: Final = "/bucket/key"
EMPTY: Final = hashlib.sha256(b"").hexdigest().encode()


class Seen(NamedTuple):
    """One answer."""

    began: float
    status: int
    worker: str  # each has a host id of its own


class Load:
    """Requests with one key on many connections, without pause."""

    def __init__(self, server: Server, key: Credentials) -> None:
        self.seen: list[Seen] = []
        self._address = server.address
        self._key = key
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(CONNECTIONS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        signer = Signer(self._key, "us-east-1")
        host, port = self._address
        connection = http.client.HTTPConnection(host, port)
        named = [(b"host", f"{host}:{port}".encode())]
        for number in count(1):
            if self._stop.is_set():
                break
            if number % NEW_AFTER == 0:
                connection.close()  # the next may come to another worker
            began = time.monotonic()
            request = Request("GET", TARGET.encode(), named)
            added = signer.sign(request, now=int(time.time()), payload=EMPTY)
            headers = {name.decode(): value.decode() for name, value in added}
            connection.request("GET", TARGET, headers=headers)
            answer = connection.getresponse()
            answer.read()
            worker = answer.headers["x-amz-id-2"]
            self.seen.append(Seen(began, answer.status, worker))
        connection.close()

    def wait_for(self, status: int, since: float) -> None:
        """Until every worker has answered so to what began since then."""

        def all_workers() -> bool:
            found = {one.worker for one in self.seen if one.began > since and one.status == status}
            return len(found) == WORKERS

        until(all_workers, lambda: f"{status}: {self.seen[-CONNECTIONS:]}")

    def check_after(self, change: Callable[[], Any], status: int) -> None:
        """What begins once a change is acknowledged is answered by it, whoever answers."""
        change()
        acknowledged = time.monotonic()
        self.wait_for(status, acknowledged)
        after = [one for one in self.seen if one.began > acknowledged]
        assert {one.status for one in after} == {status}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "data", "--workers", str(WORKERS)) as running:
        yield running


@pytest.fixture
def iam(server: Server) -> Any:
    return boto3.client(
        "iam",
        endpoint_url=server.endpoint,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}),
    )


def new_key(iam: Any) -> Credentials:
    made = iam.create_access_key(UserName="u")["AccessKey"]
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"])


def test_every_worker_heeds_a_change_from_the_next_request_on(server: Server, iam: Any) -> None:
    s3 = server.client()
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Body=b"x")
    iam.create_user(UserName="u")
    key = new_key(iam)

    def put_policy(document: str) -> None:
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document)

    def set_status(status: str) -> None:
        iam.update_access_key(UserName="u", AccessKeyId=key.access_key, Status=status)

    with Load(server, key) as load:
        load.wait_for(403, 0)
        load.check_after(lambda: put_policy(allow("s3:GetObject")), 200)
        load.check_after(lambda: put_policy(deny("s3:GetObject")), 403)
        load.check_after(lambda: put_policy(allow("s3:GetObject")), 200)
        load.check_after(lambda: set_status("Inactive"), 403)
        load.check_after(lambda: set_status("Active"), 200)
        second = new_key(iam)
        with Load(server, second) as other:  # rotation: both are valid for a while
            other.wait_for(200, 0)
            iam.delete_access_key(UserName="u", AccessKeyId=key.access_key)
            load.wait_for(403, time.monotonic())
            assert {one.status for one in other.seen} == {200}
