"""One function per operation of S3.  Importing this package fills the registry."""

from gateway.operations import (
    access,
    acls,
    buckets,
    copies,
    documents,
    forms,
    identified,
    lifecycle,
    listing,
    locks,
    multipart,
    objects,
    reading,
    restore,
    tagging,
    versions,
)

__all__ = [
    "access",
    "acls",
    "buckets",
    "copies",
    "documents",
    "forms",
    "identified",
    "lifecycle",
    "listing",
    "locks",
    "multipart",
    "objects",
    "reading",
    "restore",
    "tagging",
    "versions",
]
