"""Keys and region sets of Signature Version 4A, against RFC 6979 and plain arithmetic."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigv4 import (
    ECDSA_SHA256,
    Anonymous,
    KeyCache,
    Request,
    Scope,
    Signer,
    check,
    read,
)
from sigv4.ecdsa import EcdsaKey
from sigv4.keys import ecdsa_key
from sigv4.v4a import ORDER, add_one, compare, covers, derive
from tests.sigv4.signing import (
    KEYS,
    NOW,
    REGION,
    SIGNER_4A,
    accept,
    by_header,
    by_url,
    refusal,
)

MISMATCH = ("SignatureDoesNotMatch", 403)
BIG = bytes(range(256)) * 40
CRC: tuple[str, str] = ("x-amz-checksum-crc32", "DUoRhQ==")
FEW = settings(max_examples=150, deadline=None)


def signed(**changes: object) -> Request:
    return by_header(signer=SIGNER_4A, **changes)  # type: ignore[arg-type]  # by_header's own


def in_regions(region_set: str) -> Signer:
    return Signer(KEYS, region_set, algorithm=ECDSA_SHA256)


# Keys


@pytest.mark.parametrize(
    ("text", "r", "s"),
    [
        (
            b"sample",
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
            "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
        ),
        (
            b"test",
            "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
            "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
        ),
    ],
)
def test_rfc_6979_appendix_a_2_5(text: bytes, r: str, s: str) -> None:
    key = EcdsaKey(0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721)
    assert key.point() == (
        0x60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6,
        0x7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299,
    )
    assert key.sign(text) == _der(int(r, 16), int(s, 16))
    assert key.verifies(text, key.sign(text))


def _der(r: int, s: int) -> bytes:
    """X.690: a sequence of two integers, each with a zero byte if it would look negative."""
    parts = b""
    for number in (r, s):
        raw = number.to_bytes(number.bit_length() // 8 + 1)
        parts += bytes([2, len(raw)]) + raw
    return (bytes([0x30, len(parts)]) + parts).hex().encode()


def test_a_needless_zero_before_a_number_is_no_der() -> None:
    """And so is a number that lost the zero it needs."""
    key = ecdsa_key(KEYS.access_key, KEYS.secret_key)
    for text in (b"%d" % number for number in range(40)):
        raw = bytes.fromhex(key.sign(text).decode())
        size = raw[3]
        r, rest = raw[4 : 4 + size], raw[4 + size :]
        for changed in (b"\0" + r, r[1:]):
            parts = bytes([2, len(changed)]) + changed + rest
            other = bytes([0x30, len(parts)]) + parts
            assert not key.verifies(text, other.hex().encode())


def test_the_other_s_is_a_signature_too() -> None:
    """ECDSA has two for each nonce, and AWS does not ask for the lesser; neither do we."""
    key = ecdsa_key(KEYS.access_key, KEYS.secret_key)
    raw = bytes.fromhex(key.sign(b"text").decode())
    size = raw[3]
    r, s = int.from_bytes(raw[4 : 4 + size]), int.from_bytes(raw[6 + size :])
    assert key.verifies(b"text", _der(r, ORDER - s))
    assert not key.verifies(b"text", _der(r, ORDER + s))


def test_a_key_is_derived_by_the_first_counter_that_gives_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[bytes] = []
    answers = [ORDER, ORDER - 1, ORDER - 2]

    def digest(key: bytes, text: bytes, name: str) -> bytes:
        tried.append(text)
        assert (key, name) == (b"AWS4Asecret", "sha256")
        return answers[len(tried) - 1].to_bytes(32)

    monkeypatch.setattr("sigv4.v4a.hmac.digest", digest)
    assert derive("AKID", "secret") == (ORDER - 1, 3)
    assert [text[-5] for text in tried] == [1, 2, 3]
    assert {text[:-5] + text[-4:] for text in tried} == {
        b"\0\0\0\1AWS4-ECDSA-P256-SHA256\0AKID\0\0\1\0"
    }


def test_a_key_that_no_counter_gives_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def digest(_key: bytes, text: bytes, _name: str) -> bytes:
        tried.append(text[-5])
        return b"\xff" * 32

    monkeypatch.setattr("sigv4.v4a.hmac.digest", digest)
    with pytest.raises(ValueError, match="no key"):
        derive("AKID", "secret")
    assert tried == list(range(1, 255))


@given(st.binary(max_size=6), st.binary(max_size=6))
def test_big_endian_numbers(left: bytes, right: bytes) -> None:
    count = (int.from_bytes(left) + 1) % 256 ** len(left)
    assert int.from_bytes(add_one(left)) == count
    assert len(add_one(left)) == len(left)
    if len(left) == len(right):
        one, other = int.from_bytes(left), int.from_bytes(right)
        assert compare(left, right) == (one > other) - (one < other)
    else:
        with pytest.raises(ValueError, match="one length"):
            compare(left, right)


def test_pairs_of_keys_are_kept_and_bounded() -> None:
    cache = KeyCache(2)
    first = cache.pair("first", "secret")
    for name in ("b", "c", "d"):
        cache.pair(name, "secret")
        assert cache.pair("first", "secret") is first
    assert len(cache) == 2
    assert cache.pair("first", "new").number != first.number
    cache.get("first", "secret", Scope("20260821", REGION, "s3"))
    assert len(cache) == 3


def test_signing_keys_are_kept_and_bounded() -> None:
    scope = Scope("20260821", REGION, "s3")
    cache = KeyCache(2)
    first = cache.get("first", "secret", scope)
    for name in ("b", "c", "d"):
        cache.get(name, "secret", scope)
        assert cache.get("first", "secret", scope) is first
    assert len(cache) == 2
    assert cache.get("first", "new", scope).raw != first.raw
    assert cache.get("first", "secret", scope._replace(date="20260822")).raw != first.raw


def test_at_most_4096_keys_are_kept() -> None:
    """A limit of ours: whoever has many keys of one's own cannot fill the memory."""
    cache, scope = KeyCache(), Scope("20260821", REGION, "s3")
    for number in range(4097):
        cache.get(f"AKID{number}", "secret", scope)
    assert len(cache) == 4096


def test_no_repr_tells_a_key() -> None:
    key = ecdsa_key(KEYS.access_key, KEYS.secret_key)
    assert repr(key) == "EcdsaKey(...)"
    assert repr(KeyCache().get("a", "b", Scope("20260821", REGION, "s3"))) == "HmacKey(...)"


# Regions


@pytest.mark.parametrize(
    ("region_set", "region"),
    [
        ("*", "us-east-1"),
        ("us-east-1", "us-east-1"),
        ("us-*", "us-east-1"),
        ("*-1", "us-east-1"),
        ("us-*-1", "us-east-1"),
        ("u*s*-*e*-1", "us-east-1"),
        ("**", "us-east-1"),
        ("us-east-1*", "us-east-1"),
        ("eu-west-1,us-east-1", "us-east-1"),
        ("eu-west-1, us-east-1", "us-east-1"),
        ("eu-west-1,\tus-*", "us-east-1"),
        ("us-east-1,", "us-east-1"),
    ],
)
def test_a_set_of_regions_covers(region_set: str, region: str) -> None:
    assert covers(region_set, region)
    assert accept(by_url(signer=in_regions(region_set)), region=region).access_key
    assert accept(by_header(signer=in_regions(region_set)), region=region).scope == Scope(
        "20260821", region_set, "s3", False
    )


@pytest.mark.parametrize(
    ("region_set", "region"),
    [
        ("", "us-east-1"),
        (",", "us-east-1"),
        ("us-east-2", "us-east-1"),
        ("us-east", "us-east-1"),
        ("us-east-1", "us-east-11"),
        ("US-EAST-1", "us-east-1"),
        ("us-east-?", "us-east-1"),
        ("us-east-[1]", "us-east-1"),
        (".*", "us-east-1"),
        ("us-*-2", "us-east-1"),
        ("eu-*", "us-east-1"),
        ("us-east-1*1", "us-east-1"),
        ("us*us*", "us-east-1"),
        ("*east*east*", "us-east-1"),
        ("us-east-1;us-east-1", "us-east-1"),
    ],
)
def test_a_set_of_regions_does_not_cover(region_set: str, region: str) -> None:
    assert not covers(region_set, region)


@given(
    st.lists(st.sampled_from("ab*"), max_size=6).map("".join),
    st.lists(st.sampled_from("ab"), max_size=6).map("".join),
)
def test_a_pattern_means_what_a_regular_expression_would(pattern: str, region: str) -> None:
    expression = ".*".join(map(re.escape, pattern.split("*")))
    assert covers(pattern, region) == (re.fullmatch(expression, region) is not None)


def test_a_long_set_of_regions_takes_its_length_in_time() -> None:
    assert not covers("*a" * 20_000 + "b", "a" * 63)
    assert not covers("*," * 0 + "x," * 20_000, "us-east-1")


def test_another_region_is_named_with_the_expected_one() -> None:
    text = "the region 'eu-*,us-west-2' is wrong; expecting 'us-east-1'"
    for request in (
        by_header(signer=in_regions("eu-*,us-west-2")),
        by_url(signer=in_regions("eu-*,us-west-2")),
    ):
        error = refusal(request)
        assert error.status == 400
        assert error.message.endswith(text)
        assert error.fields == (("Region", "us-east-1"),)


def test_one_of_several_regions_of_ours_will_do() -> None:
    request = by_header(signer=in_regions("eu-west-1"))
    claim = read(request, now=NOW, regions=("us-east-1", "eu-west-1"))
    assert not isinstance(claim, Anonymous)
    assert check(claim, KEYS.secret_key, KeyCache()).access_key == KEYS.access_key
