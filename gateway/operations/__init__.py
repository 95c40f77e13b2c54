"""One function per operation of S3.  Importing this package fills the registry."""

from gateway.operations import (
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
