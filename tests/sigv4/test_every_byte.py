"""Every single-byte change of what was signed is refused: every byte, every other value.

tests/sigv4/test_chunked_however_cut.py has the same of bodies in chunks.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

import pytest

from sigv4 import Request, SigError, Signer, Verifier
from sigv4.canonical import canonical_path, canonical_query, split_target
from tests.sigv4.forms import body_of, signed, upload
from tests.sigv4.signing import KEYS, NOW, REGION, SIGNER, SIGNER_4A

BODY: Final = b"the body that was signed"
VERIFIER: Final = Verifier({KEYS.access_key: KEYS}.get, (REGION,))
HEAD: Final = Request(
    "PUT",
    b"/bkt/some/key.txt?prefix=a&versionId=b",
    [
        (b"host", b"s3.example.com"),
        (b"content-type", b"text/plain"),
        (b"x-amz-meta-name", b"value"),
        (b"range", b"bytes=0-9"),
    ],
)
EVERY: Final = range(1, 256)
BITS: Final = tuple(1 << bit for bit in range(8))  # one bit of each byte, to take less time
FEW: Final = (1, 32, 128)  # of 4A, each of whose signatures takes ten times as long


def by_header(signer: Signer) -> Request:
    digest = hashlib.sha256(BODY).hexdigest().encode()
    added = signer.sign(HEAD, now=NOW, payload=digest)
    return HEAD._replace(headers=[*HEAD.headers, *added])


def by_url(signer: Signer) -> Request:
    return HEAD._replace(target=signer.presign(HEAD, now=NOW, expires_s=60))


def others(text: bytes, masks: Sequence[int]) -> Iterator[bytes]:
    """The text with one byte changed."""
    for at, byte in enumerate(text):
        for mask in masks:
            yield text[:at] + bytes([byte ^ mask]) + text[at + 1 :]


def changed(request: Request, masks: Sequence[int]) -> Iterator[tuple[Request, bytes]]:
    """Target, names and values of headers, body."""
    for target in others(request.target, masks):
        yield request._replace(target=target), BODY
    for number, (name, value) in enumerate(request.headers):
        pairs = [(other, value) for other in others(name, masks) if other.lower() != name.lower()]
        pairs += [(name, other) for other in others(value, masks)]
        for pair in pairs:
            headers = [*request.headers[:number], pair, *request.headers[number + 1 :]]
            yield request._replace(headers=headers), BODY
    if b"X-Amz-Signature" not in request.target:  # a URL leaves the body unsigned
        for body in others(BODY, masks):
            yield request, body
    for method in ("GET", "POST", "DELETE", "HEAD", "put", "PUU"):
        yield request._replace(method=method), BODY


CASES: Final = {
    "header": (by_header(SIGNER), EVERY),
    "URL": (by_url(SIGNER), BITS),
    "header of 4A": (by_header(SIGNER_4A), FEW),
    "URL of 4A": (by_url(SIGNER_4A), FEW),
}


@pytest.mark.parametrize("name", CASES)
def test_no_byte_of_a_request_can_be_another(name: str) -> None:
    request, masks = CASES[name]
    assert VERIFIER.verify_whole(request, BODY, now=NOW).content == BODY
    accepted = []
    for number, (other, body) in enumerate(changed(request, masks)):
        try:
            VERIFIER.verify_whole(other, body, now=NOW)
        except SigError:
            continue
        if meaning(other) != meaning(request):
            accepted.append((number, other))
    assert accepted == []


def meaning(request: Request) -> object:
    """%2f is %2F, and white space parts the components of an Authorization header."""
    path, query = split_target(request.target)
    headers = {name.lower(): value for name, value in request.headers}
    components = headers.pop(b"authorization", b"").split()
    return request.method, canonical_path(path), canonical_query(query), components, headers


@pytest.mark.parametrize("name", ["policy", "x-amz-signature", "x-amz-credential", "x-amz-date"])
def test_no_character_of_what_signs_a_form_can_be_another(name: str) -> None:
    fields = signed({"acl": "private"}, [{"acl": "private"}])
    assert upload(fields)
    for other in others(fields[name].encode(), BITS[:7]):
        with pytest.raises(SigError):
            upload({**fields, name: other.decode()})


def test_the_fields_that_a_policy_fixes_cannot_be_others() -> None:
    fields = signed({"acl": "private"}, [{"acl": "private"}], key="k")
    assert body_of(fields)
    for name in ("acl", "key"):
        for other in others(fields[name].encode(), range(1, 128)):
            with pytest.raises(SigError):
                upload({**fields, name: other.decode()})
