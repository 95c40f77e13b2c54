"""S3 Intelligent-Tiering's archive tiers.

Source: API Reference, PutBucketIntelligentTieringConfiguration,
IntelligentTieringConfiguration, Tiering.
"""

from typing import Final

from gateway.configurations import filters
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError

KIND: Final = "intelligent-tiering"
# The least and the most days without access: User Guide, "S3 Intelligent-Tiering access tiers".
_DAYS: Final = {"ARCHIVE_ACCESS": (90, 730), "DEEP_ARCHIVE_ACCESS": (180, 730)}


def check(document: t.IntelligentTieringConfiguration) -> None:
    """Refuse what S3 does not take.

    Raises:
        ProtocolError: MalformedXML, InvalidRequest, InvalidArgument
        InvalidTag
    """
    if document.filter is not None:
        filters.check(document.filter)
    tierings = document.tierings or []
    tiers = [tiering.access_tier or "" for tiering in tierings]
    if not tiers or len(set(tiers)) != len(tiers):
        raise ProtocolError("MalformedXML")
    for tiering in tierings:
        least, most = _DAYS[tiering.access_tier or ""]
        if not least <= (tiering.days or 0) <= most:
            raise ProtocolError(
                "InvalidArgument",
                f"'Days' for {tiering.access_tier} must be between {least} and {most}.",
            )
