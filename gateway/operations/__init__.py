"""One function per operation of S3.  Importing this package fills the registry."""

from gateway.operations import (
    buckets,
    copies,
    documents,
    forms,
    identified,
    listing,
    multipart,
    objects,
    reading,
    tagging,
    versions,
)

__all__ = [
    "buckets",
    "copies",
    "documents",
    "forms",
    "identified",
    "listing",
    "multipart",
    "objects",
    "reading",
    "tagging",
    "versions",
]
