"""Inputs that fuzzing found of interest: a file of lines for each target, in base64.

``python -m tests.fuzz.corpora`` adds what real signers make to begin with.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from sigv4 import ECDSA_SHA256, Request, Signer, encode_form
from sigv4.chunked import ChunkSigner
from sigv4.keys import HmacKey
from sigv4.sign import encode_chunks
from tests.sigv4.explain.test_v2 import by_url as by_v2_url
from tests.sigv4.signing import KEYS, NOW, REGION

FOLDER: Final = Path(__file__).parent / "corpus"
SIGNERS: Final = (Signer(KEYS, REGION), Signer(KEYS, "*", algorithm=ECDSA_SHA256))
HEAD: Final = Request(
    "PUT",
    b"/bkt/a%20b+c?x=1&a=b%2Fc&a=",
    [(b"host", b"s3.example.com"), (b"x-amz-meta-a", b"b  c"), (b"range", b"bytes=0-9")],
)
CHECKSUM: Final = base64.b64encode(zlib.crc32(b"hello").to_bytes(4)).decode()


def load(name: str) -> list[bytes]:
    """The inputs of a target, in the order of their lines."""
    path = FOLDER / f"{name}.txt"
    lines = path.read_text().split() if path.exists() else []
    return [binascii.a2b_base64(line) if line != "-" else b"" for line in lines]


def save(name: str, inputs: Iterable[bytes]) -> None:
    """Sorted, so that a change shows what came and what went."""
    lines = {binascii.b2a_base64(data, newline=False).decode() or "-" for data in inputs}
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.txt").write_text("".join(f"{line}\n" for line in sorted(lines)))


def _raw(request: Request) -> bytes:
    lines = b"".join(b"%b: %b\r\n" % pair for pair in request.headers)
    return b"%b %b HTTP/1.1\r\n%b\r\n" % (request.method.encode(), request.target, lines)


def _signed() -> Iterator[Request]:
    for signer in SIGNERS:
        added = signer.sign(HEAD, now=NOW)
        yield HEAD._replace(headers=[*HEAD.headers, *added])


def _presigned() -> Iterator[Request]:
    for signer in SIGNERS:
        yield HEAD._replace(target=signer.presign(HEAD, now=NOW, expires_s=60))
    yield by_v2_url(target="/bkt/key?versionId=1&response-expires=2")


def _chunks() -> Iterator[bytes]:
    for kind in (b"s", b"t", b"u", b"n"):
        signer = ChunkSigner(HmacKey(bytes(32)), b"20260821T101112Z", b"scope", b"0" * 64)
        trailers = [("x-amz-checksum-crc32", CHECKSUM)] if kind in (b"t", b"u") else None
        pieces = encode_chunks([b"hello"], signer if kind in (b"s", b"t") else None, trailers)
        for cut in (b"\0", b"\1", b"\7"):
            yield kind + cut + b"".join(pieces)


def _forms() -> Iterator[dict[str, str]]:
    conditions = [["content-length-range", 1, 10], {"acl": "private"}, ["starts-with", "$tag", ""]]
    yield SIGNERS[0].post_form(
        "bkt",
        "user/${filename}",
        now=NOW,
        expires_s=60,
        fields={"acl": "private", "tag": "x"},
        conditions=conditions,  # type: ignore[arg-type]  # lists of lists
    )
    yield {"key": "a", "AWSAccessKeyId": "b", "policy": "e30=", "signature": "c"}
    yield {"key": "${filename}"}


def seeds(name: str) -> Iterator[bytes]:
    """What a target begins with."""
    signed, presigned, forms = list(_signed()), list(_presigned()), list(_forms())
    bodies = [encode_form(one.items(), b"hello", boundary=b"b") for one in forms]
    if name == "canonicalizer":
        yield from (b"/a%20b/%2F../~%7e\na=b&A=%C3%A9&a&=&+%2B\nHost: a\nX:  b  c\nX: d", b"\n\n")
    elif name == "authorization":
        for request in signed:
            *others, (_, value) = request.headers
            yield b"\n".join((value, *(b":".join(pair) for pair in others)))
    elif name == "query":
        yield from (request.target.partition(b"?")[2] for request in presigned)
    elif name == "chunks":
        yield from _chunks()
    elif name == "form":
        yield from (cut + body for body in bodies for cut in (b"\0", b"\1", b"\x11"))
    elif name == "form_policy":
        for one in forms[:1]:
            lines = "\n".join(f"{key}={value}" for key, value in one.items())
            yield base64.b64decode(one["policy"]) + b"\0" + lines.encode()
    elif name == "explainer":
        yield from map(_raw, (*signed, *presigned))
        kind = b"Content-Type: multipart/form-data; boundary=b\r\n"
        yield from (b"POST /bkt HTTP/1.1\r\nHost: h\r\n" + kind + b"\r\n" + body for body in bodies)
        yield json.dumps({"url": "http://h/bkt", "fields": forms[0]}).encode()
        yield b"curl -F key=a -H 'x-amz-date: 20260821T101112Z' 'http://h/bkt?X-Amz-Signature=a'"


def main() -> None:
    """Add the seeds to what is there."""
    from tests.fuzz.targets import TARGETS

    for name in TARGETS:
        save(name, [*load(name), *seeds(name)])


if __name__ == "__main__":
    main()
