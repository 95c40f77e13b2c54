"""Why was this request refused?  Every answer is computed, so that it is proof.

``explain`` takes a request as it arrived and what is known of its sender, asks
the verifier, and then looks for the mistakes that make exactly the signature
that was sent.
"""

import hashlib
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote

from sigv4.canonical import GENERIC, HMAC_SHA256, S3, Request, fold_headers, split_target
from sigv4.claims import Anonymous, read
from sigv4.errors import SigError
from sigv4.explain.advice import Situation, advise
from sigv4.explain.books import recipe_of
from sigv4.explain.case import Case, Known, Provided, Unreadable
from sigv4.explain.claims import read_case
from sigv4.explain.claims_other import is_form
from sigv4.explain.mistake import Mistake
from sigv4.explain.mistakes import MISTAKES
from sigv4.explain.recipe import Change, Recipe
from sigv4.explain.repairs import REPAIRS, Repair, mended
from sigv4.explain.search import Finding, Search, Step, search
from sigv4.form import FormParser
from sigv4.keys import KeyCache, ecdsa_key
from sigv4.post import AnonymousForm, read_form
from sigv4.verify import check, check_form

__all__ = [
    "MISTAKES",
    "REPAIRS",
    "Case",
    "Change",
    "Explanation",
    "Finding",
    "Known",
    "Mistake",
    "Provided",
    "Recipe",
    "Refused",
    "Repair",
    "Step",
    "Unreadable",
    "explain",
    "read_case",
]


class Refused(NamedTuple):
    """What a server kept of a request that it refused, beside the request itself.

    ``signature_sha256`` and ``canonical_sha256`` stand for what it did not
    keep: the signature, and a canonical request with secrets in it.
    """

    refusal: SigError
    signature_sha256: str = ""
    canonical_sha256: str = ""


class Explanation(NamedTuple):
    """Everything that can be said."""

    refusal: SigError | None  # None: the verifier accepts the request
    advice: tuple[str, ...]  # about the rule that it broke
    unreadable: str  # why no signature was computed; empty if one could be
    case: Case | None
    recipe: Recipe | None  # by the book; None without a secret to compute with
    is_right: bool  # the signature is that of the book
    search: Search
    repair: Repair | None

    @property
    def is_explained(self) -> bool:
        """Whether the reason is known for certain."""
        if self.search.findings or self.repair is not None:
            return True
        return self.is_right or (self.refusal is not None and self.refusal.code != _MISMATCH)


_MISMATCH: Final = "SignatureDoesNotMatch"
_NOT_SEARCHED: Final = Search((), 0, is_complete=True)

ACCESS_KEY: Final = Mistake(
    "access-key-of-another-secret",
    "The signature is right, but for another access key than the request names.",
    "Configure access key and secret as a pair.",
    lambda _, __: iter(()),
)


def explain(
    request: Request,
    known: Known,
    *,
    now: int | None = None,
    refused: Refused | None = None,
    mistakes_max: int = 2,
) -> Explanation:
    """Find out why ``request`` was refused, or would be.

    ``now`` is the server's time in Unix seconds; None passes over the clock.
    ``mistakes_max`` of 1 takes milliseconds, 2 up to a few seconds.
    """
    case, unreadable = _read(request, known, refused)
    moment = _moment(case) if now is None else now
    refusal = refused.refusal if refused else _verdict(request, known, moment)
    advice = advise(Situation(refusal, case, moment)) if refusal is not None else ()
    recipe, is_right, found, repair = None, False, _NOT_SEARCHED, None
    unreadable = unreadable or _incomputable(case, refused)
    if case is not None and known.credentials and not unreadable:
        recipe = _by_the_book(case, refused)
        # The verifier also takes what two kinds of client sign that differ from the book.
        is_right = refusal is None or recipe.makes(case.provided)
        if is_right and case.credentials is None:
            found = _of_another_key(case, recipe)
        elif not is_right:
            found = search(case, recipe, mistakes_max=mistakes_max)
    if not is_right and not found.findings and refused is None:
        repair = _repair(request, known)
    return Explanation(refusal, advice, unreadable, case, recipe, is_right, found, repair)


def _read(request: Request, known: Known, refused: Refused | None) -> tuple[Case | None, str]:
    kept = refused.signature_sha256 if refused else ""
    try:
        return read_case(request, known, signature_sha256=kept or None), ""
    except Unreadable as why:
        return None, str(why)


def _incomputable(case: Case | None, refused: Refused | None) -> str:
    """Why no signature can be computed for the request; empty if it can be."""
    if case is not None and case.scheme != "v4" and refused and refused.canonical_sha256:
        return "what was signed held secrets, which the server does not keep"
    if case is None or case.algorithm == HMAC_SHA256:
        return ""
    if case.provided.text is None:
        return "a signature by ECDSA is recognised only when it is at hand, and was not kept"
    try:
        ecdsa_key("", "")
    except ImportError:
        return "cryptography is not installed, which Signature Version 4A needs"
    return ""


def _moment(case: Case | None) -> int:
    return case.seconds if case is not None else 0


def _by_the_book(case: Case, refused: Refused | None) -> Recipe:
    pair = case.credentials or case.known.credentials[0]
    recipe = recipe_of(case, pair.secret_key)
    if refused is not None and refused.canonical_sha256:
        recipe = recipe._replace(digest=refused.canonical_sha256.encode())
    return recipe


def _verdict(request: Request, known: Known, now: int) -> SigError | None:
    """What the verifier says; without a secret, only what it can say without one."""
    is_s3 = known.service.startswith("s3")
    body_sha256 = hashlib.sha256(known.body or b"").hexdigest().encode()
    try:
        if is_form(request, fold_headers(request.headers)):
            _judge_form(request, known, now)
            return None
        claim = read(
            request,
            now=now,
            regions=known.regions,
            service=known.service,
            profile=S3 if is_s3 else GENERIC,
            body_sha256=None if is_s3 else body_sha256,
            v2_bucket_of_host=known.bucket_of_host if known.sigv2 else None,
        )
        if not isinstance(claim, Anonymous) and known.credentials:
            secret = _secret_of(claim.unverified_access_key, known)
            verified = check(claim, secret, KeyCache())
            if known.body is not None and _is_whole(claim.headers, known.body):
                reader = verified.body()
                reader.feed(known.body)
                reader.finish()
    except SigError as error:
        return error
    return None


def _is_whole(headers: Mapping[bytes, bytes], body: bytes) -> bool:
    """Whether this is the body that was sent: often a request is written down without it."""
    return headers.get(b"content-length", b"") == b"%d" % len(body)


def _judge_form(request: Request, known: Known, now: int) -> None:
    """Raises SigError as the verifier does."""
    headers = fold_headers(request.headers)
    parser = FormParser(headers[b"content-type"])
    parser.feed(known.body or b"")
    if parser.form is None:
        parser.finish()
    claim = read_form(
        parser, now=now, regions=known.regions, service=known.service, with_sigv2=known.sigv2
    )
    if isinstance(claim, AnonymousForm) or not known.credentials:
        return
    host = headers.get(b"host", b"").decode("latin-1")
    path = unquote(split_target(request.target)[0].decode("utf-8", "replace"))
    bucket = known.bucket_of_host(host) or path.strip("/").partition("/")[0]
    secret = _secret_of(claim.unverified_access_key, known)
    check_form(claim, secret, KeyCache(), bucket=bucket, now=now)


def _secret_of(access_key: str, known: Known) -> str | None:
    pairs = {pair.access_key: pair.secret_key for pair in known.credentials[::-1]}
    return pairs.get(access_key)


def _of_another_key(case: Case, recipe: Recipe) -> Search:
    pair = case.known.credentials[0]
    step = Step(ACCESS_KEY, Change(f"it was made with the secret of {pair.access_key}"))
    return Search((Finding((step,), recipe),), 1, is_complete=True)


def _repair(request: Request, known: Known) -> Repair | None:
    for repair in REPAIRS:
        whole = mended(request, repair)
        if whole is None:
            continue
        case, _ = _read(whole, known, None)
        if case is None or case.credentials is None:
            continue
        recipe = recipe_of(case, case.credentials.secret_key)
        if recipe.makes(case.provided):
            return repair
    return None
