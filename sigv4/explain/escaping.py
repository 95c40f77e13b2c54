"""How libraries escape that do not escape as AWS wants it."""

from typing import Final

RAW: Final = "Let the proxy pass the target on untouched (docs/proxies.md)."

# Which further bytes a library leaves as they are when it escapes.
ESCAPERS: Final = (
    ("encodeURIComponent of JavaScript", b"!*'()-_.~"),
    ("encodeURI of JavaScript", b";,/?:@&=+$-_.!~*'()#"),
    ("URLEncoder of Java", b"*-_."),
    ("url.PathEscape of Go", b"$&+=:@-_.~"),
    ("urllib.quote of Python 2", b"-_."),
    ("a rule that leaves what RFC 3986 allows in a path", b"!$&'()*+,;=:@-_.~"),
    ("a rule that leaves @ and :", b"@:-_.~"),
    ("a rule that leaves =", b"=-_.~"),
)


def lower_escapes(text: bytes) -> bytes:
    pieces = text.split(b"%")
    return b"%".join([pieces[0], *(piece[:2].lower() + piece[2:] for piece in pieces[1:])])


def old_tilde(text: bytes) -> bytes:
    """quote() never escapes a tilde; older rules do."""
    return text.replace(b"~", b"%7E")
