"""An explanation for people, and for programs.

Nothing that was sent may act on a terminal, and no secret is shown: session
tokens and the keys of SSE-C are hidden wherever they stand.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final

from sigv4.encoding import encode
from sigv4.explain import Explanation, Finding
from sigv4.explain.case import FORMS, WITH_SCOPE, Case, Location, Scheme
from sigv4.explain.hidden import (
    HIDDEN,
    SECRET_FORM_PARAMETERS,
    SECRET_HEADERS,
    SECRET_PARAMETERS,
)
from sigv4.explain.recipe import Recipe

COLUMN_MAX: Final = 56  # characters of a line that still fits beside another

_UNSHOWN: Final = re.compile(r"[^\x20-\x7e\xa1-\U0010ffff]")


def printable(raw: bytes) -> str:
    """Text that a terminal shows and does not obey: control characters as escapes."""
    text = raw.decode("utf-8", "backslashreplace")
    return _UNSHOWN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _secrets(case: Case) -> list[bytes]:
    values = [case.headers.get(name, b"") for name in SECRET_HEADERS]
    values += [
        value.encode()
        for name, value in case.parameters.items()
        if name.lower().encode().endswith((*SECRET_PARAMETERS, *SECRET_FORM_PARAMETERS))
    ]
    values += [(pair.session_token or "").encode() for pair in case.known.credentials]
    found = {form for value in values if value for form in (value, encode(value))}
    return sorted(found, key=len, reverse=True)


def _policy(text: bytes) -> bytes:
    """The document in a form's policy, as far as it is one: also a place for tokens."""
    try:
        found = base64.b64decode(text)
    except binascii.Error:
        return text
    return found if found.lstrip().startswith(b"{") else text


def lines_of(canonical: bytes, case: Case | None) -> list[str]:
    """A canonical request's lines, its secrets hidden; of a form, its policy."""
    if case is not None and case.scheme in FORMS:
        canonical = _policy(canonical)
    for secret in _secrets(case) if case is not None else ():
        canonical = canonical.replace(secret, HIDDEN)
    return [printable(line) for line in canonical.split(b"\n")]


def beside(left: Sequence[str], right: Sequence[str], heads: tuple[str, str]) -> Iterator[str]:
    """Two texts line by line, the first difference of each line marked.

    In columns where all lines are short, else one below the other.
    """
    width = max(map(len, (*left, *right, *heads)), default=0)
    in_columns = width <= COLUMN_MAX
    if in_columns:
        yield f"    {heads[0]:{width}}   {heads[1]}"
    for one, other in zip_longest(left, right):
        if one == other:
            yield f"    {one:{width}}   {other}" if in_columns else f"    {one}"
            continue
        shown, shown_other = one or "", other or ""
        at = _first_difference(shown, shown_other)
        if in_columns:
            yield f"  > {shown:{width}}   {shown_other}"
            yield f"    {' ' * at}{'^':{width - at}}   {' ' * at}^"
        else:
            yield (
                f"  > {heads[0] + ':':8}{shown}" if one is not None else f"  > {heads[0]}: no line"
            )
            yield (
                f"  > {heads[1] + ':':8}{shown_other}"
                if other is not None
                else f"  > {heads[1]}: no line"
            )
            yield f"            {' ' * at}^ first difference"


def _first_difference(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def as_text(explanation: Explanation, *, client: bytes = b"", server: bytes = b"") -> str:
    """The whole explanation.

    ``client`` and ``server`` are canonical requests that logs show.
    """
    return "\n".join(_paragraphs(explanation, client, server)) + "\n"


def _paragraphs(it: Explanation, client: bytes, server: bytes) -> Iterator[str]:
    yield from _request(it)
    yield from _verdict(it)
    for number, finding in enumerate(it.search.findings):
        yield ""
        yield from _finding(finding, number)
    if it.repair is not None:
        yield ""
        yield f"PROVEN  {it.repair.name}: {it.repair.says}"
        yield f"        {it.repair.cure}"
        yield "        Mended so, the signature is right."
    if not it.is_explained:
        yield ""
        yield from _unexplained(it)
    yield from _sides(it, client, server)


_CARRIERS: Final[dict[Location, str]] = {
    "header": "Authorization header",
    "query": "presigned URL",
    "form": "form",
}
_AGREES: Final[dict[Scheme, str]] = {
    "v4": "secret, scope, date, path, query and headers",
    "v2": "secret, resource, Expires and x-amz-* headers",
}
_TEXTS: Final[dict[Scheme, str]] = {
    "v4": "canonical request",
    "v2": "string to sign",
    "form": "policy",
    "v2-form": "policy",
}


def _request(it: Explanation) -> Iterator[str]:
    case = it.case
    if case is None:
        yield f"There is no signature to look at: {it.unreadable}."
        return
    version = "" if case.scheme in WITH_SCOPE else " of Signature Version 2"
    carrier = f"{_CARRIERS[case.location]}{version}"
    yield f"{case.request.method} {lines_of(case.path, case)[0]} by {carrier}"
    access_key = printable(case.access_key.encode())
    if case.scheme in WITH_SCOPE:
        yield f"access key {access_key}, scope {case.scope}, {case.timestamp}"
    else:
        yield f"access key {access_key}"


def _verdict(it: Explanation) -> Iterator[str]:
    if it.refusal is not None:
        yield f"{it.refusal.status} {it.refusal.code}: {it.refusal.message}"
    elif it.is_right:
        yield "The verifier accepts this request."
    yield from (f"        {printable(sentence.encode())}" for sentence in it.advice)
    if it.recipe is None:
        if it.case is not None:
            why = it.unreadable or "no secret is known"
            yield f"No signature was computed: {why}."
    elif it.is_right and not it.search.findings:
        what = _AGREES.get(it.case.scheme if it.case is not None else "v4", "secret and policy")
        yield f"PROVEN  The signature is right: {what} agree."


def _finding(finding: Finding, number: int) -> Iterator[str]:
    if number == 0:
        yield (
            "These mistakes make exactly the signature that was sent; each is enough:"
            if (len(finding.steps) == 1)
            else "Together these mistakes make exactly the signature that was sent:"
        )
    for step in finding.steps:
        yield f"PROVEN  {step.mistake.name}: {step.mistake.says}"
        yield f"        Here: {printable(step.change.detail.encode())}."
        yield f"        {step.mistake.cure}"


def _unexplained(it: Explanation) -> Iterator[str]:
    if it.recipe is None:
        return
    yield f"None of {it.search.computed} hypotheses makes the signature that was sent."
    if not it.search.is_complete:
        yield "There were more pairs of them than are tried."
    if it.recipe.digest:
        yield (
            "The request held secrets, which the server does not keep: hypotheses about path, "
            "query and headers could not be tried. Use `python -m sigv4 explain` with the request."
        )
    yield "Most likely the client has a secret that is not known here."


def _sides(it: Explanation, client: bytes, server: bytes) -> Iterator[str]:
    """Canonical request beside canonical request."""
    ours = b"" if it.recipe is None or it.recipe.digest else it.recipe.canonical()
    theirs = client
    if it.search.findings and not theirs and not it.search.findings[0].recipe.digest:
        theirs = it.search.findings[0].recipe.canonical()
    ours = server or ours
    if not ours or (it.is_right and not client):
        return
    yield ""
    what = _TEXTS[it.case.scheme if it.case is not None else "v4"]
    if not theirs or theirs == ours:
        if theirs:
            why = "they have different secrets" if client else "what differs is named above"
            yield f"Both sides made the same {what}: {why}."
        yield f"{what.capitalize()}:"
        yield from (f"    {line}" for line in lines_of(ours, it.case))
        return
    yield f"{what.capitalize()}, the server's and the client's:"
    yield from beside(lines_of(ours, it.case), lines_of(theirs, it.case), ("server", "client"))


def as_data(
    explanation: Explanation, *, client: bytes = b"", server: bytes = b""
) -> dict[str, Any]:
    """The same for programs: nothing but JSON's types."""
    it = explanation
    case = it.case
    return {
        "explained": it.is_explained,
        "signature_is_right": it.is_right if it.recipe is not None else None,
        "refusal": None
        if it.refusal is None
        else {
            "code": it.refusal.code,
            "status": it.refusal.status,
            "message": it.refusal.message,
        },
        "advice": list(it.advice),
        "unreadable": it.unreadable or None,
        "access_key": case.access_key if case is not None else None,
        "scheme": case.scheme if case is not None else None,
        "scope": str(case.scope) if case is not None and case.scheme in WITH_SCOPE else None,
        "date": case.timestamp or None if case is not None else None,
        "computed": it.search.computed,
        "findings": [_finding_data(finding, case) for finding in it.search.findings],
        "repair": None if it.repair is None else {"name": it.repair.name, "cure": it.repair.cure},
        "canonical_request": _canonical_data(it.recipe, case),
        "client_canonical_request": lines_of(client, case) if client else None,
        "server_canonical_request": lines_of(server, case) if server else None,
    }


def _finding_data(finding: Finding, case: Case | None) -> dict[str, Any]:
    return {
        "mistakes": [
            {
                "name": step.mistake.name,
                "says": step.mistake.says,
                "detail": step.change.detail,
                "cure": step.mistake.cure,
            }
            for step in finding.steps
        ],
        "canonical_request": _canonical_data(finding.recipe, case),
    }


def _canonical_data(recipe: Recipe | None, case: Case | None) -> list[str] | None:
    return None if recipe is None or recipe.digest else lines_of(recipe.canonical(), case)
