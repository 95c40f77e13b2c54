"""The operations of IAM and STS, one function each.  Importing this package fills the registry."""

from gateway.identity import (
    absent,
    account,
    attachments,
    caller,
    context_keys,
    groups,
    inline,
    keys,
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
    "attachments",
    "caller",
    "context_keys",
    "groups",
    "inline",
    "keys",
    "policies",
    "providers",
    "roles",
    "simulate",
    "tags",
    "users",
]
