"""The fast ways say what the slow ones say, of every URL."""

import re
from random import Random
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest

from sigv4 import GENERIC, Credentials, KeyCache, Request, Signer, claims, presigned, verify
from sigv4.canonical import S3, Profile, canonical_query
from tests.chance import tried
from tests.sigv4.both_ways import Closing, both_ways, outcome, two_bytes_changed
from tests.sigv4.signing import EMPTY, KEYS, NOW, REGION, SIGNER, SIGNER_4A, accept, by_url

TOKEN = Signer(Credentials(KEYS.access_key, KEYS.secret_key, "to+ken/=="), REGION)
IMPLICIT = Profile(normalize_path=False, double_encode=False, omit_session_token=True)
FULL = Closing(claims, "read_usual_url", lambda *_: None)


def both(
    request: Request, now: int = NOW, profile: Profile = S3, body: bytes | None = None
) -> tuple[object, object]:
    """What is read, and what the full way reads."""
    fast, full = both_ways(request, FULL, now=now, profile=profile, body_sha256=body)
    if isinstance(fast, claims.Claim) and fast.query_line is not None:
        _, _, query = request.target.partition(b"?")
        assert fast.query_line == by_the_book(query, b"X-Amz-Signature")
        fast = fast._replace(query_line=None)  # which the full way leaves to others
    return fast, full


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


@tried(3000)
def test_any_two_bytes_changed(chance: Random) -> None:
    url = chance.choice(URLS)
    target = two_bytes_changed(chance, url.target, b"%&=+;A-Xx0/~ \xff")
    fast, full = both(url._replace(target=target))
    assert fast == full


def in_order(url: Request) -> Request:
    path, _, query = url.target.partition(b"?")
    return url._replace(target=path + b"?" + by_the_book(query, b""))


def test_usual_urls_are_read_the_fast_way() -> None:
    """Or it would be a fast way for nobody."""
    for url in URLS[:3]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(claims, "split_pairs", None)
            assert isinstance(outcome(url), claims.Claim)
    for url in (URLS[0], URLS[2], by_url(target=b"/k?x-id=GetObject")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(presigned, "_in_any_order", None)
            patch.setattr(verify, "canonical_query", None)
            accept(in_order(url))


@pytest.mark.parametrize(("given", "kept"), [(512, 1), (513, 0)])
def test_of_what_urls_say_only_little_is_kept(given: int, kept: int) -> None:
    beside = b"%2F20260821%2Fus-east-1%2Fs3%2Faws4_requesthost"
    signer = Signer(Credentials("A" * (given - len(beside)), KEYS.secret_key), REGION)
    presigned._kept_parts.cache_clear()
    assert isinstance(outcome(by_url(signer=signer)), claims.Claim)
    assert presigned._kept_parts.cache_info().currsize == kept


def test_a_token_left_out_of_what_is_signed_is_left_out_of_a_query_in_order() -> None:
    url = by_url(signer=Signer(TOKEN.credentials, REGION, profile=IMPLICIT))
    claim = outcome(in_order(url), profile=IMPLICIT)
    assert isinstance(claim, claims.Claim)
    assert claim.session_token is not None
    assert verify.check(claim, KEYS.secret_key, KeyCache()).location == "query"
    assert b"Token" not in verify.reading(claim)[0]


def by_the_book(query: bytes, drop: bytes) -> bytes:
    """Each step for itself: split, decode, encode, sort."""

    def again(text: bytes) -> bytes:
        return quote_from_bytes(unquote_to_bytes(text.replace(b"+", b" ")), safe="~").encode()

    pieces = [piece.partition(b"=") for piece in query.split(b"&") if piece]
    pairs = sorted((again(name), again(value)) for name, _, value in pieces)
    return b"&".join(name + b"=" + value for name, value in pairs if not drop or name != drop)


SIGNATURE = b"X-Amz-Signature=" + b"0a" * 32
IN_ORDER = by_the_book(by_url(signer=TOKEN).target.partition(b"?")[2], SIGNATURE[:15]).split(b"&")
# fmt: off
INTRUDERS = [
    SIGNATURE, b"X-Amz-Signature=", b"X-Amz-Content-Sha256=UNSIGNED-PAYLOAD", b"x-id=GetObject",
    b"X-Amz-Content-Sha256=x", b"x-id=1", b"a=1", b"A=1", b"", b"X-Amz-Date=2026", b"x-amz-acl=a",
]
SPOILERS = [b"%2f", b"%41", b"%", b"+", b"/", b"\xff", b"%20", b"%7E", b"=", b";"]
# fmt: on


@tried(3000)
def test_what_is_left_to_sign_of_a_query_in_order_is_by_the_book(chance: Random) -> None:
    pieces = [*IN_ORDER]
    if chance.randrange(2):
        del pieces[chance.randrange(len(pieces))]
    for _ in range(chance.randint(1, 3)):
        pieces.insert(chance.randint(0, len(pieces)), chance.choice(INTRUDERS))
    if chance.randrange(2):
        pieces[chance.randrange(len(pieces))] += chance.choice(SPOILERS)
    query = b"&".join(pieces)
    found = presigned._sorted(query)
    if found is not None:
        assert found.query_line == by_the_book(query, b"X-Amz-Signature")
        assert found._replace(query_line=None) == presigned._in_any_order(query)


@pytest.mark.parametrize("at", [0, 3, 4, 5, 6])
def test_the_signature_stands_before_the_signed_headers_or_last(at: int) -> None:
    query = b"&".join([*IN_ORDER[:at], SIGNATURE, *IN_ORDER[at:]])
    assert (presigned._sorted(query) is not None) == (at in (5, 6))
    assert presigned._in_any_order(query) is not None
    assert presigned._sorted(query + b"&" + SIGNATURE) is None
    assert presigned._sorted(query.replace(SIGNATURE + b"&", b"").replace(SIGNATURE, b"")) is None


# fmt: off
PIECES = [
    b"a", b"a-b", b"A", b"X-Amz-Signature", b"X-Amz-Signature-", b"=", b"==", b"&", b"%2F", b"%2f",
    b"%7E", b"%C3%A9", b"%3D", b"%26", b"%00", b"%", b"%zz", b"+", b"~", b";", b"\xff", b"1", b"\0",
]
# fmt: on


@tried(10_000)
def test_a_query_is_ordered_by_the_book(chance: Random) -> None:
    query = b"".join(chance.choices(PIECES, k=chance.randint(0, 14)))
    drop = chance.choice([b"", b"X-Amz-Signature"])
    assert canonical_query(query, drop=drop) == by_the_book(query, drop)


@pytest.mark.parametrize("count", [63, 64, 65, 200])
def test_of_however_many_parameters(count: int) -> None:
    query = b"&".join(b"a%d=%d" % (number, number) for number in range(count))
    assert canonical_query(query) == by_the_book(query, b"")
    assert len(re.findall(b"=", canonical_query(query))) == count


def test_a_signer_s_own_urls_are_among_them() -> None:
    query = SIGNER.presign(by_url(target=b"/b/k")._replace(target=b"/b/k"), now=NOW, expires_s=9)
    assert canonical_query(query.partition(b"?")[2]) == by_the_book(query.partition(b"?")[2], b"")
