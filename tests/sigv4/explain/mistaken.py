"""A real signer, botocore's, with one of its steps replaced: clients as they are in the wild."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from unittest import mock
from urllib.parse import urlsplit

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from sigv4 import Credentials, Request
from sigv4.explain import Known
from tests.sigv4.signing import KEYS, NOW, REGION

HOST: Final = "s3.example.com"
URL: Final = f"http://{HOST}"
DATE: Final = "20260821T101112Z"

Step = Callable[..., Any]


class Signed:
    """A request as it left the client, and the canonical request that its signer made."""

    def __init__(self, request: Request, canonical: str, body: bytes) -> None:
        self.request = request
        self.canonical = canonical
        self.body = body

    def but(
        self,
        *,
        method: str | None = None,
        target: tuple[str, str] | None = None,
        host: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        added: Mapping[str, str] | None = None,
    ) -> "Signed":
        """The request as it arrives after something on the way changed it."""
        request = self.request
        if method is not None:
            request = request._replace(method=method)
        if target is not None:
            old, new = (text.encode() for text in target)
            assert old in request.target, (old, request.target)
            request = request._replace(target=request.target.replace(old, new, 1))
        changes = {name.lower(): value for name, value in (headers or {}).items()}
        if host is not None:
            changes["host"] = host
        pairs = []
        for name, value in request.headers:
            lower = name.decode().lower()
            if lower not in changes:
                pairs.append((name, value))
            elif (new_value := changes[lower]) is not None:
                pairs.append((name, new_value.encode()))
        pairs += [(name.encode(), value.encode()) for name, value in (added or {}).items()]
        return Signed(request._replace(headers=pairs), self.canonical, self.body)


class Mistaken(NamedTuple):
    """A mistake, how it is made, and what else whoever asks knows."""

    name: str
    make: Callable[[], Signed]
    known: Known = Known((KEYS,))


def _class_of(base: type, steps: Mapping[str, Step], seen: list[str]) -> Any:
    """botocore's signer with some of its methods replaced; each gets the original result."""

    def canonical_request(self: Any, request: Any) -> str:
        made = base.canonical_request(self, request)  # type: ignore[attr-defined]
        made = steps["canonical_request"](made) if "canonical_request" in steps else made
        seen.append(made)
        return str(made)

    def replace(name: str, step: Step) -> Callable[..., Any]:
        original = getattr(base, name)
        return lambda self, *given, **named: step(original(self, *given, **named))

    methods: dict[str, Any] = {
        name: replace(name, step) for name, step in steps.items() if name != "canonical_request"
    }
    return type("Mistaken", (base,), {**methods, "canonical_request": canonical_request})


def _sign(
    base: type,
    steps: Mapping[str, Step],
    request: botocore.awsrequest.AWSRequest,
    credentials: Credentials,
    region: str,
    service: str,
    **options: Any,
) -> list[str]:
    seen: list[str] = []
    pair = botocore.credentials.Credentials(
        credentials.access_key, credentials.secret_key, credentials.session_token
    )
    signer = _class_of(base, steps, seen)(pair, service, region, **options)
    moment = datetime.fromtimestamp(NOW, UTC)
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=moment):
        signer.add_auth(request)
    return seen


def by_header(
    method: str = "GET",
    target: str = "/bkt/key",
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    credentials: Credentials = KEYS,
    region: str = REGION,
    service: str = "s3",
    host: str = HOST,
    signed_host: str = "",
    base: type = botocore.auth.S3SigV4Auth,
    **steps: Step,
) -> Signed:
    """A request with an Authorization header; ``steps`` replace methods of botocore's signer.

    ``signed_host`` is the host at the time of signing, where it is another.
    """
    url = f"http://{signed_host or host}{target}"
    request = botocore.awsrequest.AWSRequest(method, url, headers=headers or {}, data=body)
    (canonical,) = _sign(base, steps, request, credentials, region, service)
    pairs = [(b"Host", host.encode())]
    pairs += [(n.encode(), _bytes(v)) for n, v in request.headers.items()]
    return Signed(Request(method, target.encode(), pairs), canonical, body)


def by_url(
    method: str = "GET",
    target: str = "/bkt/key",
    *,
    headers: Mapping[str, str] | None = None,
    credentials: Credentials = KEYS,
    region: str = REGION,
    expires_s: int = 3600,
    **steps: Step,
) -> Signed:
    """A presigned URL, opened."""
    request = botocore.awsrequest.AWSRequest(method, URL + target, headers=headers or {})
    base = botocore.auth.S3SigV4QueryAuth
    (canonical,) = _sign(base, steps, request, credentials, region, "s3", expires=expires_s)
    parts = urlsplit(request.url)
    pairs = [(b"Host", HOST.encode())]
    pairs += [(n.encode(), _bytes(v)) for n, v in (headers or {}).items()]
    return Signed(Request(method, f"{parts.path}?{parts.query}".encode(), pairs), canonical, b"")


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
