"""Single steps: keys, encodings, canonical forms, SigV2's strings, what a signer refuses."""

from typing import Final

from sigv4 import sigv2
from sigv4.canonical import (
    GENERIC,
    Profile,
    canonical_headers,
    canonical_path,
    canonical_query,
    canonical_request,
    canonical_value,
    fold_headers,
    split_target,
)
from sigv4.claims import read
from sigv4.encoding import encode, encode_path
from sigv4.errors import SigError
from sigv4.keys import HmacKey, KeyCache
from sigv4.sign import NEVER_SIGNED, Signer
from sigv4.v4a import ECDSA_SHA256, add_one, compare, derive
from sigv4.vectors.record import (
    Differs,
    Vector,
    algorithm_of,
    credentials_of,
    key_of,
    now_of,
    region_of,
    request_of,
    same,
    to_bytes,
)
from sigv4.vectors.requests import payload_line_of
from sigv4.verify import check


def check_key(vector: Vector) -> None:
    """key-derivation."""
    expected, key, keys = vector["expected"], key_of(vector), credentials_of(vector)
    if isinstance(key, HmacKey):
        same("signing key", expected["signing_key"], key.raw.hex())
        return
    number, counter = derive(keys.access_key, keys.secret_key)
    if "private_key" in expected:
        same("private key", expected["private_key"], f"{number:064x}")
    if "counter" in expected:
        same("counter", expected["counter"], counter)


def check_string_to_sign(vector: Vector) -> None:
    """string-to-sign."""
    text = to_bytes(vector["expected"]["string_to_sign"])
    signature = vector["expected"]["signature"]
    key = key_of(vector)
    if algorithm_of(vector) != ECDSA_SHA256:
        same("signature", signature, key.sign(text))
    elif not key.verifies(text, signature.encode()):
        raise Differs("signature", "a signature of the string to sign", signature)


def check_canonical_request(vector: Vector) -> None:
    """canonical-request: what the signer of an unsigned request would sign."""
    options, wanted = vector["options"], to_bytes(vector["expected"]["canonical_request"])
    request = request_of(vector["request"])
    added = [(to_bytes(n), to_bytes(v)) for n, v in options.get("added_headers") or ()]
    headers = fold_headers([*request.headers, *added])
    left_out = {to_bytes(name) for name in options.get("excluded_headers") or ()}
    signed = sorted(headers.keys() - left_out - NEVER_SIGNED)
    if b"\nuser-agent:" in wanted:  # that client's choice
        signed = sorted({*signed, b"user-agent"} & headers.keys())
    path, query = split_target(request.target)
    profile = Profile(bool(options.get("normalize_path")), bool(options.get("double_encode")))
    found = canonical_request(
        request.method,
        canonical_path(path, profile),
        canonical_query(query),
        canonical_headers(headers, signed),
        signed,
        payload_line_of(vector),
    )
    same("canonical request", wanted, found)


def check_canonical_query(vector: Vector) -> None:
    """canonical-query."""
    found = canonical_query(to_bytes(vector["query"]))
    same("canonical query", vector["expected"]["canonical_query"], found)


def check_header_value(vector: Vector) -> None:
    """header-value."""
    value = to_bytes(vector["value"])
    spaces_only = b"\xc2\xa0" in value  # of clients for which nothing else is white space
    value = value.strip(b" ") if spaces_only else fold_headers([(b"a", value)])[b"a"]
    found = canonical_value(value, spaces_only=spaces_only)
    same("canonical value", vector["expected"]["canonical_value"], found)


def check_uri_encode(vector: Vector) -> None:
    """uri-encode."""
    escape = encode_path if vector["options"].get("keep_slash") else encode
    same("encoded", vector["expected"]["encoded"], escape(to_bytes(vector["input"])))


def check_add_one(vector: Vector) -> None:
    """big-endian-add-one."""
    found = add_one(bytes.fromhex(vector["input_hex"])).hex()
    same("output", vector["expected"]["output_hex"], found)


def check_compare(vector: Vector) -> None:
    """big-endian-compare: what has another length is an error."""
    expected = vector["expected"]
    left, right = bytes.fromhex(vector["lhs_hex"]), bytes.fromhex(vector["rhs_hex"])
    try:
        found: int | None = compare(left, right)
    except ValueError:
        found = None
    same("error", bool(expected["error"]), found is None)
    same("result", expected["result"], found)


def check_negative(vector: Vector) -> None:
    """negative: a signer refuses what only it may set, in a header as in a URL."""
    signer = Signer(
        credentials_of(vector), region_of(vector), vector["service"], GENERIC, algorithm_of(vector)
    )
    request, now = request_of(vector["request"]), now_of(vector)
    for way in ("sign", "presign"):
        try:
            if way == "sign":
                signer.sign(request, now=now)
            else:
                signer.presign(request, now=now, expires_s=60)
        except ValueError:
            continue
        raise Differs(way, vector["expected"]["signer_error"], "signed")


def check_sigv2(vector: Vector) -> None:
    """sigv2: the string to sign and the signature; a URL is accepted, too."""
    expected, secret = vector["expected"], credentials_of(vector).secret_key
    request = request_of(vector.get("request") or vector["signed_request"])
    headers = fold_headers(request.headers)
    in_query = vector["options"].get("signature_location") == "query"
    wanted = to_bytes(expected["string_to_sign"])
    dates = [headers.get(b"date", b"").decode("latin-1")]
    if in_query:
        dates = [request.target.partition(b"Expires=")[2].partition(b"&")[0].decode("latin-1")]
    elif b"x-amz-date" in headers:
        dates = [""]
        if b"\nx-amz-date:" not in wanted:  # an older form: in the place of the other
            dates = [headers.pop(b"x-amz-date").decode("latin-1")]
    bucket = bucket_of_host(headers.get(b"host", b"").decode("latin-1").strip())
    found = [
        sigv2.string_to_sign(request.method, date, headers, resource)
        for date in dates
        for resource in sigv2.canonical_resources(request.target, bucket)
    ]
    same("string to sign", wanted, wanted if wanted in found else found[0])
    same("signature", expected["signature"], sigv2.sign(secret, wanted))
    if in_query and b"Signature=" in request.target:
        _check_url(vector, int(dates[0]), secret)


def _check_url(vector: Vector, expires: int, secret: str) -> None:
    request = request_of(vector.get("request") or vector["signed_request"])
    try:
        claim = read(request, now=expires, regions=("us-east-1",), v2_bucket_of_host=bucket_of_host)
        if not isinstance(claim, sigv2.ClaimV2):
            raise Differs("verifier", "a URL of Signature Version 2", "another request")
        check(claim, secret, KeyCache())
    except SigError as error:
        raise Differs("verifier", "accepted", f"{error.code}: {error.message}") from None


_ENDPOINTS: Final = ("s3.amazonaws.com", "localhost", "127.0.0.1")


def bucket_of_host(host: str) -> str | None:
    """The bucket that a host name stands for, in the names of AWS's examples."""
    name = host.lower().partition(":")[0]
    for endpoint in _ENDPOINTS:
        if name == endpoint:
            return None
        if name.endswith("." + endpoint):
            return name.removesuffix("." + endpoint)
    return name
