"""The operations of IAM and STS, one function each.  Importing this package fills the registry."""

from gateway.identity import (
    absent,
    account,
    assume_role,
    attachments,
    caller,
    context_keys,
    groups,
    inline,
    keys,
    own_sessions,
    policies,
    providers,
    roles,
    simulate,
    tags,
    users,
)

__all__ = [
    "absent",
    "account",
    "assume_role",
    "attachments",
    "caller",
    "context_keys",
    "groups",
    "inline",
    "keys",
    "own_sessions",
    "policies",
    "providers",
    "roles",
    "simulate",
    "tags",
    "users",
]
