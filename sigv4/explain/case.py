"""What is known of a refused request: read leniently, for nothing is accepted here.

A claim that the verifier refuses for its grammar or its time still says what
its signer meant, and that is what an explanation starts from.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from sigv4.canonical import GENERIC, HMAC_SHA256, S3, Profile, Request, split_target
from sigv4.form import Form
from sigv4.keys import Credentials
from sigv4.scope import Scope, parse_timestamp

Location = Literal["header", "query", "form"]
# What kind of text is signed, and how: a canonical request, the lines of Version 2, a policy.
Scheme = Literal["v4", "v2", "form", "v2-form"]
V4: Final[frozenset[Scheme]] = frozenset(("v4",))
V2: Final[frozenset[Scheme]] = frozenset(("v2",))
FORMS: Final[frozenset[Scheme]] = frozenset(("form", "v2-form"))
WITH_SCOPE: Final[frozenset[Scheme]] = frozenset(("v4", "form"))
ANY: Final[frozenset[Scheme]] = V4 | V2 | FORMS

AWS_HOSTS: Final = ("s3.amazonaws.com",)
_STAND_INS: Final = {b"expect": b"100-continue"}  # as the verifier supplies it


class Known(NamedTuple):
    """What whoever asks knows besides the request."""

    credentials: tuple[Credentials, ...] = ()
    regions: tuple[str, ...] = ("us-east-1",)
    service: str = "s3"
    hosts: tuple[str, ...] = ()  # names by which clients may know the server
    body: bytes | None = None
    targets: tuple[bytes, ...] = ()  # that the client may have signed instead
    form: Form | None = None  # where the body was not kept
    sigv2: bool = False  # the server takes Signature Version 2

    def bucket_of_host(self, host: str) -> str | None:
        """The bucket that a host name stands for, as far as the server's names are known."""
        names = [name.partition(":")[0] for name in self.hosts]
        bare = host.partition(":")[0]
        ends = [f".{name}" for name in (*names, *AWS_HOSTS) if bare.endswith(f".{name}")]
        return bare.removesuffix(max(ends, key=len)) if ends else None


class Provided(NamedTuple):
    """The client's signature, or only its SHA-256: enough to recognise it, useless to replay."""

    sha256: str
    text: bytes | None = None

    def is_made_by(self, signature: bytes) -> bool:
        """Whether this very signature was provided."""
        if self.text is not None:
            return hmac.compare_digest(self.text, signature)
        return hmac.compare_digest(hashlib.sha256(signature).hexdigest(), self.sha256)


class Case(NamedTuple):
    """A request, and what it says of its signature."""

    request: Request
    location: Location
    access_key: str
    scope: Scope
    timestamp: str  # yyyymmddThhmmssZ, if the signer wrote it so; of a URL of Version 2, Expires
    signed: tuple[bytes, ...]
    provided: Provided
    payload: bytes  # of a form: its policy, as sent
    headers: Mapping[bytes, bytes]  # by lower-case name, as the verifier folds them
    parameters: Mapping[str, str]  # of the query, decoded, or of the form; the last of several
    known: Known
    algorithm: bytes = HMAC_SHA256
    scheme: Scheme = "v4"

    @property
    def seconds(self) -> int:
        """The request's date, Unix seconds; where it has none, when it ends."""
        if self.scheme in ("v2", "v2-form"):
            return int(self.timestamp) if self.timestamp.isdecimal() else 0
        found = parse_timestamp(self.timestamp)
        assert found is not None, "read_case looked"
        return found

    @property
    def path(self) -> bytes:
        """The path as it was received."""
        return split_target(self.request.target)[0]

    @property
    def query(self) -> bytes:
        """The query as it was received."""
        return split_target(self.request.target)[1]

    @property
    def profile(self) -> Profile:
        """How the service makes the canonical path."""
        return S3 if self.scope.service.startswith("s3") else GENERIC

    @property
    def credentials(self) -> Credentials | None:
        """The pair that the request names, if it is known."""
        pairs = self.known.credentials
        return next((pair for pair in pairs if pair.access_key == self.access_key), None)

    def value(self, name: bytes) -> bytes | None:
        """A header as the verifier sees it; a presigned URL may carry it in its query."""
        found = self.headers.get(name)
        if found is None and name.startswith(b"x-amz-"):
            for parameter, text in self.parameters.items():
                if parameter.lower() == name.decode("latin-1"):
                    return text.encode()
        return found if found is not None else _STAND_INS.get(name)


class Unreadable(Exception):
    """There is no claim of Signature Version 4 to explain; the text says what is missing."""
