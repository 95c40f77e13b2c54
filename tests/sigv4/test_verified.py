"""A Verified is made by the verifier alone, and stays what it was."""

import copy
import pickle
from typing import Any

import pytest

from sigv4 import Exact, Unsigned, Verified
from tests.sigv4.signing import EMPTY, KEYS, NOW, accept, by_header, by_url

PARTS = tuple(name for name in Verified.__mro__[1].__dict__["__slots__"])


def test_it_has_parts() -> None:
    assert {"access_key", "headers", "payload", "_signer"} <= set(PARTS)
    made = accept(by_header())
    assert all(hasattr(made, name) for name in PARTS)


@pytest.mark.parametrize("seal", [None, object(), "seal", True])
def test_nobody_else_makes_one(seal: object) -> None:
    made = accept(by_header())
    parts: dict[str, Any] = {name: getattr(made, name) for name in PARTS}
    for given in ((seal,), ()):
        with pytest.raises(TypeError, match="only the verifier"):
            Verified(*given, **parts)


def test_it_is_not_copied_replaced_or_pickled() -> None:
    verified = accept(by_header())
    with pytest.raises(TypeError):
        copy.copy(verified)
    with pytest.raises(TypeError):
        copy.deepcopy(verified)
    with pytest.raises(TypeError):
        pickle.dumps(verified)
    assert not hasattr(verified, "_replace")
    assert not hasattr(verified, "__dict__")
    assert not hasattr(verified, "__dataclass_fields__")


def test_it_has_no_subclasses() -> None:
    with pytest.raises(TypeError, match="others define"):
        type("Mine", (Verified,), {})


@pytest.mark.parametrize("name", [*PARTS, "another"])
def test_it_does_not_change(name: str) -> None:
    verified = accept(by_header())
    with pytest.raises(AttributeError):
        setattr(verified, name, "other")
    with pytest.raises(AttributeError):
        delattr(verified, name)


def test_its_headers_do_not_change() -> None:
    headers: Any = accept(by_header()).headers
    with pytest.raises(TypeError):
        headers[b"x-amz-acl"] = b"public-read"
    with pytest.raises(AttributeError):
        headers.clear()


def test_it_says_what_was_verified() -> None:
    verified = accept(by_header(headers=[(b"X-Amz-Meta-A", b"1"), (b"x-amz-meta-a", b"2")]))
    assert verified.access_key == KEYS.access_key
    assert str(verified.scope) == "20260821/us-east-1/s3/aws4_request"
    assert (verified.location, verified.expires_at) == ("header", None)
    assert verified.payload == Exact(EMPTY.decode())
    assert verified.headers[b"x-amz-meta-a"] == b"1,2"
    assert verified.signed_headers >= {b"host", b"x-amz-date", b"x-amz-meta-a"}


def test_it_says_until_when_a_url_was_good() -> None:
    verified = accept(by_url(expires_s=60))
    assert (verified.location, verified.expires_at) == ("query", NOW + 60)
    assert verified.payload == Unsigned()
    assert verified.signed_headers == {b"host"}
