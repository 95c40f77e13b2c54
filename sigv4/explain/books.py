"""How the signature of a case is made by the book: what the verifier computes."""

from collections.abc import Callable, Mapping
from typing import Final

from sigv4.canonical import canonical_path, canonical_query, canonical_value
from sigv4.explain.case import Case, Scheme
from sigv4.explain.recipe import BARE, ITSELF, POLICY, VERSION_2, Recipe
from sigv4.sigv2 import canonical_resources


def recipe_of(case: Case, secret: str) -> Recipe:
    """The recipe by the book: what the verifier computes."""
    return BOOKS[case.scheme](case, secret)


def _of_request(case: Case, secret: str) -> Recipe:
    values: dict[bytes, bytes | None] = {}
    for name in case.signed:
        found = case.value(name)
        values[name] = canonical_value(found) if found is not None else None
    return Recipe(
        secret,
        "as documented",
        case.scope,
        case.timestamp.encode(),
        str(case.scope).encode(),
        case.request.method.encode(),
        canonical_path(case.path, case.profile),
        canonical_query(case.query, drop=b"X-Amz-Signature" if case.location == "query" else b""),
        values,
        case.signed,
        case.payload,
        algorithm=case.algorithm,
        access_key=case.access_key,
    )


def _of_form(case: Case, secret: str) -> Recipe:
    """The policy is all that is signed."""
    plain = _of_request(case, secret)._replace(
        path=b"", query=b"", layout=POLICY, text_layout=ITSELF
    )
    return plain if case.scheme == "form" else _as_version_2(plain)


def _of_v2(case: Case, secret: str) -> Recipe:
    """Of the ways to write the resource, the one that makes the signature, if one does."""
    plain = _as_version_2(_of_request(case, secret))
    values = {name: case.headers.get(name) for name in case.signed}
    plain = plain._replace(layout=VERSION_2, text_layout=ITSELF, values=values)
    bucket = case.known.bucket_of_host(case.headers.get(b"host", b"").decode("latin-1"))
    found = None
    for resource in canonical_resources(case.request.target, bucket):
        path, _, query = resource.partition(b"?")
        recipe = plain._replace(path=path, query=query)
        if found is None or recipe.makes(case.provided):
            found = recipe
    assert found is not None, "there is one way at least"
    return found


def _as_version_2(recipe: Recipe) -> Recipe:
    return recipe._replace(derivation=BARE, hash="sha1", writing="in base64")


BOOKS: Final[Mapping[Scheme, Callable[[Case, str], Recipe]]] = {
    "v4": _of_request,
    "form": _of_form,
    "v2": _of_v2,
    "v2-form": _of_form,
}
