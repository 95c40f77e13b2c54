"""The table of settings: each with its default, its words, and how its text is read.

A setting is a flag, a ``SIGNET_*`` variable (for secrets also
``SIGNET_*_FILE``) and a TOML key.  Where values are found, and which do not go
together, is ``config``'s.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.limits import amounts
from gateway.peers import Peers
from gateway.places import checked
from storage.blob import place as blob_place
from storage.meta import VALUE_BYTES_MAX, place
from storage.reads import SLOTS_MAX

_REGION: Final = re.compile(r"[a-z0-9-]{1,64}\Z", re.ASCII)
# KMS API Reference, GenerateDataKey, "KeyId", and CreateAlias; 2,048 characters at most.
_KMS_KEY: Final = re.compile(r"[A-Za-z0-9:/_.-]{1,2048}\Z", re.ASCII)
_TRANSIT: Final = re.compile(r"transit:https?://[^\s/?#@]+/[^\s?#]+\Z", re.ASCII)
_DOMAIN: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?\Z", re.ASCII)
_HOST: Final = re.compile(
    r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?\Z", re.ASCII
)


def _hidden(value: str) -> str:
    return "(hidden)" if value else ""


class Setting(NamedTuple):
    """One line of the table."""

    name: str
    default: Any
    help: str
    read: Callable[[str], Any] = str
    several: bool = False
    secret: bool = False
    shown: Callable[[str], str] = _hidden  # what may be seen of a secret


def _between(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text, re.ASCII) or not least <= int(text) <= most:
            raise ValueError(f"not a whole number from {least} to {most}")
        return int(text)

    return read


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.match(text):
            raise ValueError(f"not {what}")
        return text

    return read


def _one_of(*names: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in names:
            raise ValueError(f"not one of {', '.join(names)}")
        return text

    return read


def _directory(text: str) -> Path:
    if not text:
        raise ValueError("empty, which is no directory: write . for the current one")
    return Path(text)


def _meta(text: str) -> str:
    if place.is_postgres(text):
        return place.check(text)
    return _one_of("sqlite:", "memory:", place.FORM)(text)


def _blobs(text: str) -> str:
    if blob_place.is_cloud(text):
        return blob_place.check(text)
    return _one_of("file:", "memory:", blob_place.FORM)(text)


def _kms(text: str) -> str:
    if text != "local:" and not _TRANSIT.match(text):
        raise ValueError("neither local: nor transit:http(s)://HOST[:PORT]/PATH")
    return text


def _kms_key(text: str) -> str:
    name, separator, key = text.partition("=")
    if separator and not name.startswith("alias/"):
        raise ValueError("not alias/NAME=ID")
    if not _KMS_KEY.match(name) or (separator and not _KMS_KEY.match(key)):
        raise ValueError("no id, ARN or alias/NAME=ID of a key")
    return text


def _trail_bytes(text: str) -> int:
    found = amounts.size(text)
    if 0 < found < TRAIL_BYTES_LEAST:
        raise ValueError(f"less than {TRAIL_BYTES_LEAST} bytes, of two segments, and not 0")
    return found


WORKERS_MAX: Final = 256
TRAIL_BYTES_LEAST: Final = 128 * 1024 * 1024  # a segment is closed when it has half as many
INLINE_BYTES_MAX: Final = 1024 * 1024

assert WORKERS_MAX + 1 <= SLOTS_MAX  # the keeper reads too
assert INLINE_BYTES_MAX <= VALUE_BYTES_MAX

SETTINGS: Final = (
    Setting(
        "listen",
        ("127.0.0.1:9000",),
        "Where to listen: HOST:PORT, [IPV6]:PORT or unix:PATH.",
        checked,
        several=True,
    ),
    Setting("data_dir", "data", "Where everything is kept.", _directory),
    Setting("workers", 2, "Processes that answer requests.", _between(1, WORKERS_MAX)),
    Setting(
        "meta",
        "sqlite:",
        f"Metadata store: sqlite:, memory: or {place.FORM} (docs/postgresql.md). With a "
        "password in it, better from a file.",
        _meta,
        secret=True,
        shown=place.shown,
    ),
    Setting(
        "blobs",
        "file:",
        f"Store of contents: file:, memory:, {blob_place.FORM} (docs/blobs.md). With a secret in "
        "it, better from a file.",
        _blobs,
        secret=True,
        shown=blob_place.shown,
    ),
    Setting(
        "region",
        "us-east-1",
        "The region that signatures name, and in which all buckets are then said to be.",
        _matching(_REGION, "a region"),
    ),
    Setting(
        "sigv2",
        "off",
        "Take presigned URLs and forms of Signature Version 2: off or on.",
        _one_of("off", "on"),
    ),
    Setting(
        "domains",
        ("localhost",),
        "Base domains: BUCKET.DOMAIN addresses a bucket.",
        _matching(_DOMAIN, "a domain name"),
        several=True,
    ),
    Setting(
        "website_domains",
        (),
        "Base domains of websites: BUCKET.DOMAIN is the website of a bucket that has one.",
        _matching(_DOMAIN, "a domain name"),
        several=True,
    ),
    Setting("tls_cert", (), "Certificate chains (PEM); the first is the default.", several=True),
    Setting("tls_key", (), "Their private keys, in the same order.", several=True),
    Setting(
        "root_access_key_id",
        "",
        "The root access key; made at the first start if absent, and kept. While one is given, the "
        "kept one is not valid.",
    ),
    Setting("root_secret_access_key", "", "Its secret.", secret=True),
    Setting(
        "drain_timeout_s",
        30,
        "How long requests under way may go on after SIGTERM, in seconds.",
        _between(0, 3600),
    ),
    Setting(
        "body_idle_timeout_s",
        60,
        "How long a client may send or take nothing inside a body, in seconds.",
        _between(1, 3600),
    ),
    Setting(
        "header_timeout_s",
        30,
        "How long a client may take to send a request's headers, in seconds; a PROXY header and a "
        "TLS handshake each have as long.",
        _between(1, 3600),
    ),
    Setting(
        "keepalive_timeout_s",
        120,
        "How long a connection may idle between requests, in seconds.",
        _between(1, 86_400),
    ),
    Setting(
        "connections_max",
        2000,
        "Connections of one worker at a time; one more is answered 503 SlowDown, or closed if it "
        "would have to be waited for (a PROXY header, a TLS handshake).",
        _between(1, 1_000_000),
    ),
    Setting(
        "limit_address",
        "concurrency=1000",
        "What each source address may ask for of all workers together: requests=N bytes=SIZE "
        "concurrency=N, or none (docs/limits.md).",
        amounts.limit,
    ),
    Setting("limit_key", "none", "The same for each access key.", amounts.limit),
    Setting("limit_account", "none", "The same for each account.", amounts.limit),
    Setting("limit_bucket", "none", "The same for each bucket.", amounts.limit),
    Setting(
        "inline_max_bytes",
        16 * 1024,
        "Contents up to this size are kept beside the metadata.",
        _between(0, INLINE_BYTES_MAX),
    ),
    Setting(
        "log_delivery_s",
        300,
        "How often logs of requests are delivered to the buckets that have them, in seconds.",
        _between(1, 86_400),
    ),
    Setting(
        "default_object_ownership",
        "BucketOwnerEnforced",
        "Whose objects are in a new bucket: BucketOwnerEnforced (ACLs have no effect), "
        "BucketOwnerPreferred, ObjectWriter, or none, which is ObjectWriter and says nothing.",
        _one_of("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter", "none"),
    ),
    Setting(
        "default_public_access_block",
        "on",
        "Whether a new bucket begins with all public access blocked: on or off.",
        _one_of("on", "off"),
    ),
    Setting(
        "encrypt_at_rest",
        "off",
        "on: encrypt what nobody asks to be encrypted, too (AES256, as S3 does; "
        "docs/encryption.md).",
        _one_of("off", "on"),
    ),
    Setting(
        "kms",
        "local:",
        "Where the keys of SSE-KMS are: local: (the folder keys of the data directory) or "
        "transit:URL (OpenBao or Vault; the URL ends with the engine's path).",
        _kms,
    ),
    Setting(
        "kms_keys",
        (),
        "Keys of SSE-KMS: ids, ARNs, or alias/NAME=ID. With local: no others are known.",
        _kms_key,
        several=True,
    ),
    Setting("kms_token", "", "The token for transit:.", secret=True),
    Setting(
        "sse_c_without_tls",
        "off",
        "on: take keys of customers (SSE-C) over plain HTTP, where S3 refuses them.",
        _one_of("off", "on"),
    ),
    Setting(
        "identity_grace_s",
        3600,
        "How long access keys of users go on working while the store does not say whether they "
        "are still valid, in seconds (docs/access-keys.md).",
        _between(0, 7 * 86_400),
    ),
    Setting(
        "access_key_max_age_days",
        0,
        "After how many days an access key of a user is no longer valid; 0: never.",
        _between(0, 36_500),
    ),
    Setting(
        "trail",
        "on",
        "Keep a trail of who did what: on or off (docs/audit.md).",
        _one_of("on", "off"),
    ),
    Setting(
        "trail_days",
        90,
        "How long the trail is kept in the data directory, in days; 0: for ever.",
        _between(0, 36_500),
    ),
    Setting(
        "trail_bytes_max",
        "4GiB",
        "How large the trail may be in the data directory, as 500MB or 20GiB; 0: as large as it "
        "gets. What is oldest goes first (docs/audit.md).",
        _trail_bytes,
    ),
    Setting(
        "trail_to",
        "",
        "A bucket of the root account into which the trail's closed segments are copied.",
    ),
    Setting(
        "trail_heads_to",
        "",
        "A bucket of the root account, best a locked one, for the trail's newest heads.",
    ),
    Setting(
        "log_level",
        "info",
        "debug, info, warning or error.",
        _one_of("debug", "info", "warning", "error"),
    ),
    Setting(
        "explain_in_answer",
        "off",
        "on: tell the client, too, why its signature did not match (docs/explain.md).",
        _one_of("off", "on"),
    ),
    Setting(
        "public_hosts",
        (),
        "Names (HOST or HOST:PORT) that clients sign where a proxy sends another Host.",
        _matching(_HOST, "HOST or HOST:PORT"),
        several=True,
    ),
    Setting(
        "trusted_proxies",
        (),
        "Peers whose forwarding headers are believed: addresses, networks, or unix.",
        Peers.parse,
        several=True,
    ),
    Setting(
        "forwarded_header",
        "x-forwarded",
        "What trusted proxies set: x-forwarded (X-Forwarded-*) or forwarded (RFC 7239).",
        _one_of("x-forwarded", "forwarded"),
    ),
    Setting(
        "proxy_protocol_from",
        (),
        "Peers whose connections begin with a PROXY header: addresses, networks, or unix.",
        Peers.parse,
        several=True,
    ),
    Setting(
        "testing_lifecycle_day_seconds",
        0,
        "For tests: a day, for which lifecycles and restores wait, has so many seconds; 0: it is "
        "a day.",
        _between(0, 86_400),
    ),
    Setting(
        "testing_web_identities_over_http",
        "off",
        "For tests: on: providers of web identities on this machine (127.0.0.1) are asked over "
        "plain HTTP.",
        _one_of("off", "on"),
    ),
)

# Settings whose key of the TOML file stands in a table.
SECTIONS: Final = ("testing",)


def flag(name: str) -> str:
    """A setting's flag."""
    return "--" + name.replace("_", "-")


def variable(name: str) -> str:
    """A setting's environment variable."""
    return "SIGNET_" + name.upper()


def key(name: str) -> str:
    """A setting's key in the TOML file."""
    section, _, rest = name.partition("_")
    return f"{section}.{rest}" if section in SECTIONS else name
