"""Mistakes with the method, the path and the query."""

import unicodedata
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from sigv4.canonical import Profile, canonical_path, canonical_query, split_target
from sigv4.encoding import encode, encode_path, reencode
from sigv4.explain.case import Case
from sigv4.explain.mistake import Mistake
from sigv4.explain.recipe import Change, Recipe

SLASHES_MAX: Final = 16  # of a path, each of which may have been two
PARAMETERS_MAX: Final = 32  # of a query, each of which may have been added
METHODS: Final = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH")

# Which further bytes a library leaves as they are when it escapes.
ESCAPERS: Final = (
    ("encodeURIComponent of JavaScript", b"!*'()-_.~"),
    ("encodeURI of JavaScript", b";,/?:@&=+$-_.!~*'()#"),
    ("URLEncoder of Java", b"*-_."),
    ("url.PathEscape of Go", b"$&+=:@-_.~"),
    ("urllib.quote of Python 2", b"-_."),
    ("a rule that leaves what RFC 3986 allows in a path", b"!$&'()*+,;=:@-_.~"),
    ("a rule that leaves @ and :", b"@:-_.~"),
    ("a rule that leaves =", b"=-_.~"),
)
# Where proxies that rewrite a path leave the one before.
ORIGINAL_PATHS: Final = (
    b"x-envoy-original-path",
    b"x-forwarded-uri",
    b"x-original-uri",
    b"x-original-url",
    b"x-replaced-path",
    b"x-rewrite-url",
)
# x-id names the operation; Go's and JavaScript's SDKs send and sign it.
OPERATIONS: Final = (
    *("GetObject", "PutObject", "HeadObject", "DeleteObject", "CopyObject", "ListObjectsV2"),
    *("ListObjects", "ListBuckets", "CreateMultipartUpload", "UploadPart", "UploadPartCopy"),
    *("CompleteMultipartUpload", "AbortMultipartUpload", "ListParts", "DeleteObjects"),
)

Changes = Callable[[Case, Recipe], Iterator[Change]]


def _lower_escapes(text: bytes) -> bytes:
    pieces = text.split(b"%")
    return b"%".join([pieces[0], *(piece[:2].lower() + piece[2:] for piece in pieces[1:])])


def _method(_: Case, recipe: Recipe) -> Iterator[Change]:
    for name in (*METHODS, recipe.method.decode().lower(), ""):
        if name.encode() != recipe.method:
            yield Change(f"{name or 'no method'!s} was signed", {"method": name.encode()})


# The path


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
        yield f"the path was escaped by {name}", escaped if b"~" in safe else _tilde(escaped)
        plus = escaped.replace(b"%20", b"+")
        yield f"the path was escaped by {name}, spaces as +", plus if b"~" in safe else _tilde(plus)


def _tilde(text: bytes) -> bytes:
    """quote() never escapes a tilde; older rules do."""
    return text.replace(b"~", b"%7E")


def _lower_path(_: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    yield "the escapes in the path were written in lower case", _lower_escapes(recipe.path)
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


# The query


def _query(make: Callable[[Case, Recipe], Iterator[tuple[str, bytes]]]) -> Changes:
    def changes(case: Case, recipe: Recipe) -> Iterator[Change]:
        for how, query in make(case, recipe):
            if query != recipe.query:
                yield Change(how, {"query": query})

    return changes


def _pieces(case: Case) -> list[bytes]:
    """What was sent, without the signature of a presigned URL."""
    pieces = [piece for piece in case.query.split(b"&") if piece]
    if case.location == "header":
        return pieces
    return [p for p in pieces if reencode(p.partition(b"=")[0]) != b"X-Amz-Signature"]


def _pairs(case: Case) -> list[tuple[bytes, bytes]]:
    """The parameters, decoded, in the order of arrival."""
    found = (piece.partition(b"=") for piece in _pieces(case))
    return [(_decoded(name), _decoded(value)) for name, _, value in found]


def _decoded(raw: bytes) -> bytes:
    return unquote_to_bytes(raw.replace(b"+", b" "))


def _joined(pairs: list[tuple[bytes, bytes]]) -> bytes:
    return b"&".join(name + b"=" + value for name, value in pairs)


def _encoded(pairs: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(encode(name), encode(value)) for name, value in pairs]


def _unsorted(case: Case, _: Recipe) -> Iterator[tuple[str, bytes]]:
    pairs = _pairs(case)
    yield "the parameters were signed in the order they were sent", _joined(_encoded(pairs))
    yield "the parameters were signed in reverse order", _joined(_encoded(pairs)[::-1])


def _sorted_otherwise(case: Case, _: Recipe) -> Iterator[tuple[str, bytes]]:
    pairs = _pairs(case)
    encoded = _encoded(pairs)
    yield "the parameters were sorted before they were encoded", _joined(_encoded(sorted(pairs)))
    folded = sorted(encoded, key=lambda pair: (pair[0].lower(), pair[1]))
    yield "the parameters were sorted without regard to case", _joined(folded)
    whole = b"&".join(sorted(name + b"=" + value for name, value in encoded))
    yield "the parameters were sorted with their equals signs", whole
    by_name = sorted(encoded, key=lambda pair: pair[0])
    yield "the parameters were sorted by name alone", _joined(by_name)
    auth_last = sorted(encoded, key=lambda pair: (pair[0].startswith(b"X-Amz-"), pair))
    yield "the parameters of the signature were put behind the others", _joined(auth_last)


def _query_as_sent(case: Case, _: Recipe) -> Iterator[tuple[str, bytes]]:
    pieces = _pieces(case)
    yield "the query was signed as it was sent", b"&".join(pieces)
    yield "the query was signed as it was sent, but sorted", b"&".join(sorted(pieces))
    yield "the query was signed decoded", _joined(sorted(_pairs(case)))
    yield "the query was signed decoded and not sorted", _joined(_pairs(case))


def _plus(case: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    yield "the query was signed with + for a space", recipe.query.replace(b"%20", b"+")
    literal = b"&".join(_pieces(case)).replace(b"+", b"%2B")
    yield "the query was signed with %2B where + arrived", canonical_query(literal)
    spaced = recipe.query.replace(b"%20", b"%2B")
    yield "the query was signed with %2B where a space arrived", spaced
    yield "the query was signed with + where %2B is due", recipe.query.replace(b"%2B", b"+")
    reverse = recipe.query.replace(b"%2B", b"%20")
    yield "the query was signed with %20 where %2B arrived", reverse


def _query_escapes(case: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    pairs = sorted(_pairs(case))
    yield "slashes in the query were left as they are", recipe.query.replace(b"%2F", b"/")
    yield "the escapes in the query were written in lower case", _lower_escapes(recipe.query)
    for name, safe in ESCAPERS:
        made = [
            tuple(quote_from_bytes(text, safe=safe).encode() for text in pair) for pair in pairs
        ]
        joined = b"&".join(b"=".join(pair) for pair in made)
        escaped = joined if b"~" in safe else _tilde(joined)
        yield f"the query was escaped by {name}", escaped
        yield f"the query was escaped by {name}, spaces as +", escaped.replace(b"%20", b"+")


def _query_twice(case: Case, _: Recipe) -> Iterator[tuple[str, bytes]]:
    pairs = [piece.partition(b"=") for piece in _pieces(case)]
    twice = [(encode(reencode(name)), encode(reencode(value))) for name, _, value in pairs]
    yield "the query was encoded twice", _joined(sorted(twice))
    values = [(reencode(name), encode(reencode(value))) for name, _, value in pairs]
    yield "the values of the query were encoded twice", _joined(sorted(values))


def _no_equals(_: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    bare = [piece.removesuffix(b"=") for piece in recipe.query.split(b"&")]
    yield "parameters without a value were signed without their =", b"&".join(bare)


def _left_out(_: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    pieces = recipe.query.split(b"&")
    kept = [piece for piece in pieces if not piece.startswith(b"X-Amz-")]
    auth = [piece for piece in pieces if piece.startswith(b"X-Amz-")]
    yield "no query was signed", b""
    yield "the parameters of the signature were not signed", b"&".join(kept)
    yield "only the parameters of the signature were signed", b"&".join(auth)
    token = [piece for piece in pieces if not piece.startswith(b"X-Amz-Security-Token=")]
    yield "X-Amz-Security-Token was added after signing", b"&".join(token)


def _one_more(_: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    pieces = recipe.query.split(b"&")
    for n, piece in enumerate(pieces[:PARAMETERS_MAX]):
        name = piece.partition(b"=")[0].decode()
        yield f"the parameter {name} was not signed", b"&".join(pieces[:n] + pieces[n + 1 :])
    seen = list(dict.fromkeys(pieces))
    yield "of repeated parameters one was signed", b"&".join(seen)


def _one_less(_: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    pieces = [piece for piece in recipe.query.split(b"&") if piece]
    for operation in OPERATIONS:
        more = sorted([*pieces, b"x-id=" + operation.encode()])
        yield f"x-id={operation} was signed and did not arrive", b"&".join(more)


def _lower_query(_: Case, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    pieces = [piece.partition(b"=") for piece in recipe.query.split(b"&")]
    lower = sorted((name.lower(), value) for name, _, value in pieces)
    yield "the parameters' names were signed in lower case", _joined(lower)
    yield "the query was signed in lower case", recipe.query.lower()


_S3_PATH: Final = (
    "S3 wants each byte of the key encoded exactly once and nothing normalised: "
    "sign with the S3 variant of the signer."
)
_RAW: Final = "Let the proxy pass the target on untouched (docs/proxies.md)."
_CANONICAL: Final = "Encode every byte but A-Z a-z 0-9 - . _ ~, in upper case, then sort."

MISTAKES: Final = (
    Mistake(
        "method",
        "Another method was signed than arrived.",
        "A presigned URL is good for one method; a proxy must not turn HEAD into GET.",
        _method,
    ),
    Mistake(
        "path-encoded-twice",
        "The path was encoded twice for signing, or decoded once on the way.",
        f"{_S3_PATH} Or a proxy decoded it: {_RAW}",
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
        f"{_S3_PATH} Or something on the way encoded it: {_RAW}",
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
        f"{_RAW} nginx: proxy_pass without a path, merge_slashes off.",
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
        f"Sign the path that is sent. {_RAW}",
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
        f"Give the server a host name or port of its own, without a path before it. {_RAW}",
        _path(_rewritten),
    ),
    Mistake(
        "path-with-more",
        "More than the path was signed as the path.",
        "The first lines are the method, the path, and the query, each alone.",
        _with_more,
    ),
    Mistake(
        "query-unsorted",
        "The parameters were not sorted for signing.",
        "Sort by encoded name, then by encoded value; or send them sorted (curl before 8).",
        _query(_unsorted),
    ),
    Mistake(
        "query-sorted-otherwise",
        "The parameters were sorted by another rule.",
        "Encode first, then sort by name and then by value, byte by byte.",
        _query(_sorted_otherwise),
    ),
    Mistake(
        "query-not-encoded",
        "The query was signed without encoding it anew.",
        _CANONICAL,
        _query(_query_as_sent),
    ),
    Mistake(
        "query-plus-or-space",
        "Space and plus sign were confused in the query.",
        "Send and sign a space as %20 and a plus sign as %2B.",
        _query(_plus),
    ),
    Mistake(
        "query-escaped-by-another-rule",
        "The query was escaped by a rule that leaves other characters as they are.",
        _CANONICAL,
        _query(_query_escapes),
    ),
    Mistake(
        "query-encoded-twice",
        "The query was encoded twice for signing, or decoded once on the way.",
        f"Encode it once. {_RAW}",
        _query(_query_twice),
    ),
    Mistake(
        "query-without-equals-signs",
        "Parameters without a value were signed without an equals sign.",
        "`?acl` is `acl=` in the canonical request.",
        _query(_no_equals),
    ),
    Mistake(
        "query-left-out",
        "Parameters of the query were left out of the signature.",
        "Sign the whole query, but for X-Amz-Signature itself.",
        _query(_left_out),
    ),
    Mistake(
        "query-parameter-added",
        "A parameter was added after signing.",
        "Add it before signing; nothing on the way may add one.",
        _query(_one_more),
    ),
    Mistake(
        "query-parameter-removed",
        "A parameter that was signed did not arrive.",
        "Send every parameter that was signed; nothing on the way may remove one.",
        _query(_one_less),
        paired=False,
    ),
    Mistake(
        "query-in-lower-case",
        "The query was signed in lower case.",
        "Names and values are signed in the case they are sent in.",
        _query(_lower_query),
    ),
)
