"""Second factors: nobody has a device here, so a code is never right.

Source: STS's answers to a serial number that is no device of the user's.
"""

from typing import Final

from gateway.query.errors import QueryError

_NO_DEVICE: Final = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA "
    "serial number is valid and associated with this user."
)


def check_no_device(serial_number: str | None, token_code: str | None) -> None:
    """Refuse a second factor.

    Raises:
        QueryError: AccessDenied
    """
    if serial_number is not None or token_code is not None:
        raise QueryError("AccessDenied", _NO_DEVICE)
