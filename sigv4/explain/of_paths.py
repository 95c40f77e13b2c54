"""Mistakes with the method and the path."""

import unicodedata
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from sigv4.canonical import Profile, canonical_path, split_target
from sigv4.encoding import encode_path
from sigv4.explain.case import V2, V4, Case
from sigv4.explain.escaping import ESCAPERS, RAW, lower_escapes, old_tilde
from sigv4.explain.mistake import Mistake
from sigv4.explain.recipe import Change, Recipe

SLASHES_MAX: Final = 16  # of a path, each of which may have been two
METHODS: Final = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH")

# Where proxies that rewrite a path leave the one before.
ORIGINAL_PATHS: Final = (
    b"x-envoy-original-path",
    b"x-forwarded-uri",
    b"x-original-uri",
    b"x-original-url",
    b"x-replaced-path",
    b"x-rewrite-url",
)

Changes = Callable[[Case, Recipe], Iterator[Change]]


def _method(_: Case, recipe: Recipe) -> Iterator[Change]:
    for name in (*METHODS, recipe.method.decode().lower(), ""):
        if name.encode() != recipe.method:
            yield Change(f"{name or 'no method'!s} was signed", {"method": name.encode()})


def _path(make: Callable[[Case, Recipe], Iterator[tuple[str, bytes]]]) -> Changes:
    def changes(case: Case, recipe: Recipe) -> Iterator[Change]:
        for how, path in make(case, recipe):
            if path != recipe.path:
                yield Change(how, {"path": path})

    return changes


def _profile(*, normalize: bool, double: bool, how: str) -> Changes:
    profile = Profile(normalize_path=normalize, double_encode=double)
    return _path(lambda case, _: iter([(how, canonical_path(case.path, profile))]))


def _as_sent(case: Case, _: Recipe) -> Iterator[tuple[str, bytes]]:
    yield "the path was signed as it was sent", case.path
    yield "the path was signed decoded", unquote_to_bytes(case.path)


def _twice(case: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    yield "every % of the path was escaped once more", encode_path(recipe.path)
    yield "every % of the path as received was escaped", encode_path(case.path)


def _once(case: Case, _: Recipe) -> Iterator[tuple[str, bytes]]:
    yield "the path was encoded once", canonical_path(case.path)


def _space(case: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    plus = canonical_path(case.path.replace(b"+", b" "))
    yield "the path has %20 where + arrived", plus
    yield "the path has %2B where a space arrived", recipe.path.replace(b"%20", b"%2B")
    yield "the path has + where a space arrived", recipe.path.replace(b"%20", b"+")
    yield "the path has + where %2B is due", recipe.path.replace(b"%2B", b"+")


def _slashes(_: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    bucket, slash, key = recipe.path[1:].partition(b"/")
    yield "the slashes in the key were escaped", b"/" + bucket + slash + key.replace(b"/", b"%2F")
    everything = b"/" + recipe.path[1:].replace(b"/", b"%2F")
    yield "all slashes but the first were escaped", everything
    yield "all slashes were escaped", recipe.path.replace(b"/", b"%2F")


def _merged(_: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    path = recipe.path
    at = [n for n, byte in enumerate(path) if byte == 0x2F][:SLASHES_MAX]
    for n in at:
        yield f"the path had two slashes at byte {n + 1}", path[:n] + b"/" + path[n:]


def _escapers(case: Case, _: Recipe) -> Iterator[tuple[str, bytes]]:
    decoded = unquote_to_bytes(case.path)
    for name, safe in ESCAPERS:
        escaped = quote_from_bytes(decoded, safe=safe + b"/").encode()
        yield f"the path was escaped by {name}", escaped if b"~" in safe else old_tilde(escaped)
        plus = escaped.replace(b"%20", b"+")
        yield (
            f"the path was escaped by {name}, spaces as +",
            plus if b"~" in safe else old_tilde(plus),
        )


def _lower_path(_: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    yield "the escapes in the path were written in lower case", lower_escapes(recipe.path)
    yield "the path was turned into lower case", recipe.path.lower()


def _unicode(case: Case, _: Recipe) -> Iterator[tuple[str, bytes]]:
    raw = unquote_to_bytes(case.path)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        yield "the path was taken for Latin-1", encode_path(raw.decode("latin-1").encode())
        return
    yield "the path was composed (NFC)", encode_path(unicodedata.normalize("NFC", text).encode())
    yield "the path was decomposed (NFD)", encode_path(unicodedata.normalize("NFD", text).encode())
    yield "the path was UTF-8 taken for Latin-1", encode_path(raw.decode("latin-1").encode())
    yield "the path was written in Latin-1", encode_path(text.encode("latin-1", "replace"))


def _ends(_: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    path = recipe.path
    yield "a slash at the end was signed that did not arrive", path + b"/"
    yield "a slash at the end arrived that was not signed", path.removesuffix(b"/") or b"/"
    yield "the path was signed without its first slash", path[1:]
    yield "the path was signed with one more slash before it", b"/" + path
    yield "no path was signed", b""
    yield "only / was signed", b"/"


def _buckets(case: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    host = case.headers.get(b"host", b"")
    first = host.partition(b".")[0]
    if first:
        yield (
            "the bucket of the host's name was signed in the path, too",
            b"/" + first + recipe.path,
        )
    _, slash, key = recipe.path[1:].partition(b"/")
    if slash:
        yield "the path was signed without the bucket", b"/" + key


def _rewritten(case: Case, _: Recipe) -> Iterator[tuple[str, bytes]]:
    for target in case.known.targets:
        yield "another path was signed than was sent", canonical_path(split_target(target)[0])
    for name in ORIGINAL_PATHS:
        value = case.headers.get(name)
        if value:
            path = value.partition(b"?")[0]
            yield f"{name.decode()} names the path that was signed", canonical_path(path)
    for value in case.headers.get(b"x-forwarded-prefix", b"").split(b","):
        if value.strip():
            joined = canonical_path(value.strip().rstrip(b"/") + case.path)
            yield "x-forwarded-prefix names what was cut off the path", joined


def _with_more(case: Case, recipe: Recipe) -> Iterator[Change]:
    host = case.headers.get(b"host", b"")
    for scheme in (b"http://", b"https://"):
        url = scheme + host + recipe.path
        yield Change("the whole URL was signed as the path", {"path": url})
    if case.query:
        for query in (case.query, recipe.query):
            target = recipe.path + b"?" + query
            yield Change("path and query were signed as the path", {"path": target, "query": b""})
        target = case.request.target
        yield Change("the whole target was signed as the path", {"path": target, "query": b""})


_S3_PATH: Final = (
    "S3 wants each byte of the key encoded exactly once and nothing normalised: "
    "sign with the S3 variant of the signer."
)

MISTAKES: Final = (
    Mistake(
        "method",
        "Another method was signed than arrived.",
        "A presigned URL is good for one method; a proxy must not turn HEAD into GET.",
        _method,
        schemes=V4 | V2,
    ),
    Mistake(
        "path-encoded-twice",
        "The path was encoded twice for signing, or decoded once on the way.",
        f"{_S3_PATH} Or a proxy decoded it: {RAW}",
        _path(_twice),
    ),
    Mistake(
        "path-encoded-once",
        "The path was encoded once; services other than S3 want it encoded twice.",
        "Sign with the general signer, not with the one for S3.",
        _path(_once),
    ),
    Mistake(
        "path-normalised",
        "Dots or repeated slashes were removed from the path before signing.",
        _S3_PATH,
        _profile(normalize=True, double=False, how="the path was normalised and encoded once"),
    ),
    Mistake(
        "path-signed-as-for-other-services",
        "The path was normalised and encoded twice, as for every service but S3.",
        _S3_PATH,
        _profile(normalize=True, double=True, how="the path was normalised and encoded twice"),
    ),
    Mistake(
        "path-not-encoded",
        "The path was signed without encoding it.",
        f"{_S3_PATH} Or something on the way encoded it: {RAW}",
        _path(_as_sent),
    ),
    Mistake(
        "path-plus-or-space",
        "Space and plus sign were confused in the path.",
        "In a path a space is %20 and a plus sign is %2B or itself; + never means a space.",
        _path(_space),
    ),
    Mistake(
        "path-slashes-escaped",
        "Slashes of the key were escaped in the signed path.",
        "Slashes stay slashes in the canonical path.",
        _path(_slashes),
    ),
    Mistake(
        "path-slashes-merged",
        "Two slashes became one on the way.",
        f"{RAW} nginx: proxy_pass without a path, merge_slashes off.",
        _path(_merged),
    ),
    Mistake(
        "path-escaped-by-another-rule",
        "The path was escaped by a rule that leaves other characters as they are.",
        _S3_PATH,
        _path(_escapers),
    ),
    Mistake(
        "path-in-lower-case",
        "The path, or its escapes, were in lower case.",
        _S3_PATH,
        _path(_lower_path),
    ),
    Mistake(
        "path-in-another-unicode-form",
        "The key was signed in another Unicode form or character set than it was sent in.",
        "Use one form of the key for signing and sending; macOS decomposes file names.",
        _path(_unicode),
    ),
    Mistake(
        "path-ends",
        "The signed path begins or ends otherwise.",
        f"Sign the path that is sent. {RAW}",
        _path(_ends),
    ),
    Mistake(
        "path-and-bucket",
        "The bucket is in the signed path and not in the one that arrived, or the reverse.",
        "Sign the path as it is sent; under virtual-host style it does not name the bucket.",
        _path(_buckets),
    ),
    Mistake(
        "path-rewritten",
        "A proxy rewrote the path.",
        f"Give the server a host name or port of its own, without a path before it. {RAW}",
        _path(_rewritten),
    ),
    Mistake(
        "path-with-more",
        "More than the path was signed as the path.",
        "The first lines are the method, the path, and the query, each alone.",
        _with_more,
    ),
)
