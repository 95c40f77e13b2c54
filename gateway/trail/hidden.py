"""What of a request's target others may read: a signature, a token, a customer's key are not it.

Most targets hold nothing of the kind, and that is found out by one look.
"""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from gateway.observe.refused import shown_target
from sigv4.explain.hidden import HIDDEN, SECRET_PARAMETERS

_SECRETS: Final = re.compile(
    b"signature|" + b"|".join(map(re.escape, SECRET_PARAMETERS)), re.IGNORECASE
)
_QUESTION_MARK, _PERCENT = b"?%"  # numbers: bytes are looked for in bytes five times as slowly
# The query API's, whose parameters may be passwords.
_FORM: Final = re.compile(rb"[?&]Action=", re.IGNORECASE)


def safe_target(target: bytes) -> bytes:
    """The target, what is secret in it hidden."""
    has_query, is_coded = _QUESTION_MARK in target, _PERCENT in target
    if not has_query and not is_coded:
        return target
    plain = target
    if is_coded:
        plain = unquote_to_bytes(unquote_to_bytes(target))
    if has_query and _FORM.search(plain):
        return target.partition(b"?")[0]
    return shown_target(target) if _SECRETS.search(plain) else target


def safe_key(key: bytes) -> bytes:
    """A key into which a query was escaped by mistake is not shown."""
    return HIDDEN if _SECRETS.search(unquote_to_bytes(key)) else key
