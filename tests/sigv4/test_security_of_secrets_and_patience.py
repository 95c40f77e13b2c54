"""Published failures of other servers in what may be learnt or used up, each a test of ours.

Secrets, how long an answer takes, the cache of keys, patience with a long target.
"""

import ast
import inspect
import logging
import re
from pathlib import Path

import pytest

import sigv4
from sigv4 import Anonymous, Credentials, KeyCache, Signer, check, read
from sigv4.encoding import reencode, reencode_path
from sigv4.keys import KEYS_MAX, HmacKey
from tests.sigv4.signing import (
    KEYS,
    MISMATCH,
    NOW,
    REGION,
    accept,
    by_header,
    by_url,
    edited,
    refused,
)

SOURCES = sorted(Path(inspect.getfile(sigv4)).parent.glob("*.py"))


def test_minio_5334_signatures_are_compared_in_constant_time_alone() -> None:
    """No == or != has a signature, digest or hash on one of its sides."""
    secret = re.compile(r"signature|claimed|computed|digest")
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                assert not secret.search(ast.unparse(node)), f"{source.name}: {ast.unparse(node)}"


def test_ghsa_r54g_no_repr_or_log_has_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    secrets = (KEYS.secret_key, "session-token")
    signer = Signer(Credentials(KEYS.access_key, KEYS.secret_key, "session-token"), REGION)
    cache = KeyCache()
    with caplog.at_level(logging.DEBUG):
        claim = read(by_header(signer=signer), now=NOW, regions=(REGION,))
        assert not isinstance(claim, Anonymous)
        verified = check(claim, KEYS.secret_key, cache)
    shown = f"{caplog.text} {signer!r} {signer.credentials!r} {verified!r} {cache!r}"
    assert not any(secret in shown for secret in secrets)
    assert not any("import logging" in source.read_text() for source in SOURCES)


def test_dos_junk_does_not_fill_the_cache_of_keys() -> None:
    cache = KeyCache()
    for index in range(50):
        forged = edited(by_header(), b"/us-east-1/", b"/us-east-%d/" % (index + 2))
        with pytest.raises(sigv4.SigError):
            read(forged, now=NOW, regions=(REGION,))
    unknown = read(
        edited(by_header(), KEYS.access_key.encode(), b"OTHER"), now=NOW, regions=(REGION,)
    )
    assert not isinstance(unknown, Anonymous)
    with pytest.raises(sigv4.SigError):
        check(unknown, None, cache)
    assert len(cache) == 0


def test_dos_the_cache_of_keys_is_bounded_and_keeps_what_is_used() -> None:
    cache = KeyCache(3)
    scope = sigv4.Scope("20260821", REGION, "s3")
    first = cache.get("first", "secret", scope)
    for index in range(10):
        cache.get(str(index), "secret", scope)
        assert cache.get("first", "secret", scope) is first
    assert len(cache) == 3
    assert KEYS_MAX == 4096


def test_a_changed_secret_is_another_key_at_once() -> None:
    cache = KeyCache()
    scope = sigv4.Scope("20260821", REGION, "s3")
    assert cache.get("a", "old", scope).raw != cache.get("a", "new", scope).raw
    claim = read(by_header(), now=NOW, regions=(REGION,))
    assert not isinstance(claim, Anonymous)
    check(claim, KEYS.secret_key, cache)
    with pytest.raises(sigv4.SigError, match=MISMATCH[0]):
        check(claim, "new", cache)


def test_timing_an_unknown_key_costs_a_signature_too(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    real = HmacKey.verifies

    def counted(key: HmacKey, text: bytes, signature: bytes) -> bool:
        calls.append(len(text))
        return real(key, text, signature)

    monkeypatch.setattr(HmacKey, "verifies", counted)
    assert (
        refused(edited(by_header(), KEYS.access_key.encode(), b"OTHER"))[0] == "InvalidAccessKeyId"
    )
    assert calls


@pytest.mark.parametrize("tail", [b"!", b"%", b"%zz", b"%2f", b"\xff", b"%41"])
def test_dos_no_target_or_query_takes_more_than_its_length(tail: bytes) -> None:
    """A pattern that backtracks would not come back from these within a lifetime."""
    long = b"a" * 8000 + tail
    assert len(reencode(long)) < 3 * len(long)
    assert len(reencode_path(b"/" + long)) < 3 * len(long)
    target = b"/bkt/" + long + b"?" + long + b"=" + long + b"&x-amz-meta-a=" + b"%61" * 8000
    assert accept(by_url(target=target)).access_key == KEYS.access_key
    names = b"a;" * 4000 + tail
    assert refused(edited(by_header(), b"SignedHeaders=host", b"SignedHeaders=" + names))
    headers = [(b"x-amz-meta-a", b"a" + b" \t" * 4000 + tail)]
    assert accept(by_header(headers=headers)).access_key == KEYS.access_key
