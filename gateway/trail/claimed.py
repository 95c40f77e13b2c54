"""Which access key a refused request named, wherever it did.  It is believed in nothing."""

import re
from typing import Final

from gateway.exchange import Exchange
from sigv4 import Form

_KEY_BYTES_MAX: Final = 128  # IAM API Reference, AccessKey, "AccessKeyId"
_SAFE: Final = rb"([\w.+=@-]{1,%d})" % _KEY_BYTES_MAX
_HEADER: Final = re.compile(
    rb"Credential[ \t]*=[ \t]*" + _SAFE + rb"/|AWS[ \t]+" + _SAFE + rb":", re.ASCII
)
_QUERY: Final = re.compile(
    rb"[?&]X-Amz-Credential=" + _SAFE + rb"(?:/|%2F)|[?&]AWSAccessKeyId=" + _SAFE,
    re.ASCII | re.IGNORECASE,
)
_FIELD: Final = re.compile(_SAFE.decode(), re.ASCII)
_FIELDS: Final = ("x-amz-credential", "awsaccesskeyid")


def claimed_key(exchange: Exchange, form: Form | None) -> str:
    """The access key's id, "" if none was named."""
    found = _QUERY.search(exchange.target)
    for name, value in exchange.headers:
        if name.lower() == b"authorization":
            found = _HEADER.search(value) or found
    if found is not None:
        return (found[1] or found[2]).decode()
    for field, text in form.fields if form is not None else ():
        if field.lower() in _FIELDS:
            named = _FIELD.match(text)
            return named[0] if named is not None else ""
    return ""
