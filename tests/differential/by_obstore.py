"""obstore, a client in Rust, as a signer: what it would send to S3 is recorded beside it.

It signs only what it sends, by a clock that nobody can set.  So it is given a proxy that
writes down each request and answers that all is well; when it signed is read from the request.
"""

import socketserver
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import obstore
from obstore.store import S3Store

from sigv4 import HMAC_SHA256, Credentials, Request
from sigv4.canonical import origin_form
from sigv4.scope import parse_timestamp
from tests.differential.cases import EXPIRES_S, HOST, REGION, Unsigned

_BUCKET: Final = "/bkt/"
_META: Final = "x-amz-meta-"
_PATIENCE_S: Final = 30
_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\n"
    b'ETag: "a"\r\n'
    b"Last-Modified: Fri, 21 Aug 2026 10:11:12 GMT\r\n"
    b"Content-Length: 0\r\n\r\n"
)
# Of the HTTP client below it, which adds them once all is signed.
_NOT_OF_THE_SIGNER: Final = (b"accept", b"content-length", b"user-agent")


class _Proxy(socketserver.ThreadingTCPServer):
    """What came, request by request."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Recording)
        self.heard: SimpleQueue[Request] = SimpleQueue()


class _Recording(socketserver.StreamRequestHandler):
    server: _Proxy

    def handle(self) -> None:
        while line := self.rfile.readline():
            method, target, _ = line.split(b" ")
            headers = []
            while (line := self.rfile.readline()) != b"\r\n":
                name, _, value = line.partition(b":")
                headers.append((name, value.strip()))
            self.rfile.read(int(dict(headers).get(b"content-length", b"0")))
            signed = [pair for pair in headers if pair[0] not in _NOT_OF_THE_SIGNER]
            self.server.heard.put(Request(method.decode(), origin_form(target), signed))
            self.wfile.write(_ANSWER)


@contextmanager
def _proxy() -> Iterator[_Proxy]:
    with _Proxy() as proxy:
        thread = Thread(target=proxy.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


def _store(proxy: _Proxy, keys: Callable[[], Credentials], **options: Any) -> S3Store:
    def provide() -> Any:
        now = keys()
        return {
            "access_key_id": now.access_key,
            "secret_access_key": now.secret_key,
            "token": now.session_token,
            "expires_at": datetime.now(UTC),  # so that it asks each time
        }

    return S3Store(
        "bkt",
        region=REGION,
        endpoint=f"http://{HOST}",
        virtual_hosted_style_request=False,
        credential_provider=provide,
        client_options={
            "allow_http": True,
            "proxy_url": f"http://127.0.0.1:{proxy.server_address[1]}",
        },
        retry_config={"max_retries": 0},
        **options,
    )


def _key(case: Unsigned) -> bytes:
    return unquote_to_bytes(case.target.removeprefix(_BUCKET))


def takes(case: Unsigned) -> bool:
    """Those of objects whose keys are text, without controls, dots and empty segments.

    Of headers only attributes of an object that is written; of a URL none.
    """
    if case.algorithm != HMAC_SHA256 or "?" in case.target:
        return False
    key = _key(case).decode("utf-8", "replace")
    if not key.isprintable() or "\N{REPLACEMENT CHARACTER}" in key:
        return False
    if any(piece in ("", ".", "..") for piece in key.split("/")):
        return False
    if case.in_query:
        return not case.headers
    if case.method in ("GET", "HEAD"):
        return case.cell.payload == "unsigned" and not case.headers
    return (
        case.method == "PUT"
        and case.cell.payload in ("exact", "unsigned")
        and case.cell.headers != "repeated"
    )


def sign(cases: Sequence[Unsigned]) -> list[Request]:
    """What it sends, and the URLs it makes."""
    asking: list[Credentials] = []

    def keys() -> Credentials:
        return asking[-1]

    with _proxy() as proxy:
        exact = _store(proxy, keys)
        unsigned = _store(proxy, keys, unsigned_payload=True)
        signed = []
        for case in cases:
            asking.append(case.keys)
            if case.in_query:
                signed.append(_presigned(exact, case))
                continue
            _send(exact if case.cell.payload == "exact" else unsigned, case)
            signed.append(proxy.heard.get(timeout=_PATIENCE_S))
        return signed


def _send(store: S3Store, case: Unsigned) -> None:
    key = _key(case).decode()
    if case.method == "GET":
        obstore.get(store, key)
        return
    if case.method == "HEAD":
        obstore.head(store, key)
        return
    attributes = {name.lower().removeprefix(_META): text for name, text in case.headers}
    obstore.put(store, key, case.body, attributes=attributes, use_multipart=False)


def _presigned(store: S3Store, case: Unsigned) -> Request:
    method: Any = case.method
    url = obstore.sign(store, method, _key(case).decode(), timedelta(seconds=EXPIRES_S))
    target = url.removeprefix(f"http://{HOST}").encode()
    return Request(case.method, target, [(b"Host", HOST.encode())])


def moment(sent: Request) -> int:
    """When it was signed, in Unix seconds."""
    headers = dict(sent.headers)
    query = sent.target.partition(b"?")[2]
    parameters = dict(pair.split(b"=") for pair in query.split(b"&")) if query else {}
    text = headers.get(b"x-amz-date") or parameters[b"X-Amz-Date"]
    seconds = parse_timestamp(text.decode())
    assert seconds is not None
    return seconds
