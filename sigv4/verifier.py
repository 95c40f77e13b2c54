"""Verification in one call, for a service of your own.

``Verifier`` puts together what ``claims.read`` and ``verify.check`` do apart,
with what is easily forgotten: an anonymous request is refused, a session
token has to be that of its key, and the body is checked.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sigv4 import errors
from sigv4.canonical import S3, Profile, Request
from sigv4.claims import Anonymous, Claim, read
from sigv4.errors import SigError
from sigv4.keys import Credentials, KeyCache
from sigv4.sigv2 import ClaimV2
from sigv4.verify import Verified, check

Find = Callable[[str], Credentials | None]


class Accepted(NamedTuple):
    """A request that was signed, and its body: decoded, if it came in signed chunks."""

    verified: Verified
    content: bytes


@dataclass(frozen=True, slots=True)
class Verifier:
    """Verifies the requests of one service.

    ``find`` gives the credentials of an access key, None if there are none; it is called
    before anything is proven.  The first of ``regions`` is the one that an error names.
    """

    find: Find
    regions: Sequence[str]
    service: str = "s3"
    profile: Profile = S3
    _cache: KeyCache = field(default_factory=KeyCache, repr=False)

    def verify(self, request: Request, *, now: int) -> Verified:
        """Verify a request by its head; ``Verified.body`` then checks the body as it streams.

        For S3, which signs what the head says of the body.  ``now`` in Unix seconds.

        Raises:
            SigError: it is not signed, or not as it should be
        """
        if self.profile != S3:
            raise ValueError("services other than S3 sign the body itself: use verify_whole")
        return self._check(self._claim(request, now, None))

    def verify_whole(self, request: Request, body: bytes, *, now: int) -> Accepted:
        """Verify a request and its whole body.  ``now`` in Unix seconds.

        Of services other than S3 the body has to be the one that was signed: there is no
        UNSIGNED-PAYLOAD.

        Raises:
            SigError: it is not signed, or not as it should be; the body is another
        """
        if self.profile == S3:
            verified = self.verify(request, now=now)
            reader = verified.body()
            content = b"".join(reader.feed(body))
            reader.finish()
            return Accepted(verified, content)
        digest = hashlib.sha256(body).hexdigest()
        claim = self._claim(request, now, digest.encode())
        verified = self._check(claim)
        if not hmac.compare_digest(claim.payload_line.lower(), digest.encode()):
            raise errors.sha256_mismatch(claim.payload_line.decode("latin-1"), digest)
        return Accepted(verified, body)

    def _claim(self, request: Request, now: int, body_sha256: bytes | None) -> Claim:
        claim = read(
            request,
            now=now,
            regions=self.regions,
            service=self.service,
            profile=self.profile,
            body_sha256=body_sha256,
        )
        if isinstance(claim, Anonymous):
            raise _not_signed(self.profile)
        assert not isinstance(claim, ClaimV2), "read takes none unless it is told to"
        return claim

    def _check(self, claim: Claim) -> Verified:
        pair = self.find(claim.unverified_access_key)
        if pair is not None:
            _check_token(pair, claim)
        return check(claim, pair.secret_key if pair is not None else None, self._cache)


def _check_token(pair: Credentials, claim: Claim) -> None:
    """A token belongs to one key; without it the key is none.

    Source: S3 API Reference, "Error responses": InvalidToken.
    """
    given, expected = claim.session_token, pair.session_token
    if given is None and expected is not None:
        raise errors.unknown_key(claim.unverified_access_key)
    if given is not None and not (
        expected is not None and hmac.compare_digest(given.encode(), expected.encode())
    ):
        raise errors.invalid_token(given)


def _not_signed(profile: Profile) -> SigError:
    if profile == S3:
        return SigError("AccessDenied", 403, "Access Denied")
    # Source: IAM User Guide, "Common errors".
    text = "Request is missing Authentication Token"
    return SigError("MissingAuthenticationToken", 403, text)
