"""The fast ways say what the slow ones say, of every URL."""

import re
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigv4 import GENERIC, Credentials, Request, Signer, claims
from sigv4.canonical import S3, Profile, canonical_query
from tests.sigv4.both_ways import Closing, both_ways, outcome, two_bytes_changed
from tests.sigv4.signing import EMPTY, KEYS, NOW, REGION, SIGNER, SIGNER_4A, by_url

TOKEN = Signer(Credentials("ASIAEXAMPLE", KEYS.secret_key, "to+ken/=="), REGION)
IMPLICIT = Profile(normalize_path=False, double_encode=False, omit_session_token=True)
FULL = Closing(claims, "read_usual_url", lambda *_: None)


def both(
    request: Request, now: int = NOW, profile: Profile = S3, body: bytes | None = None
) -> tuple[object, object]:
    """What is read, and what the full way reads."""
    return both_ways(request, FULL, now=now, profile=profile, body_sha256=body)


URLS = (
    by_url(),
    by_url("PUT", b"/bkt/k?x-id=PutObject&partNumber=1", [(b"content-type", b"a/b")]),
    by_url(signer=TOKEN),
    by_url(signer=SIGNER_4A),
    by_url(target=b"/bkt/k?x-amz-acl=private"),
    by_url(headers=[(b"x-amz-security-token", b"t")]),
    by_url(expires_s=604800),
)
EDITS = (
    (b"X-Amz-Algorithm=AWS4-HMAC-SHA256", b"X-Amz-Algorithm=AWS4-HMAC-SHA1"),
    (b"X-Amz-Date=2026", b"X-Amz-Date=2025"),
    (b"X-Amz-Date=2026", b"X-Amz-Date=%32026"),
    (b"X-Amz-Date=", b"X-Amz-Date=x"),
    (b"X-Amz-Date=", b"X-Amz-Date=\xff"),
    (b"X-Amz-Date=", b"x-amz-date="),
    (b"X-Amz-Date=", b"X-Amz-Dat%65="),
    (b"X-Amz-Date=", b"Date="),
    (b"X-Amz-Signature=", b"X-Amz-Signature=-"),
    (b"X-Amz-Signature=", b"X-Amz-Signature=%30"),
    (b"X-Amz-Signature=", b"Signature="),
    (b"X-Amz-Signature=", b"Signature=a&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"X-Amz-Signature=a&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"AWSAccessKeyId=a&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"Expires=1&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"%53ignature=1&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"X-Amz-Content-Sha256=UNSIGNED%2DPAYLOAD&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"X-Amz-Content-Sha256=&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"X-Amz-Security-Token=&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"X-Amz-Security-Token=a%20+b&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"X-Amz-Region-Set=*&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"&&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"a&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"a=1&a=2&X-Amz-Signature="),
    (b"X-Amz-Signature=", b"X-Amz-Meta-A=1&X-Amz-Signature="),
    (b"Expires=3600", b"Expires=0"),
    (b"Expires=3600", b"Expires=604801"),
    (b"Expires=3600", b"Expires=3_6"),
    (b"Expires=3600", b"Expires=%33600"),
    (b"Expires=3600", b"Expires="),
    (b"us-east-1", b"eu-west-1"),
    (b"%2Fs3%2F", b"%2Fiam%2F"),
    (b"%2F20260821%2F", b"%2F20260820%2F"),
    (b"aws4_request", b"aws5_request"),
    (b"AKIDEXAMPLE", b"A" * 600),
    (b"AKIDEXAMPLE", b""),
    (b"AKIDEXAMPLE", b"\xff"),
    (b"SignedHeaders=host", b"SignedHeaders=Host"),
    (b"SignedHeaders=host", b"SignedHeaders=host%3Bx-amz-content-sha256"),
    (b"SignedHeaders=host", b"SignedHeaders=host;x-amz-security-token"),
    (b"SignedHeaders=host", b"SignedHeaders="),
)


@pytest.mark.parametrize("profile", [S3, GENERIC, IMPLICIT])
@pytest.mark.parametrize("edit", EDITS)
def test_a_changed_url_is_read_alike(edit: tuple[bytes, bytes], profile: Profile) -> None:
    old, new = edit
    for url in URLS:
        request = url._replace(target=url.target.replace(old, new))
        for body in (None, EMPTY):
            fast, full = both(request, profile=profile, body=body)
            assert fast == full
        hashed = request._replace(headers=[*request.headers, (b"X-Amz-Content-Sha256", EMPTY)])
        fast, full = both(hashed, profile=profile, body=b"0" * 64)
        assert fast == full
        twice = request._replace(headers=[*request.headers, (b"Authorization", b"AWS a:b")])
        fast, full = both(twice, profile=profile)
        assert fast == full


@pytest.mark.parametrize("moment", [-901, -900, -1, 0, 3599, 3600, 3601, 604800, 604801])
def test_a_url_is_good_for_the_same_time(moment: int) -> None:
    for url in URLS:
        fast, full = both(url, NOW + moment)
        assert fast == full


@settings(max_examples=1500, deadline=None)
@given(st.data())
def test_any_two_bytes_changed(data: st.DataObject) -> None:
    url = data.draw(st.sampled_from(URLS))
    target = two_bytes_changed(data, url.target, b"%&=+;A-Xx0/~ \xff")
    fast, full = both(url._replace(target=target))
    assert fast == full


def test_usual_urls_are_read_the_fast_way() -> None:
    """Or it would be a fast way for nobody."""
    for url in URLS[:3]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(claims, "split_pairs", None)
            assert isinstance(outcome(url), claims.Claim)


def by_the_book(query: bytes, drop: bytes) -> bytes:
    """Each step for itself: split, decode, encode, sort."""

    def again(text: bytes) -> bytes:
        return quote_from_bytes(unquote_to_bytes(text.replace(b"+", b" ")), safe="~").encode()

    pieces = [piece.partition(b"=") for piece in query.split(b"&") if piece]
    pairs = sorted((again(name), again(value)) for name, _, value in pieces)
    return b"&".join(name + b"=" + value for name, value in pairs if not drop or name != drop)


# fmt: off
PIECES = st.sampled_from([
    b"a", b"a-b", b"A", b"X-Amz-Signature", b"X-Amz-Signature-", b"=", b"==", b"&", b"%2F", b"%2f",
    b"%7E", b"%C3%A9", b"%3D", b"%26", b"%00", b"%", b"%zz", b"+", b"~", b";", b"\xff", b"1", b"\0",
])
# fmt: on


@settings(max_examples=3000, deadline=None)
@given(st.lists(PIECES, max_size=14), st.sampled_from([b"", b"X-Amz-Signature"]))
def test_a_query_is_ordered_by_the_book(pieces: list[bytes], drop: bytes) -> None:
    query = b"".join(pieces)
    assert canonical_query(query, drop=drop) == by_the_book(query, drop)


@pytest.mark.parametrize("count", [63, 64, 65, 200])
def test_of_however_many_parameters(count: int) -> None:
    query = b"&".join(b"a%d=%d" % (number, number) for number in range(count))
    assert canonical_query(query) == by_the_book(query, b"")
    assert len(re.findall(b"=", canonical_query(query))) == count


def test_a_signer_s_own_urls_are_among_them() -> None:
    query = SIGNER.presign(by_url(target=b"/b/k")._replace(target=b"/b/k"), now=NOW, expires_s=9)
    assert canonical_query(query.partition(b"?")[2]) == by_the_book(query.partition(b"?")[2], b"")
