"""What is known of temporary credentials, beside whose they are and what limits them.

Source: IAM User Guide, "Temporary security credentials in IAM"; "AWS global
condition context keys", "Properties of the role session".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Session:
    """Of temporary credentials: what condition keys say of them."""

    issued_ms: int
    expires_ms: int
    mfa_ms: int | None = None  # when a second factor was shown; None if it was not
    provider: str = ""  # aws:FederatedProvider
    source_identity: str = ""
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # "issuer:sub", lower case
    handed_on: Mapping[str, str] = field(default_factory=dict)  # tags that further sessions get
    parent: str = ""  # the access key that asked for it, with which it ends; "" of a role's
