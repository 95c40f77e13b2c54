"""The request that a WSGI server passes on: for Django, Flask and bare WSGI.

PATH_INFO is used, which is decoded, and not what the server may keep of the
raw path: so what is verified is what the application sees.  For S3 that is
the same, since its canonical path is decoded and encoded once.

Source: PEP 3333, "environ Variables" and "Unicode Issues".
"""

from collections.abc import Mapping
from typing import Any, Final

from sigv4.canonical import Request
from sigv4.encoding import encode_path

_PREFIX: Final = "HTTP_"
_WITHOUT_PREFIX: Final = ("CONTENT_TYPE", "CONTENT_LENGTH")


def request_of(environ: Mapping[str, Any], *, path: str | None = None) -> Request:
    """The request as it was signed.

    ``path`` is the whole path where a framework has made text of it: Django, in
    ``HttpRequest.path``, and in the environ, too.

    A name with an underscore cannot be told from one with a hyphen here; such a header, if
    it is signed, makes the signature wrong.
    """
    headers = [
        (_name(name), value.encode("latin-1"))
        for name, value in environ.items()
        if name.startswith(_PREFIX) or (name in _WITHOUT_PREFIX and value)
    ]
    if path is None:
        raw = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}".encode("latin-1")
    else:
        raw = path.encode("utf-8", "surrogateescape")
    query = environ.get("QUERY_STRING", "")
    target = encode_path(raw) or b"/"
    if query:
        target += b"?" + query.encode("latin-1")
    return Request(environ["REQUEST_METHOD"], target, headers)


def _name(name: str) -> bytes:
    return name.removeprefix(_PREFIX).replace("_", "-").lower().encode("latin-1")
