"""Each refusal has the status that its code has on AWS's page, whoever asks for which message."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any, Final

import pytest

from sigv4 import SigError, errors, form_errors

# Source: S3 API Reference, "Error responses"; those of bodies in chunks were recorded on S3.
STATUSES: Final = {
    "AccessDenied": 403,
    "AuthorizationHeaderMalformed": 400,
    "AuthorizationQueryParametersError": 400,
    "EntityTooLarge": 400,
    "EntityTooSmall": 400,
    "ExpiredToken": 400,
    "IncompleteBody": 400,
    "InvalidAccessKeyId": 403,
    "InvalidArgument": 400,
    "InvalidChunkSizeError": 403,
    "InvalidPolicyDocument": 400,
    "InvalidRequest": 400,
    "InvalidToken": 400,
    "InvalidURI": 400,
    "MalformedPOSTRequest": 400,
    "MalformedTrailerError": 400,
    "MaxPostPreDataLengthExceeded": 400,
    "MissingContentLength": 411,
    "MissingSecurityHeader": 400,
    "NotImplemented": 501,
    "PreconditionFailed": 412,
    "RequestTimeTooSkewed": 403,
    "SignatureDoesNotMatch": 403,
    "XAmzContentSHA256Mismatch": 400,
}
EXAMPLES: Final[dict[Any, object]] = {
    str: "x",
    int: 1,
    bytes: b"x",
    bytes | None: b"x",
    Sequence[str]: ["x"],
    Sequence[tuple[str, str]]: [("x", "y")],
    SigError: errors.unknown_key("x"),
}


def factories() -> Iterator[tuple[str, Callable[..., SigError]]]:
    """Everything that makes a refusal, so that none is left out that comes later."""

    def of(owner: object, name: str) -> Iterator[tuple[str, Callable[..., SigError]]]:
        for inner, made in inspect.getmembers(owner, inspect.isroutine):
            own = isinstance(owner, ModuleType) or not inner.startswith("__")
            if own and inspect.signature(made).return_annotation in (SigError, "SigError"):
                yield f"{name}.{inner}", made

    yield from of(errors, "errors")
    yield from of(form_errors, "form_errors")
    yield from of(errors.HEADER, "HEADER")
    yield from of(errors.QUERY, "QUERY")


ALL: Final = dict(factories())


@pytest.mark.parametrize("name", ALL)
def test_a_status_belongs_to_its_code(name: str) -> None:
    parameters = inspect.signature(ALL[name]).parameters.values()
    error = ALL[name](*(EXAMPLES[one.annotation] for one in parameters))
    assert (error.code, error.status) == (error.code, STATUSES[error.code])


def test_every_code_of_the_table_is_given_by_somebody() -> None:
    made = {
        factory(
            *(EXAMPLES[one.annotation] for one in inspect.signature(factory).parameters.values())
        )
        for factory in ALL.values()
    }
    assert {error.code for error in made} == STATUSES.keys()
    assert len(ALL) > 50
