"""An OpenID Connect provider on this machine: its keys, its documents, its tokens."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

CLIENT: Final = "client-1"
_CURVES: Final = {
    "ES256": (ec.SECP256R1(), "P-256", 32),
    "ES384": (ec.SECP384R1(), "P-384", 48),
    "ES512": (ec.SECP521R1(), "P-521", 66),
}
_HASHES: Final = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def escaped(raw: bytes) -> str:
    """base64url as tokens have it."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def number(value: int) -> str:
    """A number of a JWK."""
    return escaped(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class SigningKey:
    """A key pair of the provider."""

    def __init__(self, algorithm: str, key_id: str) -> None:
        self.algorithm, self.id = algorithm, key_id
        self._private: Any
        if algorithm.startswith("RS"):
            self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        else:
            self._private = ec.generate_private_key(_CURVES[algorithm][0])

    @property
    def jwk(self) -> dict[str, str]:
        """Its public half, as the provider shows it."""
        numbers = self._private.public_key().public_numbers()
        about = {"kid": self.id, "use": "sig", "alg": self.algorithm}
        if self.algorithm.startswith("RS"):
            return about | {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        curve, size = _CURVES[self.algorithm][1:]
        x, y = (escaped(part.to_bytes(size, "big")) for part in (numbers.x, numbers.y))
        return about | {"kty": "EC", "crv": curve, "x": x, "y": y}

    def sign(self, text: bytes) -> bytes:
        """A signature as tokens have it."""
        digest = _HASHES[self.algorithm[2:]]
        if self.algorithm.startswith("RS"):
            signature: bytes = self._private.sign(text, padding.PKCS1v15(), digest)
            return signature
        size = _CURVES[self.algorithm][2]
        pair = decode_dss_signature(self._private.sign(text, ec.ECDSA(digest)))
        return b"".join(part.to_bytes(size, "big") for part in pair)


KEYS: Final = {name: SigningKey(name, f"key-{name}") for name in ("RS256", "ES256")}


def token(claims: dict[str, Any], key: SigningKey | None = None, **header: Any) -> str:
    """A token; ``header`` overrides, and None takes away."""
    key = key or KEYS["RS256"]
    head = {"alg": key.algorithm, "kid": key.id, "typ": "JWT"} | header
    head = {name: value for name, value in head.items() if value is not None}
    said = {name: value for name, value in claims.items() if value is not None}
    text = ".".join(escaped(json.dumps(one).encode()) for one in (head, said))
    return f"{text}.{escaped(key.sign(text.encode()))}"


class Provider:
    """A provider that runs."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.keys: list[dict[str, Any]] = [key.jwk for key in KEYS.values()]
        self.asked: list[str] = []
        self.answers: dict[str, tuple[int, bytes]] = {}  # by path, instead of the right ones

    @property
    def name(self) -> str:
        """As IAM has it."""
        return self.url.partition("://")[2]

    def document(self, path: str) -> tuple[int, bytes]:
        """What it answers."""
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        documents: dict[str, Any] = {
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
            },
            "/keys": {"keys": self.keys},
        }
        return 200, json.dumps(documents[path]).encode()


@contextmanager
def running_provider() -> Iterator[Provider]:
    """One on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = provider.document(self.path)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider = Provider(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
