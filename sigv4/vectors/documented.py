"""The examples of AWS's documentation: made by us, and held to the figures printed there.

Source: S3 API Reference, "Signature Calculations for the Authorization Header" (single
chunk; multiple chunks; with trailers), "Using Query Parameters" and "Browser-Based
Uploads Using POST"; IAM User Guide, "Create a signed AWS API request".
"""

import base64
from collections.abc import Iterator
from typing import Final

from sigv4.canonical import GENERIC, HMAC_SHA256
from sigv4.keys import Credentials
from sigv4.vectors.making import (
    Case,
    chunked_vector,
    header_vector,
    key_vector,
    of_case,
    query_vector,
)
from sigv4.vectors.record import Vector, to_bytes

_KEYS: Final = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
_HOST: Final = ("Host", "examplebucket.s3.amazonaws.com")
_MOMENT: Final = "20130524T000000Z"
_EXAMPLE: Final = Case("", keys=_KEYS, host=_HOST, timestamp=_MOMENT)
_REDUCED: Final = ("x-amz-storage-class", "REDUCED_REDUNDANCY")
_SIZES: Final = (65536, 1024)

_BY_HEADER: Final = (
    (
        _EXAMPLE._replace(name="get", target="/test.txt", headers=[("Range", "bytes=0-9")]),
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    (
        _EXAMPLE._replace(
            name="put",
            target="/test$file.text",
            method="PUT",
            headers=[("Date", "Fri, 24 May 2013 00:00:00 GMT"), _REDUCED],
            body=b"Welcome to Amazon S3.",
        ),
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ),
    (
        _EXAMPLE._replace(name="lifecycle", target="/?lifecycle"),
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    (
        _EXAMPLE._replace(name="list", target="/?max-keys=2&prefix=J"),
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
    (
        Case(
            "list-users",
            "/?Action=ListUsers&Version=2010-05-08",
            headers=[("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
            service="iam",
            profile=GENERIC,
            host=("Host", "iam.amazonaws.com"),
            timestamp="20150830T123600Z",
        ),
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    ),
)
_BY_URL: Final = (
    _EXAMPLE._replace(name="presigned", target="/test.txt", expires_s=86400),
    "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
)
_UPLOAD: Final = _EXAMPLE._replace(
    name="chunks",
    target="/examplebucket/chunkObject.txt",
    host=("Host", "s3.amazonaws.com"),
    headers=[_REDUCED, ("Content-Length", "66824")],
)
_CHUNKS: Final = (
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)
_CHUNKS_AND_TRAILER: Final = (
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435",
)
_POLICY_LINES: Final = (
    '{ "expiration": "2015-12-30T12:00:00.000Z",',
    '  "conditions": [',
    '    {"bucket": "sigv4examplebucket"},',
    '    ["starts-with", "$key", "user/user1/"],',
    '    {"acl": "public-read"},',
    '    {"success_action_redirect":'
    ' "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},',
    '    ["starts-with", "$Content-Type", "image/"],',
    '    {"x-amz-meta-uuid": "14365123651274"},',
    '    {"x-amz-server-side-encryption": "AES256"},',
    '    ["starts-with", "$x-amz-meta-tag", ""],',
    "",
    '    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},',
    '    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},',
    '    {"x-amz-date": "20151229T000000Z" }',
    "  ]",
    "}",
)
_POLICY: Final = "\r\n".join(_POLICY_LINES)
_POLICY_SIGNATURE: Final = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"
_SIGNING_KEY: Final = "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


def documented() -> Iterator[Vector]:
    """All of them."""
    for case, signature in _BY_HEADER:
        yield _held(header_vector(case, HMAC_SHA256), signature)
    case, signature = _BY_URL
    yield _held(query_vector(case, HMAC_SHA256), signature)
    yield _held(chunked_vector(_UPLOAD, HMAC_SHA256, _SIZES), *_CHUNKS)
    upload = _UPLOAD._replace(name="chunks-and-trailer", headers=[_REDUCED])
    trailer = (("x-amz-checksum-crc32c", "sOO8/Q=="),)
    yield _held(chunked_vector(upload, HMAC_SHA256, _SIZES, trailer), *_CHUNKS_AND_TRAILER)
    yield _policy()
    key = key_vector(Case("key", service="iam", timestamp="20150830T123600Z"), HMAC_SHA256)
    yield _named({**key, "expected": {"signing_key": _SIGNING_KEY}})


def _named(vector: Vector) -> Vector:
    return {**vector, "name": vector["name"].replace("signet/v4/", "aws/")}


def _held(vector: Vector, signature: str, *parts: str) -> Vector:
    """The vector, with AWS's signatures in the place of ours."""
    expected = vector["expected"]
    expected["signature"] = signature
    if "authorization" in expected:
        expected["authorization"] = expected["authorization"].rpartition("=")[0] + f"={signature}"
    steps = [*expected.get("chunks", ())]
    if expected.get("trailer"):
        steps.append(expected["trailer"])
    for step, part in zip(steps, parts, strict=True):
        step["signature"] = part
    return _named(vector)


def _policy() -> Vector:
    case = Case("policy", keys=_KEYS, timestamp="20151229T000000Z")
    vector = of_case(case, "post-policy", HMAC_SHA256)
    encoded = base64.b64encode(to_bytes(_POLICY)).decode()
    vector |= {"policy": _POLICY, "policy_b64": encoded}
    vector["expected"] = {"string_to_sign": encoded, "signature": _POLICY_SIGNATURE}
    return _named(vector)
