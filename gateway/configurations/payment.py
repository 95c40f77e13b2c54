"""Who pays for requests and traffic.

Source: API Reference, PutBucketRequestPayment, GetBucketRequestPayment; User Guide,
"Using Requester Pays general purpose buckets for storage transfers and usage".
"""

from typing import Final

from gateway.configurations import kept
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError

KIND: Final = "request-payment"
REQUESTER: Final = "requester"  # what a request says that is willing to pay
OWNER = t.GetBucketRequestPaymentOutput(payer="BucketOwner")  # as long as nobody says otherwise


def check(document: t.RequestPaymentConfiguration) -> None:
    """Refuse what names nobody.

    Raises:
        ProtocolError: MalformedXML
    """
    if document.payer is None:
        raise ProtocolError("MalformedXML")


def compiled(row: bytes) -> bool:
    """Whether a kept document makes the requester pay."""
    return _decode(row).payer == "Requester"


_decode: Final = kept.decoder_of(t.RequestPaymentConfiguration)
