"""Request metrics: which requests of a bucket are counted apart.

Source: API Reference, PutBucketMetricsConfiguration, MetricsFilter; User Guide,
"CloudWatch metrics configurations".
"""

from collections.abc import Sequence
from typing import Final

from gateway.configurations import filters, kept
from gateway.configurations.filters import Filter
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError

KIND: Final = "metrics"


def check(document: t.MetricsConfiguration) -> None:
    """Refuse what is no filter, and those by access points: there are none here.

    Raises:
        ProtocolError: MalformedXML, InvalidRequest, NotImplemented
        InvalidTag
    """
    wanted = document.filter
    if wanted is None:
        return
    filters.check(wanted)
    both = wanted.and_
    if wanted.access_point_arn or (both is not None and both.access_point_arn):
        # Kept, it would never count anything: said where it can be read.
        raise ProtocolError("NotImplemented", Header="AccessPointArn")


def compiled(rows: Sequence[tuple[str, bytes]]) -> tuple[tuple[str, Filter], ...]:
    """Which objects' requests count, by id; without a filter those of the whole bucket."""
    return tuple((identity, filters.compile_filter(_decode(row).filter)) for identity, row in rows)


_decode: Final = kept.decoder_of(t.MetricsConfiguration)
