"""What is fuzzed: functions that take any bytes, and what has to hold whatever they are.

Nothing but the package's own SigError may come out of them, no damage may be
accepted, and how a body is cut into pieces may change nothing.
"""

import base64
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from sigv4 import (
    GENERIC,
    S3,
    Anonymous,
    FormClaim,
    FormParser,
    KeyCache,
    Request,
    SigError,
    accept_anonymous,
    accept_anonymous_form,
    check,
    check_form,
    policy,
    read,
    read_form,
)
from sigv4.canonical import (
    canonical_headers,
    canonical_path,
    canonical_query,
    fold_headers,
)
from sigv4.chunked import ChunkedBody, ChunkSigner
from sigv4.explain import Known, explain
from sigv4.explain.material import NoRequest
from sigv4.explain.reading import read_text
from sigv4.explain.text import as_data, as_text
from sigv4.keys import HmacKey
from sigv4.payload import Chunked
from tests.sigv4.signing import KEYS, NOW, REGION

Target = Callable[[bytes], None]

_QUERY: Final = re.compile(rb"(?:[A-Za-z0-9\-._~=&]|%[0-9A-F]{2})*\Z")
_PATH: Final = re.compile(rb"/?(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})*\Z")
_HOST: Final = (b"Host", b"s3.example.com")
_DATE: Final = (b"X-Amz-Date", b"20260821T101112Z")
_HASH: Final = (b"X-Amz-Content-Sha256", b"UNSIGNED-PAYLOAD")
_BOUNDARY: Final = b"multipart/form-data; boundary=b"


def canonicalizer(data: bytes) -> None:
    """Canonical text is canonical: it has no other bytes, and made again it is the same."""
    path, _, rest = data.partition(b"\n")
    query, _, headers = rest.partition(b"\n")
    once = canonical_path(path)
    assert _PATH.match(once), once
    assert canonical_path(once) == once
    for profile in (S3, GENERIC):
        assert _PATH.match(canonical_path(path, profile))
    for stable in (False, True):
        once = canonical_query(query, stable=stable)
        assert _QUERY.match(once), once
        assert canonical_query(once, stable=stable) == once
    folded = fold_headers([line.partition(b":")[::2] for line in headers.split(b"\n")])
    for spaces_only in (False, True):
        canonical_headers(folded, sorted(folded), spaces_only=spaces_only)


def authorization(data: bytes) -> None:
    """Whatever stands in the headers."""
    value, _, rest = data.partition(b"\n")
    more = [line.partition(b":")[::2] for line in rest.split(b"\n") if line]
    _judge(Request("PUT", b"/bkt/key", [_HOST, _DATE, _HASH, (b"Authorization", value), *more]))


def query(data: bytes) -> None:
    """Whatever stands in the query."""
    _judge(Request("GET", b"/bkt/key?" + data, [_HOST]))


def _judge(request: Request) -> None:
    for profile, body in ((S3, None), (GENERIC, b"0" * 64)):
        with suppress(SigError):
            claim = read(
                request,
                now=NOW,
                regions=(REGION,),
                profile=profile,
                body_sha256=body,
                v2_bucket_of_host=lambda _: None,
            )
            if isinstance(claim, Anonymous):
                accept_anonymous(claim)
                continue
            secret = "not the secret that made the corpus"
            check(claim, secret, KeyCache())
            raise AssertionError("accepted without its secret")


def chunks(data: bytes) -> None:
    """A body in chunks, of the kind that the first byte says; cut where the second one says."""
    kind, cut, body = data[:1], (data[1:2] or b"\0")[0], data[2:]
    signed, has_trailer = kind in (b"s", b"t"), kind in (b"u", b"t")
    payload = Chunked(signed, has_trailer, 5, ("x-amz-checksum-crc32",) if has_trailer else ())
    whole = _decoded(payload, [body])
    cuts = [body[n : n + cut] for n in range(0, len(body), cut)] if cut else [body]
    assert _decoded(payload, cuts) == whole
    content, trailers, error = whole
    if not error:
        assert len(content) == 5
        assert trailers.keys() <= set(payload.trailers)


def _decoded(
    payload: Chunked, pieces: Sequence[bytes]
) -> tuple[bytes, dict[str, str], tuple[str, int] | None]:
    signer = ChunkSigner(HmacKey(bytes(32)), b"20260821T101112Z", b"scope", b"0" * 64)
    reader = ChunkedBody(payload, signer if payload.signed else None)
    content = b""
    try:
        for piece in pieces:
            content += b"".join(map(bytes, reader.feed(piece)))
        return content, reader.finish(), None
    except SigError as error:
        return b"", {}, (error.code, error.status)


def form(data: bytes) -> None:
    """A browser's form; cut into pieces it has the same fields and the same file."""
    cut, body = (data[:1] or b"\0")[0], data[1:]
    whole = _form(body, [body])
    if cut:
        assert _form(body, [body[n : n + cut] for n in range(0, len(body), cut)]) == whole


def _form(body: bytes, pieces: Sequence[bytes]) -> object:
    content = b""
    try:
        parser = FormParser(_BOUNDARY, content_length=len(body))
        for piece in pieces:
            content += b"".join(map(bytes, parser.feed(piece)))
        content += b"".join(map(bytes, parser.feed(b"")))
        parser.finish()
        fields = parser.form.fields if parser.form is not None else ()
        claim = read_form(parser, now=NOW, regions=(REGION,), with_sigv2=True)
        if not isinstance(claim, FormClaim):
            accept_anonymous_form(claim)
            return fields, content
        with suppress(SigError):
            claim.admit(bucket="bkt", now=NOW)
        check_form(claim, "another secret", KeyCache(), bucket="bkt", now=NOW)
        raise AssertionError("accepted without its secret")
    except SigError as error:
        return error.code, error.status


def form_policy(data: bytes) -> None:
    """A policy, and fields to hold against it, after a NUL."""
    document, _, rest = data.partition(b"\0")
    fields = {}
    for line in rest.decode("utf-8", "replace").split("\n"):
        name, _, value = line.partition("=")
        fields[name.lower()] = value
    for raw in (document, base64.b64encode(document)):
        with suppress(SigError):
            rules = policy.parse(raw)
            rules.check(fields, bucket="bkt", now=NOW, exempt=frozenset(("policy", "file")))


def explainer(data: bytes) -> None:
    """Any text of a request is explained, or it is said why not."""
    try:
        material = read_text(data, lambda _: b"")
    except NoRequest:
        return
    known = Known((KEYS,), body=material.body, sigv2=True)
    explanation = explain(material.request, known, now=NOW, mistakes_max=1)
    as_text(explanation)
    as_data(explanation)


TARGETS: Final[dict[str, Target]] = {
    target.__name__: target
    for target in (canonicalizer, authorization, query, chunks, form, form_policy, explainer)
}
