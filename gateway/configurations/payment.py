"""Who pays for requests and traffic.

Source: API Reference, PutBucketRequestPayment, GetBucketRequestPayment.
"""

from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError

OWNER = t.GetBucketRequestPaymentOutput(payer="BucketOwner")  # as long as nobody says otherwise


def check(document: t.RequestPaymentConfiguration) -> None:
    """Refuse what names nobody.

    Raises:
        ProtocolError: MalformedXML
    """
    if document.payer is None:
        raise ProtocolError("MalformedXML")
