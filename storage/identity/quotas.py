"""How many there may be of each, and how large.

Source: IAM User Guide, "IAM and AWS STS quotas".
"""

from typing import Final

# Of an account; where AWS has a default and a maximum, the maximum that it grants on demand.
USERS_PER_ACCOUNT_MAX: Final = 5000
GROUPS_PER_ACCOUNT_MAX: Final = 500
ROLES_PER_ACCOUNT_MAX: Final = 5000
POLICIES_PER_ACCOUNT_MAX: Final = 5000
PROVIDERS_PER_ACCOUNT_MAX: Final = 700

GROUPS_PER_USER_MAX: Final = 10
ACCESS_KEYS_PER_USER_MAX: Final = 2
SCOPED_KEYS_PER_ACCOUNT_MAX: Final = 10_000  # ours: AWS has none
VERSIONS_PER_POLICY_MAX: Final = 5
TAGS_PER_ENTITY_MAX: Final = 50
CLIENTS_PER_PROVIDER_MAX: Final = 100
THUMBPRINTS_PER_PROVIDER_MAX: Final = 5
ATTACHED_MAX: Final = {"user": 20, "group": 10, "role": 20}

# Characters of a policy, without white space.
MANAGED_POLICY_SIZE_MAX: Final = 6144
TRUST_POLICY_SIZE_MAX: Final = 4096
INLINE_POLICIES_SIZE_MAX: Final = {"user": 2048, "group": 5120, "role": 10240}  # all of one

USER_NAME_MAX: Final = 64
GROUP_NAME_MAX: Final = 128
ROLE_NAME_MAX: Final = 64
POLICY_NAME_MAX: Final = 128
PATH_LENGTH_MAX: Final = 512

SESSION_S_MIN: Final = 3600  # of what a role may have as its longest session
SESSION_S_MAX: Final = 43_200
PAGE_MAX: Final = 1000  # IAM API Reference, "MaxItems"


def characters(document: str) -> int:
    """The size of a policy as it counts against its quota: white space does not."""
    return len(document) - sum(document.count(space) for space in " \t\r\n")
