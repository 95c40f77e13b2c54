"""Request metrics: which requests of a bucket are counted apart.

Source: API Reference, PutBucketMetricsConfiguration, MetricsFilter; User Guide,
"CloudWatch metrics configurations".
"""

from gateway.configurations import filters
from gateway.configurations.filters import Filter
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError


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


def compiled(document: t.MetricsConfiguration) -> Filter:
    """Which objects' requests count; without a filter those of the whole bucket."""
    return filters.compile_filter(document.filter)
