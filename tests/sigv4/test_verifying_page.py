"""docs/verifying.md: each example runs, and boto3 talks to it; the package stands alone."""

import asyncio
import io
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, make_server

import botocore.credentials
import pytest
from aiohttp import web
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from sigv4 import FormClaim, FormParser, KeyCache, SigError, read_form
from tests.sigv4.exercise import KEY, SECRET, exercise, put_signed, said
from tests.sigv4.forms import CONTENT_TYPE, body_of

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "verifying.md"
EXAMPLES: Final = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
WSGI, AIOHTTP, STREAMED, DJANGO, OTHER_SERVICE, SIGN = EXAMPLES
LINES_MAX: Final = 20


def names_of(*examples: str) -> dict[str, Any]:
    """What examples define."""
    found: dict[str, Any] = {"__name__": "example"}
    for text in examples:
        exec(text, found)
    return found


@pytest.mark.parametrize("text", [WSGI, AIOHTTP, DJANGO])
def test_an_example_has_twenty_lines_below_its_imports(text: str) -> None:
    lines = [line for line in text.splitlines() if line.strip()]
    code = [line for line in lines if not line.startswith(("import ", "from "))]
    assert len(code) <= LINES_MAX


# WSGI


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Says who asked for what, as ``exercise`` expects."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
    start_response("200 OK", [("Content-Type", "application/xml")])
    return [said(environ["sigv4.access_key"], environ["REQUEST_METHOD"], body).encode()]


@contextmanager
def served_by_wsgi(app: Any) -> Iterator[str]:
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_the_wsgi_example() -> None:
    with served_by_wsgi(names_of(WSGI)["signed_only"](application)) as endpoint:
        exercise(endpoint)


def test_the_example_for_another_service() -> None:
    names = names_of(WSGI)
    names["VERIFIER"] = names_of(OTHER_SERVICE)["VERIFIER"]
    app = names["signed_only"](application)
    with served_by_wsgi(app) as endpoint:
        for body in (b"", b"{}"):
            assert asked(app, body, body) == ("200 OK", said(KEY, "POST", body))
        assert asked(app, b"{}", b"[]")[0] == "403 SignatureDoesNotMatch"
        assert put_signed(endpoint, b"", b"", {})[0] == 400  # for S3


def asked(app: Any, signed: bytes, sent: bytes) -> tuple[str, str]:
    """A request signed by botocore for the service ``orders``; the status, and what is said."""
    request = AWSRequest("POST", "http://h/orders/a%20b/./c?x=1&a=2", data=signed)
    pair = botocore.credentials.Credentials(KEY, SECRET)
    SigV4Auth(pair, "orders", "us-east-1").add_auth(request)
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/orders/a b/./c",
        "QUERY_STRING": "x=1&a=2",
        "HTTP_HOST": "h",
        "CONTENT_LENGTH": str(len(sent)),
        "wsgi.input": io.BytesIO(sent),
        **{environ_name(name): value for name, value in request.headers.items()},
    }
    return told(app, environ)


def environ_name(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"


def told(app: Any, environ: dict[str, Any]) -> tuple[str, str]:
    """A status, and the document."""
    statuses: list[str] = []
    (answer,) = app(environ, lambda status, _: statuses.append(status))
    return statuses[0], answer.decode()


# aiohttp


def test_the_aiohttp_example() -> None:
    names = names_of(AIOHTTP)

    async def say(request: web.Request) -> web.Response:
        access_key, content = request[names["ACCESS_KEY"]], request[names["CONTENT"]]
        return web.Response(text=said(access_key, request.method, content))

    async def run() -> None:
        app = web.Application(middlewares=[names["signed_only"]])
        app.router.add_route("*", "/{tail:.*}", say)
        async with served_by_aiohttp(app) as endpoint:
            await asyncio.to_thread(exercise, endpoint)

    asyncio.run(run())


def test_the_streaming_example(tmp_path: Path) -> None:
    save = names_of(AIOHTTP, STREAMED)["save"]

    async def put(request: web.Request) -> web.Response:
        try:
            await save(request, tmp_path / "saved")
        except SigError as error:
            return web.Response(status=error.status, text=error.code)
        return web.Response()

    async def run() -> None:
        app = web.Application()
        app.router.add_put("/bkt/k", put)
        async with served_by_aiohttp(app) as endpoint:
            body = b"hello" * 1_000_000
            other = b"jello" * 1_000_000
            refused = await asyncio.to_thread(put_signed, endpoint, body, other, {})
            assert refused == (400, b"XAmzContentSHA256Mismatch")
            assert not (tmp_path / "saved").exists()
            assert await asyncio.to_thread(put_signed, endpoint, body, body, {}) == (200, b"")
            assert (tmp_path / "saved").read_bytes() == body

    asyncio.run(run())


@asynccontextmanager
async def served_by_aiohttp(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, auto_decompress=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


# Signing


def test_the_signing_example() -> None:
    names = names_of(SIGN)
    app = names_of(WSGI)["signed_only"](application)
    bare = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/my-bucket/a key",
        "HTTP_HOST": "127.0.0.1:9000",
        "CONTENT_LENGTH": "",
        "wsgi.input": io.BytesIO(),
    }
    signed = {environ_name(name.decode()): value.decode() for name, value in names["added"]}
    accepted = ("200 OK", said(KEY, "GET", b""))
    assert told(app, {**bare, **signed}) == accepted
    query = names["url"].decode().partition("?")[2]
    assert told(app, {**bare, "QUERY_STRING": query}) == accepted
    assert told(app, bare)[0] == "403 AccessDenied"
    parser = FormParser(CONTENT_TYPE)
    parser.feed(body_of(names["form"]))
    claim = read_form(parser, now=names["now"], regions=["us-east-1"])
    assert isinstance(claim, FormClaim)
    assert claim.is_signed_with(SECRET, KeyCache())


# The package by itself

ALONE: Final = """
import pkgutil, sys
import sigv4
need_more = []
for found in pkgutil.walk_packages(sigv4.__path__, "sigv4."):
    if found.name == "sigv4.__main__":
        continue
    try:
        __import__(found.name)
    except ModuleNotFoundError as error:
        need_more.append((found.name, error.name))
outside = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
print(sorted(name for name in outside if not name.startswith("_")))
print(" ".join(f"{name}:{needed}" for name, needed in need_more))
exec(sys.stdin.read())
"""
# Of Version 4A, and what makes vectors of it.
NEED_CRYPTOGRAPHY: Final = re.compile(r"sigv4\.(ecdsa|vectors\.\w+):cryptography\Z")


def test_the_package_needs_nothing_but_python(tmp_path: Path) -> None:
    """Not even to be installed: -S leaves out what is."""
    shutil.copytree(
        ROOT / "sigv4", tmp_path / "sigv4", ignore=shutil.ignore_patterns("__pycache__")
    )
    done = subprocess.run(
        [
            sys.executable,
            "-S",
            "-P",
            "-c",
            f"import sys; sys.path.insert(0, {str(tmp_path)!r}){ALONE}",
        ],
        input=WSGI + OTHER_SERVICE + SIGN,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={},
    )
    assert (done.returncode, done.stderr) == (0, "")
    modules, need_more = done.stdout.splitlines()
    assert modules == "['sigv4']"
    assert "sigv4.ecdsa:cryptography" in need_more
    assert all(NEED_CRYPTOGRAPHY.match(one) for one in need_more.split())


def test_the_package_by_itself_has_the_version_of_the_whole() -> None:
    whole, alone = (
        tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
        for folder in (".", "sigv4")
    )
    for name in ("version", "license", "requires-python"):
        assert alone[name] == whole[name]
    (cryptography,) = alone["optional-dependencies"]["v4a"]
    assert cryptography in whole["dependencies"]
