"""Small pieces of claims: credentials, parameters, signatures."""

import hashlib
from urllib.parse import unquote_to_bytes

from sigv4.canonical import HMAC_SHA256
from sigv4.explain.case import Provided, Unreadable
from sigv4.scope import Scope, is_date


def parameters_of(query: bytes) -> dict[str, str]:
    """The parameters of a query, decoded; the last of several."""
    pairs = (piece.partition(b"=") for piece in query.split(b"&") if piece)
    return {decode(name): decode(value) for name, _, value in pairs}


def decode(raw: bytes) -> str:
    """A query's name or value."""
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8", "replace")


def credential_of(text: str, algorithm: bytes = HMAC_SHA256) -> tuple[str, Scope]:
    """Access key and scope.

    Raises:
        Unreadable
    """
    names_region = algorithm == HMAC_SHA256
    parts = text.rsplit("/", 4 if names_region else 3)
    if len(parts) != (5 if names_region else 4) or not is_date(parts[1]):
        form = "KEY/YYYYMMDD/REGION/SERVICE" if names_region else "KEY/YYYYMMDD/SERVICE"
        raise Unreadable(f"the credential is not {form}/aws4_request")
    region = parts[2] if names_region else ""
    return parts[0], Scope(parts[1], region, parts[-2], names_region)


def provided_of(signature: str, sha256: str | None) -> Provided:
    """The signature that was sent; ``sha256`` is given where it alone was kept."""
    text = signature.encode() if sha256 is None else None
    return Provided(sha256 or hashlib.sha256(signature.encode()).hexdigest(), text)
