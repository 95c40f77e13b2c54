"""POST forms: policies by their signature, whole forms by their outcome."""

from typing import Any, Final

from sigv4.errors import SigError
from sigv4.form import FormParser, encode_form
from sigv4.keys import KeyCache
from sigv4.post import AnonymousForm, read_form
from sigv4.vectors.record import (
    Differs,
    Vector,
    credentials_of,
    key_of,
    now_of,
    same,
    seconds,
    to_bytes,
)
from sigv4.verify import Verified, accept_anonymous_form, check_form

_BOUNDARY: Final = b"xYzZY"
_FILE_HEAD: Final = b'--%b\r\nContent-Disposition: form-data; name="file"' % _BOUNDARY
_END: Final = b"--%b--\r\n" % _BOUNDARY
_ONE_FILE: Final[dict[str, Any]] = {"file_count": 1, "file_size": 5, "file_filename": "f.txt"}


def check_policy(vector: Vector) -> None:
    """post-policy: signed as it stands in the form; the form is accepted, if it is there."""
    expected, policy = vector["expected"], vector["policy_b64"]
    same("string to sign", expected["string_to_sign"], policy)
    same("signature", expected["signature"], key_of(vector).sign(to_bytes(policy)))
    fields = vector.get("fields")
    if fields:
        folded = {name.lower(): value for name, value in fields.items()}
        bucket = folded.get("bucket", "bkt")
        same("outcome", "accepted", _judged(vector, list(fields.items()), now_of(vector), bucket))


def check_form_outcome(vector: Vector) -> None:
    """post-eval: accepted, or refused with code, status and message."""
    server, expected, form = vector["server"], vector["expected"], dict(vector["form"])
    fields = [(name, value) for name, value in form.pop("fields")]
    found = _judged(vector, fields, seconds(server["now"]), server["bucket_in_url"], **form)
    if expected["accept"]:
        same("outcome", "accepted", found)
        return
    if not isinstance(found, SigError):
        raise Differs("outcome", "refused", found)
    same("code", expected["code"], found.code)
    same("status", expected["status"], found.status)
    if expected["message"]:
        same("message", expected["message"], found.message)
    for name, value in (expected["detail"] or {}).items():
        same(name, str(value), dict(found.fields).get(name))


def _judged(
    vector: Vector, fields: list[tuple[str, str]], now: int, bucket: str, **form: Any
) -> str | SigError:
    form = {**_ONE_FILE, **form}
    try:
        _accept(vector, fields, now, bucket, form)
    except SigError as error:
        return error
    return "accepted"


def _accept(
    vector: Vector, fields: list[tuple[str, str]], now: int, bucket: str, form: Vector
) -> None:
    body = _body(fields, form)
    content_type = b"multipart/form-data"
    if "no boundary" not in form.get("content_type", ""):
        content_type += b"; boundary=" + _BOUNDARY
    parser = FormParser(content_type, content_length=len(body))
    parser.feed(body)
    reader = _verified(vector, parser, now, bucket).body()
    reader.feed(b"")
    reader.finish()


def _verified(vector: Vector, parser: FormParser, now: int, bucket: str) -> Verified:
    claim = read_form(parser, now=now, regions=(vector["region"],))
    if isinstance(claim, AnonymousForm):
        return accept_anonymous_form(claim)
    keys = credentials_of(vector)
    secret = keys.secret_key if claim.unverified_access_key == keys.access_key else None
    return check_form(claim, secret, KeyCache(), bucket=bucket, now=now)


def _body(fields: list[tuple[str, str]], form: Vector) -> bytes:
    """The form on the wire, with as many files as it has, and the fields that follow them."""
    whole = encode_form(
        fields,
        b"a" * form["file_size"],
        boundary=_BOUNDARY,
        filename=form["file_filename"],
    )
    start, head, rest = whole.partition(_FILE_HEAD)
    file = (head + rest).removesuffix(_END)
    behind = [(name, value) for name, value in form.get("fields_after_file", ())]
    after = encode_form(behind, b"", boundary=_BOUNDARY).partition(_FILE_HEAD)[0]
    return start + file * int(form["file_count"]) + after + _END
