"""The operations of IAM and STS, one function each.  Importing this package fills the registry."""

from gateway.identity import caller, groups, keys, users

__all__ = ["caller", "groups", "keys", "users"]
