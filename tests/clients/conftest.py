"""Fixtures of the client matrix, and the table at the end of its run."""

import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from . import certificates
from .catalogue import CLIENTS, Client
from .endpoint import Endpoint
from .server import started

_HERE: Final = Path(__file__).parent
_OUTCOMES: Final = ("passed", "failed", "error", "skipped")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a server and a client: no module can forget to say so."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.clients)


@pytest.fixture(scope="session")
def endpoint(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Endpoint]:
    """The server: one that is running already (SIGNET_TEST_ENDPOINT), or one of our own.

    In the clear, unless a mark of schemes.py asks for TLS.
    """
    running = os.environ.get("SIGNET_TEST_ENDPOINT")
    if getattr(request, "param", "http") == "https":
        if running:
            pytest.skip("a server of our own is needed, with a certificate that we made")
        directory = tmp_path_factory.mktemp("tls-server")
        pair = certificates.make(directory)
        keys = ("--tls-cert", str(pair.certificate), "--tls-key", str(pair.key))
        with started(directory, scheme="https", arguments=keys, ca=pair.authority) as own:
            yield own
        return
    if running:
        yield Endpoint(
            running,
            os.environ["SIGNET_TEST_ACCESS_KEY_ID"],
            os.environ["SIGNET_TEST_SECRET_ACCESS_KEY"],
        )
        return
    with started(tmp_path_factory.mktemp("server")) as own:
        yield own


@pytest.fixture(scope="session")
def s3(endpoint: Endpoint) -> Iterator[Any]:
    """boto3, which also looks from the other side at what another client did."""
    client = endpoint.boto()
    yield client
    client.close()


def _empty(s3: Any, bucket: str) -> None:
    for upload in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys = [entry["Key"] for entry in page.get("Contents", [])]
        # A control character cannot stand in XML 1.0: such a key is deleted by its own request.
        for key in (key for key in keys if not key.isprintable()):
            s3.delete_object(Bucket=bucket, Key=key)
        named = [{"Key": key} for key in keys if key.isprintable()]
        if named:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
            assert "Errors" not in answer


@pytest.fixture(scope="session")
def new_bucket(s3: Any) -> Iterator[Callable[[], str]]:
    """Make a bucket, which is emptied and deleted after the last test."""
    made: list[str] = []

    def make() -> str:
        name = f"clients-{uuid.uuid4().hex[:20]}"
        s3.create_bucket(Bucket=name)
        made.append(name)
        return name

    yield make
    for name in made:
        _empty(s3, name)
        s3.delete_bucket(Bucket=name)


@pytest.fixture
def bucket(new_bucket: Callable[[], str]) -> str:
    """An empty bucket."""
    return new_bucket()


@pytest.fixture
def environment(endpoint: Endpoint, tmp_path: Path) -> dict[str, str]:
    """The environment of a client program, with a home of its own."""
    home = tmp_path / "home"
    home.mkdir()
    return endpoint.environment(home)


def _client_of(nodeid: str) -> Client | None:
    _, _, rest = nodeid.partition("tests/clients/")
    name = rest.partition("/")[0].partition("::")[0].removesuffix(".py").removeprefix("test_")
    return CLIENTS.get(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One table: each client, its version, and how it fared or why it was not run."""
    outcomes: dict[str, Counter[str]] = {}
    reasons: dict[str, str] = {}
    for outcome in _OUTCOMES:
        for report in terminalreporter.stats.get(outcome, []):
            client = _client_of(report.nodeid)
            if client is None:
                continue
            outcomes.setdefault(client.name, Counter())[outcome] += 1
            if outcome == "skipped":
                reasons[client.name] = report.longrepr[2].removeprefix("Skipped: ")
    if not outcomes:
        return
    terminalreporter.section("clients")
    for client in CLIENTS.values():
        seen = outcomes.get(client.name)
        if seen is None:
            terminalreporter.line(f"{client.name:24} {'':12} not selected")
            continue
        program = client.find()
        version = client.version(program) if program else "-"
        fared = ", ".join(f"{seen[outcome]} {outcome}" for outcome in _OUTCOMES if seen[outcome])
        reason = reasons.get(client.name, "")
        terminalreporter.line(f"{client.name:24} {version:12} {fared} {reason}".rstrip())
