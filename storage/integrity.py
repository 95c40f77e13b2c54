"""What a request promised of its body, and whether the body kept it.

Source: User Guide, "Checking object integrity for data uploads"; API
Reference, PutObject, Content-MD5 and x-amz-checksum-*.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from storage.checksums import FULL_OBJECT, check_value
from storage.errors import BadDigest, ChecksumMismatch
from storage.records import Checksum

DEFAULT_ALGORITHM: Final = "CRC64NVME"  # what S3 adds itself when the client sends none


@dataclass(frozen=True, slots=True)
class Promises:
    """Digests a client gave for one body.

    ``algorithm`` is the additional checksum asked for; its value came in a
    header (``value``, base64) or will follow the body (``trailer``, the name
    of the field); with neither, the server computes it.
    """

    content_md5: bytes | None = None
    algorithm: str | None = None
    value: str | None = None
    trailer: str | None = None

    def algorithms(self) -> frozenset[str]:
        """What has to be computed while the body streams by; MD5 is the ETag."""
        return frozenset(("MD5", self.algorithm or DEFAULT_ALGORITHM))

    def check(self, digests: Mapping[str, bytes], trailers: Mapping[str, str]) -> Checksum:
        """The checksum to keep with the object.

        Raises:
            BadDigest: Content-MD5 does not match.
            ChecksumMismatch: the additional checksum does not match.
            InvalidRequest: a trailer cannot be a checksum.
        """
        md5 = digests["MD5"]
        if self.content_md5 is not None and self.content_md5 != md5:
            raise BadDigest(self.content_md5.hex(), b64encode(md5).decode())
        algorithm = self.algorithm or DEFAULT_ALGORITHM
        calculated = digests[algorithm]
        claimed = self.value
        if self.trailer is not None:
            claimed = trailers.get(self.trailer, "")
            check_value(algorithm, claimed, where="trailing header")
        # Compared as bytes: base64 has more than one spelling of the same value.
        if claimed is not None and b64decode(claimed) != calculated:
            raise ChecksumMismatch(algorithm)
        return Checksum(algorithm, FULL_OBJECT, b64encode(calculated).decode())


NOTHING_PROMISED: Final = Promises()
