"""Mistakes with the query."""

from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from sigv4.canonical import canonical_query
from sigv4.encoding import encode, reencode
from sigv4.explain.case import Case
from sigv4.explain.escaping import ESCAPERS, RAW, lower_escapes, old_tilde
from sigv4.explain.mistake import Mistake
from sigv4.explain.recipe import Change, Recipe

PARAMETERS_MAX: Final = 32  # of a query, each of which may have been added

# x-id names the operation; Go's and JavaScript's SDKs send and sign it.
OPERATIONS: Final = (
    *("GetObject", "PutObject", "HeadObject", "DeleteObject", "CopyObject", "ListObjectsV2"),
    *("ListObjects", "ListBuckets", "CreateMultipartUpload", "UploadPart", "UploadPartCopy"),
    *("CompleteMultipartUpload", "AbortMultipartUpload", "ListParts", "DeleteObjects"),
)

Changes = Callable[[Case, Recipe], Iterator[Change]]


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
    yield "the escapes in the query were written in lower case", lower_escapes(recipe.query)
    for name, safe in ESCAPERS:
        made = [
            tuple(quote_from_bytes(text, safe=safe).encode() for text in pair) for pair in pairs
        ]
        joined = b"&".join(b"=".join(pair) for pair in made)
        escaped = joined if b"~" in safe else old_tilde(joined)
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


_CANONICAL: Final = "Encode every byte but A-Z a-z 0-9 - . _ ~, in upper case, then sort."


MISTAKES: Final = (
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
        f"Encode it once. {RAW}",
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
