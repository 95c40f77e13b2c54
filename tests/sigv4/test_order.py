"""Of several faults the first in S3's order of checks is named.

Mechanisms, grammar, scope, time, key, token, unsigned headers, signature, body: whoever
is told of a later one may rely on the earlier ones.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Final, NamedTuple

import pytest

from sigv4 import Request, SigError, Signer, Verifier
from tests.sigv4.forms import signed, upload, with_policy
from tests.sigv4.signing import KEYS, NOW, REGION, SIGNER, by_header, by_url

BODY: Final = b"content"
VERIFIER: Final = Verifier({KEYS.access_key: KEYS}.get, (REGION,))
_HEX: Final = re.compile(rb"(Signature=[0-9a-f]{20})([0-9a-f])")


class Asked(NamedTuple):
    """A request, its body, and when it comes."""

    request: Request
    body: bytes = BODY
    now: int = NOW

    def rewritten(self, change: Callable[[bytes], bytes]) -> "Asked":
        """With another target and other headers."""
        headers = [(name, change(value)) for name, value in self.request.headers]
        target = change(self.request.target)
        return self._replace(request=self.request._replace(target=target, headers=headers))

    def with_header(self, name: bytes, value: bytes) -> "Asked":
        pairs = [*self.request.headers, (name, value)]
        return self._replace(request=self.request._replace(headers=pairs))

    def with_parameter(self, piece: bytes) -> "Asked":
        joint = b"&" if b"?" in self.request.target else b"?"
        target = self.request.target + joint + piece
        return self._replace(request=self.request._replace(target=target))


Fault = tuple[str, Callable[[Asked], Asked], str]


def flipped(text: bytes) -> bytes:
    return _HEX.sub(lambda found: found[1] + (b"1" if found[2] == b"0" else b"0"), text)


def other_mechanism(it: Asked) -> Asked:
    return it.with_parameter(b"AWSAccessKeyId=a")


TOKEN: Final[Fault] = ("token", lambda it: it, "InvalidToken")  # `asked` signs one that is wrong
COMMON: Final[tuple[Fault, ...]] = (
    ("key", lambda it: it.rewritten(lambda t: t.replace(b"AKIDE", b"AKIDF")), "InvalidAccessKeyId"),
    TOKEN,
    ("unsigned", lambda it: it.with_header(b"x-amz-acl", b"public-read"), "AccessDenied"),
    ("signature", lambda it: it.rewritten(flipped), "SignatureDoesNotMatch"),
)
HEADER: Final[tuple[Fault, ...]] = (
    ("mechanisms", other_mechanism, "InvalidArgument"),
    (
        "grammar",
        lambda it: it.rewritten(lambda t: t.replace(b"SignedHeaders=", b"Signed=")),
        "AuthorizationHeaderMalformed",
    ),
    (
        "scope",
        lambda it: it.rewritten(lambda t: t.replace(b"us-east-1", b"eu-west-1")),
        "AuthorizationHeaderMalformed",
    ),
    ("time", lambda it: it._replace(now=NOW + 1000), "RequestTimeTooSkewed"),
    *COMMON,
    ("body", lambda it: it._replace(body=b"another"), "XAmzContentSHA256Mismatch"),
)
QUERY: Final[tuple[Fault, ...]] = (
    HEADER[0],
    (
        "grammar",
        lambda it: it.rewritten(lambda t: t.replace(b"X-Amz-Expires=", b"X-Amz-Expires=a")),
        "AuthorizationQueryParametersError",
    ),
    ("scope", HEADER[2][1], "AuthorizationQueryParametersError"),
    ("time", lambda it: it._replace(now=NOW + 1_000_000), "AccessDenied"),
    *COMMON,
)
MESSAGES: Final = {
    "scope": "region",
    "grammar": "components|number|Signed",
    "time": "too large|expired",
    "unsigned": "not signed",
}


def asked(faults: tuple[Fault, ...], *, with_token: bool = False) -> Asked:
    signer = Signer(replace(KEYS, session_token="t"), REGION) if with_token else SIGNER
    if faults is HEADER:
        digest = hashlib.sha256(BODY).hexdigest().encode()
        return Asked(by_header("PUT", payload=digest, signer=signer))
    return Asked(by_url("PUT", signer=signer))


def pairs() -> list[tuple[tuple[Fault, ...], Fault, Fault]]:
    """Each fault with each that is found after it."""
    both = [
        (faults, first, second)
        for faults in (HEADER, QUERY)
        for first, second in combinations(faults, 2)
    ]
    # Two faults of the same place in the text: the scope's grammar is read with its words.
    return [each for each in both if (each[1][0], each[2][0]) != ("grammar", "scope")]


def name_of(each: object) -> str:
    return each[0] if isinstance(each, tuple) and isinstance(each[0], str) else ""


@pytest.mark.parametrize(("faults", "first", "second"), pairs(), ids=name_of)
def test_the_earlier_of_two_faults_is_named(
    faults: tuple[Fault, ...], first: Fault, second: Fault
) -> None:
    it = first[1](second[1](asked(faults, with_token=TOKEN in (first, second))))
    with pytest.raises(SigError) as caught:
        VERIFIER.verify_whole(it.request, it.body, now=it.now)
    assert caught.value.code == first[2]
    assert re.search(MESSAGES.get(first[0], ""), caught.value.message)


@pytest.mark.parametrize("faults", [HEADER, QUERY], ids=["header", "query"])
def test_without_a_fault_all_is_well(faults: tuple[Fault, ...]) -> None:
    it = asked(faults)
    assert VERIFIER.verify_whole(it.request, it.body, now=it.now).content == BODY


# Forms: fields, scope, key, signature, policy, its end, its conditions, what they leave out, size

FORM: Final = {
    "mechanisms": ("InvalidArgument", "Only one auth"),
    "scope": ("InvalidArgument", "region"),
    "key": ("InvalidAccessKeyId", ""),
    "signature": ("SignatureDoesNotMatch", ""),
    "policy": ("InvalidPolicyDocument", ""),
    "end": ("AccessDenied", "Policy expired"),
    "condition": ("AccessDenied", "Condition failed"),
    "coverage": ("AccessDenied", "Extra input fields"),
    "size": ("EntityTooLarge", ""),
}


def form_with(faults: set[str]) -> dict[str, str]:
    fields = signed(
        {"acl": "public-read" if "condition" in faults else "private"},
        [{"acl": "private"}, ["content-length-range", 0, 1 if "size" in faults else 100]],
        signer=Signer(KEYS, "eu-west-1" if "scope" in faults else REGION),
        now=NOW - 120,
        expires_s=60 if "end" in faults else 3600,
    )
    if "policy" in faults:
        fields = with_policy(base64.b64encode(b"no document").decode(), fields)
    if "signature" in faults:
        fields["x-amz-signature"] = "0" * 64
    if "key" in faults:
        credential = fields["x-amz-credential"]
        fields["x-amz-credential"] = credential.replace("AKIDE", "AKIDF")
    if "coverage" in faults:
        fields["x-amz-meta-a"] = "b"
    if "mechanisms" in faults:
        fields["AWSAccessKeyId"] = "a"
    return fields


@pytest.mark.parametrize(("first", "second"), list(combinations(FORM, 2)))
def test_the_earlier_of_two_faults_of_a_form_is_named(first: str, second: str) -> None:
    with pytest.raises(SigError) as caught:
        upload(form_with({first, second}), content=b"content")
    code, words = FORM[first]
    assert caught.value.code == code
    assert words in caught.value.message


def test_a_form_without_a_fault_is_accepted() -> None:
    assert upload(form_with(set()), content=b"content") == b"content"
