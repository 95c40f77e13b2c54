"""The published forms: policies by their signature, whole forms by their outcome."""

from itertools import chain
from typing import Any

import pytest

from sigv4 import (
    AnonymousForm,
    FormParser,
    KeyCache,
    Scope,
    SigError,
    Verified,
    accept_anonymous_form,
    check_form,
    encode_form,
    read_form,
)
from sigv4.keys import sign, signing_key
from tests.sigv4.vectors import Vector, need_vectors, of_kind, seconds

need_vectors()

BOUNDARY = b"xYzZY"
ONE_FILE: dict[str, Any] = {"file_count": 1, "file_size": 5, "file_filename": "f.txt"}


def named(kind: str) -> list[Any]:
    return [pytest.param(vector, id=vector["name"]) for vector in of_kind(kind)]


@pytest.mark.parametrize("vector", named("post-policy"))
def test_a_policy_is_signed_as_it_stands_in_the_form(vector: Vector) -> None:
    scope = Scope(vector["timestamp"][:8], vector["region"], vector["service"])
    key = signing_key(vector["credentials"]["secret_access_key"], scope)
    assert vector["expected"]["string_to_sign"] == vector["policy_b64"]
    assert sign(key, vector["policy_b64"].encode()).decode() == vector["expected"]["signature"]


@pytest.mark.parametrize("vector", [v for v in named("post-policy") if v.values[0].get("fields")])
def test_what_a_client_signed_is_accepted(vector: Vector) -> None:
    now = seconds(vector["timestamp"])
    verified = judge(vector, list(vector["fields"].items()), now, bucket="bkt")
    assert verified.access_key == vector["credentials"]["access_key_id"]


def judge(
    vector: Vector, fields: list[tuple[str, str]], now: int, *, bucket: str, **form: Any
) -> Verified:
    form = {**ONE_FILE, **form}
    body = encode_form(
        fields, b"a" * form["file_size"], boundary=BOUNDARY, filename=form["file_filename"]
    )
    start, middle, _ = body.partition(
        b'--%b\r\nContent-Disposition: form-data; name="file"' % BOUNDARY
    )
    file = (middle + body[len(start) + len(middle) :]).removesuffix(b"--%b--\r\n" % BOUNDARY)
    after = encode_form(
        [tuple(pair) for pair in form.get("fields_after_file", ())], b"", boundary=BOUNDARY
    ).partition(b'--%b\r\nContent-Disposition: form-data; name="file"' % BOUNDARY)[0]
    body = start + file * form["file_count"] + after + b"--%b--\r\n" % BOUNDARY
    content_type = "multipart/form-data"
    if "no boundary" not in form.get("content_type", ""):
        content_type += "; boundary=" + BOUNDARY.decode()
    parser = FormParser(content_type.encode(), content_length=len(body))
    pieces = list(parser.feed(body))
    claim = read_form(parser, now=now, regions=(vector["region"],))
    if isinstance(claim, AnonymousForm):
        return accept_anonymous_form(claim)
    keys = vector["credentials"]
    known = claim.unverified_access_key == keys["access_key_id"]
    secret = keys["secret_access_key"] if known else None
    verified = check_form(claim, secret, KeyCache(), bucket=bucket, now=now)
    reader = verified.body()
    pieces = list(chain(pieces, reader.feed(b"")))
    reader.finish()
    assert b"".join(map(bytes, pieces)) == b"a" * form["file_size"]
    return verified


@pytest.mark.parametrize("vector", named("post-eval"))
def test_a_form_is_judged(vector: Vector) -> None:
    server, expected, form = vector["server"], vector["expected"], dict(vector["form"])
    fields = [tuple(pair) for pair in form.pop("fields")]
    now, bucket = seconds(server["now"]), server["bucket_in_url"]
    if expected["accept"]:
        assert judge(vector, fields, now, bucket=bucket, **form).location == "form"
        return
    with pytest.raises(SigError) as caught:
        judge(vector, fields, now, bucket=bucket, **form)
    error = caught.value
    assert (error.status, error.code) == (expected["status"], expected["code"]), error
    if expected["message"]:
        assert error.message == expected["message"]
    for name, value in (expected["detail"] or {}).items():
        assert dict(error.fields)[name] == str(value)
