"""Accounts, users, groups, roles, access keys, policies and providers, in the control store.

Here they are rows that hang together: what a policy means, and who may change
what, is not known.
"""

from storage.identity.directory import Directory

__all__ = ["Directory"]
