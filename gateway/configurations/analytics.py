"""Storage class analysis.

Source: API Reference, PutBucketAnalyticsConfiguration, AnalyticsConfiguration;
recordings of S3, LocalStack's test_s3_analytics_configurations.
"""

from typing import Final

from gateway.configurations import filters
from gateway.configurations.inventory import check_destination
from gateway.protocol import types as t

KIND: Final = "analytics"


def check(document: t.AnalyticsConfiguration) -> None:
    """Refuse what S3 does not take.

    Raises:
        ProtocolError: MalformedXML, InvalidRequest, InvalidS3DestinationBucket
        InvalidTag
    """
    if document.filter is not None:
        filters.check(document.filter)
    analysis = document.storage_class_analysis
    if analysis is None or analysis.data_export is None:
        return
    export = analysis.data_export
    if export.destination is None or export.destination.s3_bucket_destination is None:
        return  # the schema has refused it
    place = export.destination.s3_bucket_destination
    check_destination(place.bucket, place.bucket_account_id)
