"""Run vectors, each by the function of its kind."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal, NamedTuple

from sigv4.vectors import bodies, forms, requests, servers, units
from sigv4.vectors.record import Differs, NotApplicable, Vector

# Each returns None, or what was left out, or raises Differs or NotApplicable.
Check = Callable[[Vector], str | None]
KINDS: Final[Mapping[str, Check]] = {
    "behaviour": servers.check_behaviour,
    "big-endian-add-one": units.check_add_one,
    "big-endian-compare": units.check_compare,
    "canonical-query": units.check_canonical_query,
    "canonical-request": units.check_canonical_request,
    "chunked": bodies.check_chunked,
    "header-value": units.check_header_value,
    "key-derivation": units.check_key,
    "negative": units.check_negative,
    "post-eval": forms.check_form_outcome,
    "post-policy": forms.check_policy,
    "request-header": requests.check_request,
    "request-query": requests.check_request,
    "server": servers.check_server,
    "sigv2": units.check_sigv2,
    "stream": bodies.check_stream,
    "string-to-sign": units.check_string_to_sign,
    "uri-encode": units.check_uri_encode,
    "v4a-chunked-template": bodies.check_template,
    "wire-header": requests.check_wire,
    "wire-query": requests.check_wire,
}
_OTHERS: Final = {"event-stream": "event streams are not of S3"}


class Outcome(NamedTuple):
    """What became of one vector.  ``note`` says why it does not apply, or what was left out."""

    name: str
    kind: str
    result: Literal["passed", "failed", "not applicable"]
    step: str | None = None  # the first that differs
    expected: str | None = None
    found: str | None = None
    note: str | None = None


def run(vectors: Iterable[Vector]) -> Iterator[Outcome]:
    """Each vector's outcome, in order."""
    return map(_run_one, vectors)


def _run_one(vector: Vector) -> Outcome:
    name, kind = str(vector.get("name")), str(vector.get("kind"))
    check = KINDS.get(kind)
    if check is None:
        note = _OTHERS.get(kind, f"there is nothing to run of the kind {kind!r}")
        return Outcome(name, kind, "not applicable", note=note)
    try:
        return Outcome(name, kind, "passed", note=check(vector))
    except NotApplicable as reason:
        return Outcome(name, kind, "not applicable", note=str(reason))
    except Differs as differs:
        return Outcome(name, kind, "failed", differs.step, differs.expected, differs.found)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # The record is not what its kind asks for; nothing of it was confirmed.
        found = f"{type(error).__name__}: {error}"
        return Outcome(name, kind, "failed", "record", "a vector of this kind", found)
