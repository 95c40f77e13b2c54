"""The operations of IAM and STS, one function each.  Importing this package fills the registry."""

from gateway.identity import caller

__all__ = ["caller"]
