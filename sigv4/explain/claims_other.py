"""The claims of browsers' forms, and of URLs of Signature Version 2."""

from collections.abc import Mapping
from typing import Final

from sigv4.canonical import Request
from sigv4.errors import SigError
from sigv4.explain.case import Case, Known, Scheme, Unreadable
from sigv4.explain.words import credential_of, provided_of
from sigv4.form import Form, FormParser
from sigv4.scope import Scope, parse_timestamp

NO_SCOPE: Final = Scope("", "", "")  # of Version 2, which has none

_MULTIPART: Final = b"multipart/form-data"
_POSITIONAL: Final = (b"content-md5", b"content-type")
_FIELDS: Final[dict[Scheme, tuple[str, ...]]] = {
    "form": ("policy", "x-amz-credential", "x-amz-date", "x-amz-signature"),
    "v2-form": ("policy", "awsaccesskeyid", "signature"),
}


def is_form(request: Request, headers: Mapping[bytes, bytes]) -> bool:
    """Whether this is a POST of a browser's form, which signs itself."""
    kind = headers.get(b"content-type", b"").lower()
    return (
        request.method == "POST"
        and kind.startswith(_MULTIPART)
        and b"authorization" not in headers
        and b"X-Amz-" not in request.target
    )


def form_of(headers: Mapping[bytes, bytes], body: bytes) -> Form:
    """The fields of a body, up to its file.

    Raises:
        Unreadable
    """
    try:
        parser = FormParser(headers.get(b"content-type", b""))
        parser.feed(body)
    except SigError as error:
        raise Unreadable(f"the form cannot be read: {error.message}") from None
    if parser.form is None:
        raise Unreadable("the form ends before its file, which comes last")
    return parser.form


def read_form_case(
    request: Request, known: Known, headers: Mapping[bytes, bytes], signature_sha256: str | None
) -> Case:
    """What a form claims.

    Raises:
        Unreadable
    """
    if known.form is None and known.body is None:
        raise Unreadable("this is a form, and its body is not at hand")
    form = known.form or form_of(headers, known.body or b"")
    fields = {name.lower(): value for name, value in form.fields}
    scheme: Scheme = "v2-form" if "awsaccesskeyid" in fields else "form"
    missing = [name for name in _FIELDS[scheme] if not fields.get(name)]
    if missing:
        raise Unreadable(f"the form has no {', '.join(missing)}")
    if scheme == "form":
        credential = fields["x-amz-credential"].strip()
        access_key, scope = credential_of(credential)
        timestamp, signature = fields["x-amz-date"].strip(), fields["x-amz-signature"]
        if parse_timestamp(timestamp) is None:
            raise Unreadable("no valid date in the field x-amz-date")
    else:
        access_key, scope, timestamp = fields["awsaccesskeyid"], NO_SCOPE, ""
        signature = fields["signature"]
    return Case(
        request,
        "form",
        access_key,
        scope,
        timestamp,
        (),
        provided_of(signature, signature_sha256),
        fields["policy"].encode(),
        headers,
        fields,
        known,
        scheme=scheme,
    )


def read_v2_case(
    request: Request,
    known: Known,
    headers: Mapping[bytes, bytes],
    parameters: Mapping[str, str],
    signature_sha256: str | None,
) -> Case:
    """What a URL of Signature Version 2 claims.

    Raises:
        Unreadable
    """
    missing = [n for n in ("AWSAccessKeyId", "Expires", "Signature") if not parameters.get(n)]
    if missing:
        raise Unreadable(f"the URL of Signature Version 2 lacks {', '.join(missing)}")
    found = dict(headers)
    for name, value in parameters.items():
        lower = name.lower().encode()
        if lower.startswith(b"x-amz-") or lower in _POSITIONAL:
            found.setdefault(lower, value.encode())
    amz = sorted(name for name in found if name.startswith(b"x-amz-"))
    return Case(
        request,
        "query",
        parameters["AWSAccessKeyId"],
        NO_SCOPE,
        parameters["Expires"],
        (*_POSITIONAL, *amz),
        provided_of(parameters["Signature"], signature_sha256),
        b"",
        found,
        parameters,
        known,
        scheme="v2",
    )
