"""Transfer acceleration: whether a bucket answers under its accelerated name.

There is no nearer place here that could take a transfer on; what is configured
is the name, BUCKET.s3-accelerate.DOMAIN.

Source: API Reference, PutBucketAccelerateConfiguration; User Guide, "Configuring
fast, secure file transfers using Amazon S3 Transfer Acceleration".
"""

from typing import Final

from gateway.configurations import kept
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError

NONE: Final = t.GetBucketAccelerateConfigurationOutput()  # as long as nobody has said anything
KIND: Final = "accelerate"


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


def compiled(row: bytes) -> bool:
    """Whether a kept document enables it."""
    return _decode(row).status == "Enabled"


_decode: Final = kept.decoder_of(t.AccelerateConfiguration)


def refusal(is_enabled: bool | None) -> ProtocolError:
    """What a bucket says under its accelerated name; None where nobody ever spoke of it.

    Source: API Reference, "Error responses", "InvalidRequest".
    """
    state = "not configured" if is_enabled is None else "disabled"
    return ProtocolError("InvalidRequest", f"S3 Transfer Acceleration is {state} on this bucket.")
