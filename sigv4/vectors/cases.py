"""What our own vectors are about: requests, uploads and single steps, one row each."""

from collections.abc import Iterator
from typing import Final

from sigv4.canonical import GENERIC, HMAC_SHA256
from sigv4.keys import Credentials
from sigv4.v4a import ECDSA_SHA256
from sigv4.vectors.making import (
    KEYS,
    Case,
    base,
    chunked_vector,
    header_vector,
    key_vector,
    query_vector,
    stream_vector,
)
from sigv4.vectors.record import Vector

_ALGORITHMS: Final = (HMAC_SHA256, ECDSA_SHA256)
_EMPTY_TRAILER: Final = (("x-amz-checksum-crc32", "AAAAAA=="),)
_CRC32_OF_HELLO: Final = (("x-amz-checksum-crc32", "DUoRhQ=="),)  # of "hello world"
_TEMPORARY: Final = Credentials("ASIAEXAMPLE", KEYS.secret_key, "dG9rZW4/ZXhhbXBsZSs9PQ==")

# Paths are decoded once and encoded once; S3 normalises nothing.
_PATHS: Final = (
    ("root", "/", None),
    ("bucket", "/bkt", None),
    ("bucket-and-slash", "/bkt/", "another path than without the slash"),
    ("key", "/bkt/photos/2026/a.jpg", None),
    ("space", "/bkt/a%20b", None),
    ("plus", "/bkt/a+b", "a plus in a path is a plus: %2B"),
    ("escaped-plus", "/bkt/a%2Bb", None),
    ("tilde", "/bkt/%7Ea~b", "unreserved, so never escaped"),
    ("unreserved-escaped", "/bkt/%61%2D%2E%5F", "unreserved, so never escaped"),
    ("lower-case-escape", "/bkt/%e2%82%ac", "escapes are made anew, in upper case"),
    ("utf-8", "/bkt/%C3%A9t%C3%A9/%F0%9F%AA%A3", None),
    ("raw-utf-8", "/bkt/\u00e9t\u00e9", "bytes as they are, escaped for signing"),
    ("no-utf-8", "/bkt/%ff%fe", "any bytes can be signed"),
    ("reserved", "/bkt/!*'();:@&=$,[]", "all but unreserved bytes are escaped"),
    ("percent", "/bkt/100%25", None),
    ("escaped-twice", "/bkt/a%2520b", "decoded once only"),
    ("escaped-slash", "/bkt/a%2Fb", "decoded, and then no more to be told from a slash"),
    ("empty-segments", "/bkt//a///b", "nothing is merged"),
    ("dot-segments", "/bkt/./a/../b/", "nothing is removed"),
    ("control", "/bkt/a%00%0A%7F", None),
    ("a-bad-escape", "/bkt/a%zz", "a percent sign that begins no escape is one itself"),
)
_QUERIES: Final = (
    ("lone-name", "/bkt?acl", "its equals sign is added"),
    ("empty-value", "/bkt?acl=", None),
    ("sorted-by-name", "/bkt?b=2&a=1&B=3&A=4", "upper case first"),
    ("sorted-by-value", "/bkt?a=2&a=10&a=1", "as text"),
    ("sorted-when-encoded", "/bkt?z=1&%C3%A9=2&~=3&-=4", "the escape of a letter precedes z"),
    ("list", "/bkt?list-type=2&prefix=a%2Fb&delimiter=%2F&max-keys=3", None),
    ("slash", "/bkt?prefix=a/b", "escaped in a query"),
    ("plus", "/bkt?prefix=a+b", "a plus in a query is a space"),
    ("escaped-plus", "/bkt?prefix=a%2Bb", None),
    ("equals", "/bkt?prefix=a=b", "the first equals sign divides"),
    ("semicolon", "/bkt?prefix=a;b", "no separator"),
    ("empty-pieces", "/bkt?&&prefix=a&", "of no account"),
    ("nothing-after-the-mark", "/bkt?", None),
    ("unreserved-escaped", "/bkt?prefix=%7e%61", None),
    ("utf-8", "/bkt?prefix=%c3%a9", None),
    ("a-bad-escape", "/bkt?prefix=50%", None),
    ("x-id", "/bkt/key?x-id=GetObject", "signed as all the others"),
    ("version", "/bkt/key?versionId=null&partNumber=1", None),
)
_HEADERS: Final = (
    ("repeated", (("x-amz-meta-a", "1"), ("X-Amz-Meta-A", "2"), ("x-amz-meta-a", "0")), None),
    ("spaces", (("x-amz-meta-a", "  a   b    c "),), "runs of spaces are one, none at the ends"),
    ("quoted-spaces", (("x-amz-meta-a", '"a   b"'),), "inside quotes too"),
    ("empty", (("x-amz-meta-a", ""),), None),
    ("upper-case-name", (("X-AMZ-META-A", "Value"),), "of names only"),
    ("utf-8", (("x-amz-meta-a", "\u00e9t\u00e9"),), "bytes as they are"),
    ("commas", (("x-amz-meta-a", "1,2 , 3"),), None),
    ("never-signed", (("User-Agent", "a"), ("Expect", "100-continue")), "proxies change them"),
    (
        "content",
        (("Content-Type", "text/plain"), ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")),
        None,
    ),
    ("range", (("Range", "bytes=0-9"), ("If-Match", '"etag"')), None),
    (
        "sorted",
        (("x-amz-b", "1"), ("x-amz-a-b", "2"), ("x-amz-a", "3"), ("range", "bytes=0-")),
        None,
    ),
)
_OTHERS: Final = (
    Case("put", "/bkt/key", "PUT", body=b"hello world"),
    Case("put-nothing", "/bkt/key", "PUT"),
    Case("put-unsigned", "/bkt/key", "PUT", body=b"hello world", payload="UNSIGNED-PAYLOAD"),
    Case("head", "/bkt/key", "HEAD"),
    Case("delete", "/bkt/key", "DELETE"),
    Case("post", "/bkt?delete", "POST", body=b"<Delete/>"),
    Case("token", keys=_TEMPORARY, note="of a temporary key"),
    Case("copy", "/bkt/b", "PUT", (("x-amz-copy-source", "/bkt/a%20b?versionId=1"),)),
    Case("port", host=("Host", "s3.example.com:9000"), note="as in the Host header"),
    Case("virtual-host", "/key", host=("Host", "bkt.s3.example.com")),
    Case("ipv6", host=("Host", "[::1]:9000")),
    Case("another-region", region="eu-central-1"),
    Case("any-region", region_set="*", note="of 4A"),
    Case("some-regions", region_set="eu-*,us-east-1", note="of 4A"),
    Case("leap-day", timestamp="20280229T235959Z"),
    Case("second-one", timestamp="20260101T000000Z", expires_s=1),
    Case("a-week", expires_s=604800),
    Case("slash-in-key", keys=Credentials("AKID/EXAMPLE", KEYS.secret_key)),
    Case("long-secret", keys=Credentials("AKIDEXAMPLE", "s" * 100), note="hashed by HMAC"),
    Case("utf-8-secret", keys=Credentials("AKIDEXAMPLE", "g\u00e9heim\U0001f511")),
)
# Services other than S3: the path is normalised, and its escapes are escaped.
_GENERIC: Final = (
    ("root", "/", b""),
    ("space", "/a%20b", b""),
    ("utf-8", "/%E1%88%B4", b""),
    ("dot-segments", "/a/./b/../c", b""),
    ("above-the-root", "/../..", b""),
    ("empty-segments", "//a//", b""),
    ("query", "/?Action=ListUsers&Version=2010-05-08", b""),
    ("body", "/", b"Action=GetCallerIdentity&Version=2011-06-15"),
)


def _requests() -> Iterator[Case]:
    for name, target, note in _PATHS:
        yield Case(f"path/{name}", target, note=note)
    for name, target, note in _QUERIES:
        yield Case(f"query/{name}", target, note=note)
    for name, headers, note in _HEADERS:
        yield Case(f"headers/{name}", headers=headers, note=note)
    for case in _OTHERS:
        yield case._replace(name=f"other/{case.name}")
    host = ("Host", "sts.example.com")
    for name, target, body in _GENERIC:
        method = "POST" if body else "GET"
        yield Case(
            f"generic/{name}", target, method, (), body, service="sts", profile=GENERIC, host=host
        )


def requests() -> Iterator[Vector]:
    """request-header and request-query, by 4 and 4A."""
    for case in _requests():
        for algorithm in _ALGORITHMS:
            yield header_vector(case, algorithm)
            if case.payload is None:
                yield query_vector(case, algorithm)


def uploads() -> Iterator[Vector]:
    """chunked and stream, in every mode."""
    for algorithm in _ALGORITHMS:
        for name, sizes in (("one", [100]), ("two", [65536, 1024]), ("none", [])):
            yield chunked_vector(Case(f"chunked/{name}"), algorithm, sizes)
        yield chunked_vector(
            Case("chunked/trailer"),
            algorithm,
            [65536, 1024],
            (("x-amz-checksum-crc32c", "sOO8/Q=="),),
        )
        yield chunked_vector(Case("chunked/token", keys=_TEMPORARY), algorithm, [8192, 1])
    for by, name in ((HMAC_SHA256, "hmac"), (ECDSA_SHA256, "ecdsa")):
        yield stream_vector(Case(f"stream/{name}"), by, [b"hello world"])
        yield stream_vector(Case(f"stream/{name}-empty"), by, [])
        yield stream_vector(Case(f"stream/{name}-two-chunks"), by, [b"a" * 8192, b"b"])
        yield stream_vector(Case(f"stream/{name}-trailer"), by, [b"hello world"], _CRC32_OF_HELLO)
        yield stream_vector(Case(f"stream/{name}-empty-trailer"), by, [], _EMPTY_TRAILER)
    yield stream_vector(Case("stream/unsigned"), None, [b"hello world"], _CRC32_OF_HELLO)
    yield stream_vector(Case("stream/unsigned-empty"), None, [], _EMPTY_TRAILER)


_CANONICAL_QUERIES: Final = (
    ("", ""),
    ("acl", "acl="),
    ("b=2&a=1", "a=1&b=2"),
    ("a=2&a=1", "a=1&a=2"),
    ("a=1&a=10&a=2", "a=1&a=10&a=2"),
    ("a=+", "a=%20"),
    ("a=%2b", "a=%2B"),
    ("a=b=c", "a=b%3Dc"),
    ("&&", ""),
    ("=a", "=a"),
    ("k=%7e*", "k=~%2A"),
    ("z=1&%C3%A9=2", "%C3%A9=2&z=1"),
    ("prefix=a/b;c", "prefix=a%2Fb%3Bc"),
    ("a=%zz", "a=%25zz"),
    ("X-Amz-A=1&x-amz-a=2&A=3", "A=3&X-Amz-A=1&x-amz-a=2"),
)
_VALUES: Final = (
    ("", ""),
    ("a", "a"),
    ("  a ", "a"),
    ("a  b   c", "a b c"),
    ('"a   b"', '"a b"'),
    ("a\tb", "a b"),
    ("a,  b", "a, b"),
)
_ENCODED: Final = (
    ("", "", False),
    ("AZaz09-._~", "AZaz09-._~", False),
    ("a/b", "a%2Fb", False),
    ("a/b", "a/b", True),
    ("a b+c", "a%20b%2Bc", False),
    ("%25", "%2525", False),
    ("!*'()", "%21%2A%27%28%29", False),
    ("\u00e9\U0001faa3", "%C3%A9%F0%9F%AA%A3", False),
    ("\x00\x7f", "%00%7F", False),
)
_SUMS: Final = (
    ("00", "01"),
    ("ff", "00"),
    ("00ff", "0100"),
    ("ffffff", "000000"),
    ("7fff", "8000"),
)
_COMPARED: Final = (
    ("00", "00", 0, False),
    ("00", "01", -1, False),
    ("0100", "00ff", 1, False),
    ("00", "0000", None, True),
)


def units() -> Iterator[Vector]:
    """Single steps.  Their results stand in the tables above: nothing computes them."""
    for number, (query, canonical) in enumerate(_CANONICAL_QUERIES):
        expected = {"canonical_query": canonical}
        name = f"signet/query/{number:02}"
        yield base(name, "canonical-query", query=query, options={}, expected=expected)
    for number, (value, canonical) in enumerate(_VALUES):
        expected = {"canonical_value": canonical}
        name = f"signet/value/{number:02}"
        yield base(name, "header-value", value=value, options={}, expected=expected)
    for number, (text, encoded, keep_slash) in enumerate(_ENCODED):
        yield base(
            f"signet/encode/{number:02}",
            "uri-encode",
            input=text,
            options={"keep_slash": keep_slash},
            expected={"encoded": encoded},
        )
    for number, (value, output) in enumerate(_SUMS):
        name, expected = f"signet/add-one/{number:02}", {"output_hex": output}
        yield base(name, "big-endian-add-one", input_hex=value, expected=expected)
    for number, (left, right, result, error) in enumerate(_COMPARED):
        yield base(
            f"signet/compare/{number:02}",
            "big-endian-compare",
            lhs_hex=left,
            rhs_hex=right,
            expected={"result": result, "error": error},
        )
    for algorithm in _ALGORITHMS:
        yield key_vector(Case("key/example"), algorithm)
        for name, secret in (("empty", ""), ("block", "s" * 60), ("long", "s" * 61)):
            keys = Credentials("AKIDEXAMPLE", secret)
            yield key_vector(Case(f"key/{name}", keys=keys), algorithm)
