"""The fast ways say what the slow ones say, of every Authorization header and of all headers."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest

from sigv4 import (
    ECDSA_SHA256,
    Credentials,
    KeyCache,
    Request,
    Signer,
    accept_anonymous,
    authorization,
    canonical,
    claims,
    credential,
    read,
    verify,
)
from sigv4.canonical import canonical_value, fold_headers, usual_headers
from sigv4.kept import Kept, are_short
from tests.chance import tried
from tests.sigv4.both_ways import Closing, both_ways, outcome, two_bytes_changed
from tests.sigv4.signing import (
    KEYS,
    NOW,
    REGION,
    SIGNER_4A,
    accept,
    by_header,
    edited,
    header,
    refusal,
    replaced,
    with_headers,
)

FULL = Closing(authorization, "_SEPARATORS", ())


def both(
    request: Request, regions: Sequence[str] = (REGION,), service: str = "s3"
) -> tuple[object, object]:
    """What is read, and what the full way reads."""
    return both_ways(request, FULL, regions=regions, service=service)


REQUESTS = (
    by_header(),
    by_header("PUT", headers=[(b"X-Amz-Meta-A", b"1")]),
    by_header(signer=SIGNER_4A),
)
EDITS = (
    (b"AWS4-HMAC-SHA256", b"AWS4-HMAC-SHA1"),
    (b"AWS4-HMAC-SHA256 ", b"AWS4-HMAC-SHA256  "),
    (b"AWS4-HMAC-SHA256 ", b"AWS4-HMAC-SHA256"),
    (b"AWS4-HMAC-SHA256", b"AWS"),
    (b"Credential=", b"credential="),
    (b"Credential=", b"Credential=,Credential="),
    (b"Credential=", b"Signature=a,Credential="),
    (b", Signature=", b",Signature="),
    (b", Signature=", b" Signature="),
    (b", Signature=", b",  Signature="),
    (b", Signature=", b", Signature = "),
    (b", Signature=", b", Signature=, Signature="),
    (b", Signature=", b", Signature=-"),
    (b", Signature=", b", Signature=Signature="),
    (b", Signature=", b", Other="),
    (b"SignedHeaders=host;", b"SignedHeaders=Host;"),
    (b"SignedHeaders=host;", b"SignedHeaders=;"),
    (b"SignedHeaders=host;", b"SignedHeaders=" + b"a;" * 300 + b"host;"),
    (b"AKIDEXAMPLE", b"A" * 600),
    (b"AKIDEXAMPLE", b""),
    (b"AKIDEXAMPLE", b"A/B"),
    (b"AKIDEXAMPLE", b"\xff"),
    (b"us-east-1", b"eu-west-1"),
    (b"/s3/", b"/iam/"),
    (b"20260821/", b"20260820/"),
    (b"20260821/", b"x/"),
    (b"aws4_request", b"aws5_request"),
)


@pytest.mark.parametrize("edit", EDITS)
def test_a_changed_header_is_read_alike(edit: tuple[bytes, bytes]) -> None:
    for request in REQUESTS:
        changed = header(request, b"authorization").replace(*edit)
        request = replaced(request, b"authorization", changed)
        for regions in ((REGION,), ["eu-west-1", REGION]):
            for service in ("s3", "iam"):
                fast, full = both(request, regions, service)
                assert fast == full


def test_a_signature_that_repeats_its_name_is_no_signature() -> None:
    """The right one, and not what stands after the first equals sign."""
    twice = edited(by_header(), b", Signature=", b", Signature=Signature=")
    assert refusal(twice).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("end", [b"", b"0", b"-", b" ", b"\t", b",", b"\xc3\xa9", b"=", b"G"])
def test_a_signature_that_is_none_is_read_alike(end: bytes) -> None:
    for request in REQUESTS:
        value = header(request, b"authorization")
        for changed in (value + end, value[:-1] + end, value[:-64] + end):
            fast, full = both(replaced(request, b"authorization", changed))
            assert fast == full


@tried(3000)
def test_any_two_bytes_changed(chance: Random) -> None:
    request = chance.choice(REQUESTS)
    value = two_bytes_changed(chance, header(request, b"authorization"), b",=; /-AS0x\t\xff")
    fast, full = both(replaced(request, b"authorization", value))
    assert fast == full


def test_usual_headers_are_read_the_fast_way() -> None:
    """Or it would be a fast way for nobody."""
    for request in REQUESTS:
        first = outcome(request)
        head, mark, _ = header(request, b"authorization").rpartition(b"Signature=")
        other = replaced(request, b"authorization", head + mark + b"0" * 64)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(authorization, "_split", None)  # what is kept is not split again
            second = outcome(other)
        assert isinstance(first, claims.Claim)
        assert isinstance(second, claims.Claim)
        assert second == first._replace(request=other, headers=second.headers, signature=b"0" * 64)


# The block of signed headers

NAMES = [b"host", b"X-Amz-Meta-A", b"x-amz-meta-%b", b"%", b"absent"]
VALUES = [b"", b"a", b" ", b"  ", b"\t", b"\r", b"\n", b"\xa0", b"\v", b"%b", b"\xff"]


def by_the_book(headers: dict[bytes, bytes], signed: Sequence[bytes]) -> bytes:
    return b"".join(
        name + b":" + canonical_value(headers[name]) + b"\n" for name in signed if name in headers
    )


@tried(6000)
def test_the_fast_block_is_the_slow_one_or_none(chance: Random) -> None:
    pairs = [
        (name, b"".join(chance.choices(VALUES, k=chance.randint(0, 5))))
        for name in chance.choices(NAMES, k=chance.randint(0, 5))
    ]
    signed = [name.lower() for name in chance.choices(NAMES, k=chance.randint(0, 5))]
    folded = fold_headers(pairs)
    expected = by_the_book(folded, signed)
    assert usual_headers(folded, canonical.NAMES[tuple(signed)]) in (None, expected)
    assert canonical.canonical_headers(folded, signed) == expected


@pytest.mark.parametrize("value", [b"", b"a", b"a b", b"%d", b"a  b", b"a\tb", b"a\rb", b"a\nb"])
def test_white_space_that_is_made_one_space_is_not_for_the_fast_way(value: bytes) -> None:
    found = usual_headers({b"host": b"h", b"x": value}, canonical.NAMES[b"host", b"x"])
    assert (found is None) == (canonical_value(value) != value)


def test_usual_headers_are_put_together_the_fast_way() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "canonical_headers", None)
        accept(by_header())
        accept(by_header(headers=[(b"Content-Type", b"text/plain; charset=utf-8")]))


# What is kept is bounded, for anybody may send it

LONG = tuple(b"x-amz-meta-number-%d" % number for number in range(33))


KEPT: tuple[Any, ...] = (
    authorization._kept_head,
    credential._kept_signed_headers,
    credential._kept_credential,
    canonical.NAMES,
    verify._SORTED_OUT,
    verify._SCOPE_LINES,
)
# A credential and a scope are, however long the list beside them.
SHORT = (credential._kept_credential, verify._SCOPE_LINES)


def is_short(kept: Any) -> bool:
    return any(kept is one for one in SHORT)  # two that are empty are equal


def forget() -> None:
    for kept in KEPT:
        if isinstance(kept, Kept):
            kept.clear()
        else:
            kept.cache_clear()


def size(kept: Any) -> int:
    """How much is kept, where the most that can be is known."""
    if isinstance(kept, Kept):
        assert kept.most <= 1024
        return len(kept)
    assert kept.cache_info().maxsize is not None
    return int(kept.cache_info().currsize)


def test_a_long_list_of_headers_is_verified_and_not_kept() -> None:
    long = by_header(headers=[(name, b"1") for name in LONG])
    forget()
    assert accept(long).headers.keys() >= set(LONG)
    assert [size(kept) for kept in KEPT] == [is_short(kept) for kept in KEPT]
    forget()
    accept(by_header())
    assert all(size(kept) == 1 for kept in KEPT)


@pytest.mark.parametrize("beyond", [0, 1])
@pytest.mark.parametrize(
    ("kept", "end"),
    [(authorization._kept_head, b"Signature="), (credential._kept_credential, b", SignedHeaders=")],
)
def test_of_what_headers_say_only_little_is_kept(kept: Any, end: bytes, beyond: int) -> None:
    value = header(by_header(), b"authorization").partition(end)[0]
    start = b"" if end == b"Signature=" else b"AWS4-HMAC-SHA256 Credential="
    key = "A" * (512 + beyond - len(value.removeprefix(start)) + len(KEYS.access_key))
    request = by_header(signer=Signer(Credentials(key, KEYS.secret_key), REGION))
    forget()
    assert isinstance(outcome(request), claims.Claim)
    assert size(kept) == 1 - beyond


@pytest.mark.parametrize("count", [1, 2])
def test_nor_is_a_list_of_few_long_names(count: int) -> None:
    names = [b"x-amz-meta-" + b"a" * 600, b"x-amz-meta-b"][:count]
    forget()
    assert accept(by_header(headers=[(name, b"1") for name in names])).headers.keys() >= set(names)
    assert [size(kept) for kept in KEPT] == [is_short(kept) for kept in KEPT]


def test_nor_is_a_long_list_of_names_that_did_not_come() -> None:
    """Of a header that anybody can write who knows an access key."""
    request = by_header()
    value = header(request, b"authorization")
    value = value.replace(b"SignedHeaders=", b"SignedHeaders=" + b";".join(LONG) + b";")
    forget()
    assert refusal(replaced(request, b"authorization", value)).code == "SignatureDoesNotMatch"
    assert [size(kept) for kept in KEPT] == [is_short(kept) for kept in KEPT]


def test_nor_is_a_long_list_of_names_beside_the_signed_ones() -> None:
    forget()
    accept(with_headers(by_header(), [(b"x" * 600, b"1")]))
    assert size(canonical.NAMES) == 1
    assert size(verify._SORTED_OUT) == 0


def test_nor_is_a_long_set_of_regions() -> None:
    request = by_header(signer=SIGNER_4A)
    regions = b",".join([b"us-east-1", *LONG])
    forget()
    error = refusal(replaced(request, b"x-amz-region-set", regions))
    assert error.code == "SignatureDoesNotMatch"
    assert not any(size(kept) for kept in SHORT)


@pytest.mark.parametrize(("length", "kept"), [(512, 1), (513, 0)])
def test_a_set_of_regions_is_kept_up_to_a_length(length: int, kept: int) -> None:
    """It stands in the scope, and a signer of 4A may write any."""
    regions = "us-east-1,".ljust(length, "x")
    signer = Signer(KEYS, regions, algorithm=ECDSA_SHA256)
    forget()
    assert accept(by_header(signer=signer)).access_key == KEYS.access_key
    assert size(verify._SCOPE_LINES) == kept


def test_what_came_first_goes_first() -> None:
    made: list[int] = []

    def make(key: int) -> int:
        made.append(key)
        return -key

    kept = Kept(make, lambda key: key < 10, 2)
    assert [kept[key] for key in (1, 1, 2, 1, 3, 1, 10, 10, 3)] == [
        -1,
        -1,
        -2,
        -1,
        -3,
        -1,
        -10,
        -10,
        -3,
    ]
    assert made == [1, 2, 3, 1, 10, 10]
    assert list(kept) == [3, 1]


def test_threads_keep_no_more_than_one_does() -> None:
    kept = Kept(str, lambda _: True, 3)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(kept.__getitem__, [number % 7 for number in range(2000)]))
    assert found == [str(number % 7) for number in range(2000)]
    assert len(kept) <= 3


@pytest.mark.parametrize(("length", "short"), [(255, True), (256, False)])
def test_what_separates_names_counts(length: int, short: bool) -> None:
    assert are_short([b"a" * 256, b"b" * length]) == short
    assert are_short([b"a"] * (length + 1)) == short


def test_a_long_unsigned_list_is_refused_alike() -> None:
    for count in (1, 31, 33):
        request = with_headers(by_header(), [(name, b"1") for name in LONG[:count]])
        error = refusal(request)
        assert error.message == "There were headers present in the request which were not signed"
        named = dict(error.fields)["HeadersNotSigned"]
        assert named == ", ".join(sorted(name.decode() for name in LONG[:count]))


def test_what_one_request_hides_the_next_one_shows() -> None:
    """Names of headers are kept with what is signed of them, never apart."""
    extra = (b"x-other", b"1")
    signed = by_header(headers=[extra])
    assert b"x-other" in accept(signed).headers
    assert b"x-other" not in accept(with_headers(by_header(), [extra])).headers
    assert b"x-other" in accept(signed).headers
    anonymous = read(Request("GET", b"/", [(b"Host", b"h"), extra]), now=NOW, regions=(REGION,))
    assert isinstance(anonymous, claims.Anonymous)
    assert b"x-other" not in accept_anonymous(anonymous).headers


def test_headers_of_a_claim_stay_as_they_are() -> None:
    claim = read(with_headers(by_header(), [(b"Accept", b"*")]), now=NOW, regions=(REGION,))
    assert isinstance(claim, claims.Claim)
    before = dict(claim.headers)
    verified = verify.check(claim, KEYS.secret_key, KeyCache())
    assert claim.headers == before
    assert b"accept" not in verified.headers
