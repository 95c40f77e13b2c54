"""One request by another signer: verified here, and signed here alike.

``Differences`` are told by what differs; none is expected but the classes of ``EXPLAINED``,
each with what AWS says of it.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Final, NamedTuple

from sigv4 import HMAC_SHA256, Claim, KeyCache, Request, SigError, Signer, Verified, check, read
from sigv4.canonical import UNSIGNED_PAYLOAD
from sigv4.chunked import ChunkSigner
from sigv4.keys import Key
from sigv4.sign import encode_chunks
from tests.differential import signers
from tests.differential.cases import CELLS, EXPIRES_S, NOW, REGION, SECRET, Unsigned, case

BATCH: Final = 64
_CRC32: Final = (("x-amz-checksum-crc32", "AAAAAA=="),)
_TARGET: Final = re.compile(r"target=b'([^']*)'")
_SIGNATURE: Final = re.compile(r"(?<=X-Amz-Signature=)[0-9a-f]{64}")


class Difference(NamedTuple):
    """What came out otherwise."""

    signer: str
    what: str
    case: Unsigned
    theirs: str
    ours: str


class Explained(NamedTuple):
    """A class of differences that are right, with the page or recording that says so."""

    name: str
    source: str
    applies: Callable[[Difference], bool]


def _leaves_cache_control_unsigned(difference: Difference) -> bool:
    """All that is signed is signed alike, but for one header that need not be."""
    return (
        difference.signer == "aws-sdk-js-v3"
        and difference.what == "signed headers"
        and difference.ours.replace("b'cache-control', ", "", 1) == difference.theirs
    )


def _adds_the_hash_to_the_url(difference: Difference) -> bool:
    """The URLs have the same parameters but for one more, and so another signature."""

    def parts(text: str) -> list[str]:
        found = _TARGET.search(text)
        return [] if found is None else sorted(_SIGNATURE.sub("", found[1]).split("&"))

    ours = parts(difference.ours.replace("?", "&", 1))
    theirs = parts(difference.theirs.replace("?", "&", 1))
    return (
        difference.signer == "aws-sdk-js-v3"
        and difference.what == "signature"
        and sorted([*ours, "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"]) == theirs
        and bool(ours)
    )


EXPLAINED: Final = (
    Explained(
        "the SDK for JavaScript adds X-Amz-Content-Sha256 to a URL",
        "S3 API Reference, Authenticating Requests: Using Query Parameters: every parameter but "
        "X-Amz-Signature is signed, so one more gives another signature; recorded of the SDK",
        _adds_the_hash_to_the_url,
    ),
    Explained(
        "the SDK for JavaScript leaves Cache-Control unsigned",
        "S3 API Reference, Signature Calculations for the Authorization Header, Task 1: "
        "Host, Content-Type and x-amz-* must be signed, others may be",
        _leaves_cache_control_unsigned,
    ),
)


class Result(NamedTuple):
    """What a run found."""

    cells: Counter[str]
    by_signer: Counter[str]
    explained: Counter[str]
    unexplained: list[Difference]

    def add(self, other: "Result") -> None:
        """Count another run's, too."""
        self.cells.update(other.cells)
        self.by_signer.update(other.by_signer)
        self.explained.update(other.explained)
        self.unexplained.extend(other.unexplained)


def differences(
    name: str, asked: Unsigned, sent: Request, cache: KeyCache, now: int = NOW
) -> Iterator[Difference]:
    """How the verifier and our signer differ from another signer, if they do.

    ``now``, in Unix seconds, is when the other one signed.
    """
    try:
        claim = read(sent, now=now, regions=(REGION,))
        assert isinstance(claim, Claim)
        verified = check(claim, SECRET, cache)
    except SigError as error:
        canonical = dict(error.fields).get("CanonicalRequest", "")
        yield Difference(name, f"refused: {error.code}", asked, repr(sent), canonical)
        return
    told = _body(asked, verified, claim, cache)
    if told is not None:
        yield Difference(name, "body", asked, repr(asked.body), told)
    yield from _signed_alike(name, asked, claim, now)


def _key(claim: Claim, cache: KeyCache) -> Key:
    if claim.algorithm == HMAC_SHA256:
        return cache.get(claim.unverified_access_key, SECRET, claim.scope)
    return cache.pair(claim.unverified_access_key, SECRET)


def _body(asked: Unsigned, verified: Verified, claim: Claim, cache: KeyCache) -> str | None:
    """What became of the body; None if it is the one that was sent."""
    wire = asked.body
    if asked.cell.payload not in ("exact", "unsigned"):
        signer = None
        if "chunks" in asked.cell.payload:
            scope = str(claim.scope).encode()
            key = _key(claim, cache)
            signer = ChunkSigner(key, claim.timestamp.encode(), scope, claim.signature)
        trailers = _CRC32 if "trailer" in asked.cell.payload else None
        wire = b"".join(encode_chunks([asked.body] if asked.body else [], signer, trailers))
    reader = verified.body()
    try:
        content = b"".join(map(bytes, reader.feed(wire)))
        reader.finish()
    except SigError as error:
        return f"{error.code}: {error.message}"
    return None if content == asked.body else repr(content)


def _signed_alike(name: str, asked: Unsigned, claim: Claim, now: int) -> Iterator[Difference]:
    """Whether our signer signs the same headers, and to the same bytes."""
    signer = Signer(asked.keys, REGION, algorithm=asked.algorithm)
    theirs = claim.request
    # What the other signer added of its own accord is given to ours, too.
    given = {key.lower() for key, _ in asked.request().headers} | _BY_SIGNERS
    added = [pair for pair in theirs.headers if pair[0].lower() not in given]
    request = asked.request()
    request = request._replace(headers=[*request.headers, *added])
    if asked.in_query:
        target = signer.presign(request, now=now, expires_s=EXPIRES_S, payload=UNSIGNED_PAYLOAD)
        ours = request._replace(target=target)
    else:
        made = signer.sign(request, now=now, payload=asked.payload.encode())
        ours = request._replace(headers=[*request.headers, *made])
    own = read(ours, now=now, regions=(REGION,))
    assert isinstance(own, Claim)
    if own.signed_headers != claim.signed_headers:
        yield Difference(
            name, "signed headers", asked, repr(claim.signed_headers), repr(own.signed_headers)
        )
    elif asked.algorithm == HMAC_SHA256 and own.signature != claim.signature:
        yield Difference(name, "signature", asked, repr(theirs), repr(ours))


_BY_SIGNERS: Final = frozenset(
    (
        b"authorization",
        b"x-amz-content-sha256",
        b"x-amz-date",
        b"x-amz-region-set",
        b"x-amz-security-token",
    )
)


@cache
def _started(name: str) -> signers.Signer:
    """A program that signs: once for each of our processes, with which it ends."""
    available, _ = signers.programs()
    return available[name]()


def run(count: int, seed: int, others: Sequence[str] = ()) -> Result:
    """``count`` requests, a cell after the other, each by a signer that takes it."""
    draw = random.Random(seed)
    used = [*signers.in_process(), *map(_started, others)]
    result = Result(Counter(), Counter(), Counter(), [])
    cache = KeyCache()
    cells = (CELLS[number % len(CELLS)] for number in range(seed, seed + count))
    requests = (case(draw, cell) for cell in cells)
    while batch := list(islice(requests, BATCH * len(used))):
        chosen: dict[str, list[Unsigned]] = {}
        for asked in batch:
            able = [signer for signer in used if signer.takes(asked)]
            (one,) = draw.choices(able, [signer.weight for signer in able])
            chosen.setdefault(one.name, []).append(asked)
        for signer in used:
            mine = chosen.get(signer.name, [])
            for asked, sent in zip(mine, signer.sign(mine) if mine else (), strict=True):
                _count(result, signer, asked, sent, cache)
    return result


def _count(
    result: Result, signer: signers.Signer, asked: Unsigned, sent: Request, cache: KeyCache
) -> None:
    result.cells[str(asked.cell)] += 1
    result.by_signer[signer.name] += 1
    for difference in differences(signer.name, asked, sent, cache, signer.moment(sent)):
        for explained in EXPLAINED:
            if explained.applies(difference):
                result.explained[explained.name] += 1
                break
        else:
            result.unexplained.append(difference)
