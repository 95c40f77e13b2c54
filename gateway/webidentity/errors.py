"""How STS refuses web identities.

Source: STS API Reference, AssumeRoleWithWebIdentity, "Errors"; STS's answers.
"""

from typing import Final

from gateway.query.errors import QueryError

NOT_A_JWT: Final = (
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
)
NO_KEY: Final = (
    "Couldn't retrieve verification key from your identity provider,  please reference "
    "AssumeRoleWithWebIdentity documentation for requirements"
)
_AWAY: Final = (
    "The request could not be fulfilled because the identity provider (IDP) that was asked to "
    "verify the incoming identity token could not be reached."
)


def invalid(text: str) -> QueryError:
    """A token that is none, or not for this."""
    return QueryError("InvalidIdentityToken", text)


def expired(now_s: int, expires_s: int) -> QueryError:
    """A token that is over."""
    text = (
        f"Token expired: current date/time {now_s} must be before the expiration date/time "
        f"{expires_s}"
    )
    return QueryError("ExpiredTokenException", text)


def away() -> QueryError:
    """A provider that cannot be asked."""
    return QueryError("IDPCommunicationError", _AWAY)
