"""Names, paths, ARNs and unique ids of identities.  Pure, but for the chance in an id.

Source: IAM User Guide, "IAM identifiers" and "IAM and AWS STS quotas".
"""

import base64
import re
from typing import Final

from storage.identity import quotas
from storage.identity.errors import ValidationError
from storage.seam import Randomness

# What a unique id begins with.
PREFIXES: Final = {"user": "AIDA", "group": "AGPA", "role": "AROA", "policy": "ANPA"}
ACCESS_KEY: Final = "AKIA"
_ID_DIGITS: Final = 17
_ID_BYTES: Final = 11  # which give 18 digits of five bits
_KEY_BYTES: Final = 10
_SECRET_BYTES: Final = 30

_NAME: Final = re.compile(r"[A-Za-z0-9+=,.@_-]+\Z", re.ASCII)
_PATH: Final = re.compile(r"/(?:[!-~]+/)?\Z", re.ASCII)
_ACCOUNT: Final = re.compile(r"[0-9]{12}\Z", re.ASCII)
_ACCESS_KEY: Final = re.compile(r"AKIA[A-Z2-7]{16}\Z", re.ASCII)
_LONGEST: Final = {
    "user": quotas.USER_NAME_MAX,
    "group": quotas.GROUP_NAME_MAX,
    "role": quotas.ROLE_NAME_MAX,
    "policy": quotas.POLICY_NAME_MAX,
}


def check_name(kind: str, name: str) -> None:
    """Raises ValidationError."""
    if not _NAME.match(name) or len(name) > _LONGEST[kind]:
        raise ValidationError(
            f"The specified value for {kind}Name is invalid. It must contain only alphanumeric "
            "characters and/or the following: +=,.@_-"
        )


def check_path(path: str) -> None:
    """Raises ValidationError."""
    if not _PATH.match(path) or len(path) > quotas.PATH_LENGTH_MAX:
        raise ValidationError(
            "The specified value for path is invalid. It must begin and end with / and contain "
            "only alphanumeric characters and/or / characters."
        )


def is_access_key_id(text: str) -> bool:
    """Whether an access key that is stored may have it."""
    return _ACCESS_KEY.match(text) is not None


def is_account(text: str) -> bool:
    """Whether it is an account's id: 12 digits."""
    return _ACCOUNT.match(text) is not None


def folded(name: str) -> str:
    """Names are not distinguished by case."""
    return name.lower()


def arn(account: str, kind: str, path: str, name: str) -> str:
    """Of a user, group, role or policy."""
    return f"arn:aws:iam::{account}:{kind}{path}{name}"


def provider_arn(account: str, url: str) -> str:
    """Of an OIDC provider; ``url`` without its scheme."""
    return f"arn:aws:iam::{account}:oidc-provider/{url}"


def split_arn(text: str, kind: str) -> tuple[str, str, str] | None:
    """Account, path and name of an ARN of a kind; None if it is none."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[:1] + parts[2:4] != ["arn", "iam", ""]:
        return None
    found, slash, rest = parts[5].partition("/")
    if found != kind or not slash:
        return None
    path, _, name = rest.rpartition("/")
    return parts[4], f"/{path}/" if path else "/", name


def unique_id(kind: str, randomness: Randomness) -> str:
    """A new id, never used again."""
    digits = base64.b32encode(randomness.bytes(_ID_BYTES)).decode()[:_ID_DIGITS]
    return PREFIXES[kind] + digits


def access_key_id(randomness: Randomness) -> str:
    """A new one, of twenty characters as AWS's are."""
    return ACCESS_KEY + base64.b32encode(randomness.bytes(_KEY_BYTES)).decode()


def secret(randomness: Randomness) -> str:
    """A new secret, of forty characters as AWS's are."""
    return base64.b64encode(randomness.bytes(_SECRET_BYTES)).decode()
