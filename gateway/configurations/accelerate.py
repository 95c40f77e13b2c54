"""Transfer acceleration: whether a bucket answers under its accelerated name.

There is no nearer place here that could take a transfer on; what is configured
is the name, BUCKET.s3-accelerate.DOMAIN.

Source: API Reference, PutBucketAccelerateConfiguration; User Guide, "Configuring
fast, secure file transfers using Amazon S3 Transfer Acceleration".
"""

from typing import Final

from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError

NONE: Final = t.GetBucketAccelerateConfigurationOutput()  # as long as nobody has said anything
ENABLED: Final = "Enabled"


def check(document: t.AccelerateConfiguration) -> None:
    """Refuse what says nothing.

    Raises:
        ProtocolError: MalformedXML
    """
    if document.status is None:
        raise ProtocolError("MalformedXML")


def check_bucket(name: str) -> None:
    """Refuse a bucket whose name is more than one label of a host name.

    Raises:
        ProtocolError: InvalidRequest
    """
    if "." in name:
        raise ProtocolError(
            "InvalidRequest",
            "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names",
        )
