"""The structures of S3's model.  Generated: `python -m gateway.protocol generate`."""

import msgspec


class AbortMultipartUploadRequest(msgspec.Struct, kw_only=True):
    """S3's AbortMultipartUploadRequest."""

    bucket: str | None = None
    key: str | None = None
    upload_id: str | None = None
    request_payer: str | None = None
    expected_bucket_owner: str | None = None
    if_match_initiated_time: int | None = None


class AbortMultipartUploadOutput(msgspec.Struct, kw_only=True):
    """S3's AbortMultipartUploadOutput."""

    request_charged: str | None = None
    version_id: str | None = None


class CompletedPart(msgspec.Struct, kw_only=True):
    """S3's CompletedPart."""

    etag: str | None = None
    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None
    part_number: int | None = None


class CompletedMultipartUpload(msgspec.Struct, kw_only=True):
    """S3's CompletedMultipartUpload."""

    parts: list[CompletedPart] | None = None


class CompleteMultipartUploadRequest(msgspec.Struct, kw_only=True):
    """S3's CompleteMultipartUploadRequest."""

    bucket: str | None = None
    key: str | None = None
    multipart_upload: CompletedMultipartUpload | None = None
    upload_id: str | None = None
    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None
    checksum_type: str | None = None
    mpu_object_size: int | None = None
    request_payer: str | None = None
    expected_bucket_owner: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key: str | None = None
    sse_customer_key_md5: str | None = None


class CompleteMultipartUploadOutput(msgspec.Struct, kw_only=True):
    """S3's CompleteMultipartUploadOutput."""

    location: str | None = None
    bucket: str | None = None
    key: str | None = None
    expiration: str | None = None
    etag: str | None = None
    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None
    checksum_type: str | None = None
    server_side_encryption: str | None = None
    version_id: str | None = None
    ssekms_key_id: str | None = None
    bucket_key_enabled: bool | None = None
    request_charged: str | None = None


class CopyObjectRequest(msgspec.Struct, kw_only=True):
    """S3's CopyObjectRequest."""

    acl: str | None = None
    bucket: str | None = None
    cache_control: str | None = None
    checksum_algorithm: str | None = None
    content_disposition: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    content_type: str | None = None
    copy_source: str | None = None
    copy_source_if_match: str | None = None
    copy_source_if_modified_since: int | None = None
    copy_source_if_none_match: str | None = None
    copy_source_if_unmodified_since: int | None = None
    expires: str | None = None
    grant_full_control: str | None = None
    grant_read: str | None = None
    grant_read_acp: str | None = None
    grant_write_acp: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None
    key: str | None = None
    metadata: dict[str, str] | None = None
    metadata_directive: str | None = None
    tagging_directive: str | None = None
    annotation_directive: str | None = None
    server_side_encryption: str | None = None
    storage_class: str | None = None
    website_redirect_location: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key: str | None = None
    sse_customer_key_md5: str | None = None
    ssekms_key_id: str | None = None
    ssekms_encryption_context: str | None = None
    bucket_key_enabled: bool | None = None
    copy_source_sse_customer_algorithm: str | None = None
    copy_source_sse_customer_key: str | None = None
    copy_source_sse_customer_key_md5: str | None = None
    request_payer: str | None = None
    tagging: str | None = None
    object_lock_mode: str | None = None
    object_lock_retain_until_date: int | None = None
    object_lock_legal_hold_status: str | None = None
    object_lock_event_hold: str | None = None
    object_lock_event_hold_duration_days: int | None = None
    object_lock_event_hold_duration_years: int | None = None
    expected_bucket_owner: str | None = None
    expected_source_bucket_owner: str | None = None


class CopyObjectResult(msgspec.Struct, kw_only=True):
    """S3's CopyObjectResult."""

    etag: str | None = None
    last_modified: int | None = None
    checksum_type: str | None = None
    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None


class CopyObjectOutput(msgspec.Struct, kw_only=True):
    """S3's CopyObjectOutput."""

    copy_object_result: CopyObjectResult | None = None
    expiration: str | None = None
    copy_source_version_id: str | None = None
    version_id: str | None = None
    server_side_encryption: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key_md5: str | None = None
    ssekms_key_id: str | None = None
    ssekms_encryption_context: str | None = None
    bucket_key_enabled: bool | None = None
    request_charged: str | None = None


class LocationInfo(msgspec.Struct, kw_only=True):
    """S3's LocationInfo."""

    type: str | None = None
    name: str | None = None


class BucketInfo(msgspec.Struct, kw_only=True):
    """S3's BucketInfo."""

    data_redundancy: str | None = None
    type: str | None = None


class Tag(msgspec.Struct, kw_only=True):
    """S3's Tag."""

    key: str | None = None
    value: str | None = None


class CreateBucketConfiguration(msgspec.Struct, kw_only=True):
    """S3's CreateBucketConfiguration."""

    location_constraint: str | None = None
    location: LocationInfo | None = None
    bucket: BucketInfo | None = None
    tags: list[Tag] | None = None


class CreateBucketRequest(msgspec.Struct, kw_only=True):
    """S3's CreateBucketRequest."""

    acl: str | None = None
    bucket: str | None = None
    create_bucket_configuration: CreateBucketConfiguration | None = None
    grant_full_control: str | None = None
    grant_read: str | None = None
    grant_read_acp: str | None = None
    grant_write: str | None = None
    grant_write_acp: str | None = None
    object_lock_enabled_for_bucket: bool | None = None
    object_ownership: str | None = None
    bucket_namespace: str | None = None


class CreateBucketOutput(msgspec.Struct, kw_only=True):
    """S3's CreateBucketOutput."""

    location: str | None = None
    bucket_arn: str | None = None


class CreateMultipartUploadRequest(msgspec.Struct, kw_only=True):
    """S3's CreateMultipartUploadRequest."""

    acl: str | None = None
    bucket: str | None = None
    cache_control: str | None = None
    content_disposition: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    content_type: str | None = None
    expires: str | None = None
    grant_full_control: str | None = None
    grant_read: str | None = None
    grant_read_acp: str | None = None
    grant_write_acp: str | None = None
    key: str | None = None
    metadata: dict[str, str] | None = None
    server_side_encryption: str | None = None
    storage_class: str | None = None
    website_redirect_location: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key: str | None = None
    sse_customer_key_md5: str | None = None
    ssekms_key_id: str | None = None
    ssekms_encryption_context: str | None = None
    bucket_key_enabled: bool | None = None
    request_payer: str | None = None
    tagging: str | None = None
    object_lock_mode: str | None = None
    object_lock_retain_until_date: int | None = None
    object_lock_legal_hold_status: str | None = None
    object_lock_event_hold: str | None = None
    object_lock_event_hold_duration_days: int | None = None
    object_lock_event_hold_duration_years: int | None = None
    expected_bucket_owner: str | None = None
    checksum_algorithm: str | None = None
    checksum_type: str | None = None


class CreateMultipartUploadOutput(msgspec.Struct, kw_only=True):
    """S3's CreateMultipartUploadOutput."""

    abort_date: int | None = None
    abort_rule_id: str | None = None
    bucket: str | None = None
    key: str | None = None
    upload_id: str | None = None
    server_side_encryption: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key_md5: str | None = None
    ssekms_key_id: str | None = None
    ssekms_encryption_context: str | None = None
    bucket_key_enabled: bool | None = None
    request_charged: str | None = None
    checksum_algorithm: str | None = None
    checksum_type: str | None = None
    version_id: str | None = None


class DeleteBucketRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteBucketRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class DeleteObjectRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteObjectRequest."""

    bucket: str | None = None
    key: str | None = None
    mfa: str | None = None
    version_id: str | None = None
    request_payer: str | None = None
    bypass_governance_retention: bool | None = None
    expected_bucket_owner: str | None = None
    if_match: str | None = None
    if_match_last_modified_time: int | None = None
    if_match_size: int | None = None


class DeleteObjectOutput(msgspec.Struct, kw_only=True):
    """S3's DeleteObjectOutput."""

    delete_marker: bool | None = None
    version_id: str | None = None
    request_charged: str | None = None


class DeleteObjectTaggingRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteObjectTaggingRequest."""

    bucket: str | None = None
    key: str | None = None
    version_id: str | None = None
    expected_bucket_owner: str | None = None


class DeleteObjectTaggingOutput(msgspec.Struct, kw_only=True):
    """S3's DeleteObjectTaggingOutput."""

    version_id: str | None = None


class ObjectIdentifier(msgspec.Struct, kw_only=True):
    """S3's ObjectIdentifier."""

    key: str | None = None
    version_id: str | None = None
    etag: str | None = None
    last_modified_time: int | None = None
    size: int | None = None


class Delete(msgspec.Struct, kw_only=True):
    """S3's Delete."""

    objects: list[ObjectIdentifier] | None = None
    quiet: bool | None = None


class DeleteObjectsRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteObjectsRequest."""

    bucket: str | None = None
    delete: Delete | None = None
    mfa: str | None = None
    request_payer: str | None = None
    bypass_governance_retention: bool | None = None
    expected_bucket_owner: str | None = None
    checksum_algorithm: str | None = None


class DeletedObject(msgspec.Struct, kw_only=True):
    """S3's DeletedObject."""

    key: str | None = None
    version_id: str | None = None
    delete_marker: bool | None = None
    delete_marker_version_id: str | None = None


class ErrorShape(msgspec.Struct, kw_only=True):
    """S3's Error."""

    key: str | None = None
    version_id: str | None = None
    code: str | None = None
    message: str | None = None


class DeleteObjectsOutput(msgspec.Struct, kw_only=True):
    """S3's DeleteObjectsOutput."""

    deleted: list[DeletedObject] | None = None
    request_charged: str | None = None
    errors: list[ErrorShape] | None = None


class GetBucketLocationRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketLocationRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class GetBucketLocationOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketLocationOutput."""

    location_constraint: str | None = None


class GetObjectRequest(msgspec.Struct, kw_only=True):
    """S3's GetObjectRequest."""

    bucket: str | None = None
    if_match: str | None = None
    if_modified_since: int | None = None
    if_none_match: str | None = None
    if_unmodified_since: int | None = None
    key: str | None = None
    range: str | None = None
    response_cache_control: str | None = None
    response_content_disposition: str | None = None
    response_content_encoding: str | None = None
    response_content_language: str | None = None
    response_content_type: str | None = None
    response_expires: int | None = None
    version_id: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key: str | None = None
    sse_customer_key_md5: str | None = None
    request_payer: str | None = None
    part_number: int | None = None
    expected_bucket_owner: str | None = None
    checksum_mode: str | None = None


class GetObjectOutput(msgspec.Struct, kw_only=True):
    """S3's GetObjectOutput."""

    delete_marker: bool | None = None
    accept_ranges: str | None = None
    expiration: str | None = None
    restore: str | None = None
    last_modified: int | None = None
    content_length: int | None = None
    etag: str | None = None
    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None
    checksum_type: str | None = None
    missing_meta: int | None = None
    version_id: str | None = None
    cache_control: str | None = None
    content_disposition: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    content_range: str | None = None
    content_type: str | None = None
    expires: str | None = None
    website_redirect_location: str | None = None
    server_side_encryption: str | None = None
    metadata: dict[str, str] | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key_md5: str | None = None
    ssekms_key_id: str | None = None
    bucket_key_enabled: bool | None = None
    storage_class: str | None = None
    request_charged: str | None = None
    replication_status: str | None = None
    parts_count: int | None = None
    tag_count: int | None = None
    object_lock_mode: str | None = None
    object_lock_retain_until_date: int | None = None
    object_lock_legal_hold_status: str | None = None
    object_lock_event_hold: str | None = None
    object_lock_event_hold_duration_days: int | None = None
    object_lock_event_hold_duration_years: int | None = None


class GetObjectAttributesRequest(msgspec.Struct, kw_only=True):
    """S3's GetObjectAttributesRequest."""

    bucket: str | None = None
    key: str | None = None
    version_id: str | None = None
    max_parts: int | None = None
    part_number_marker: int | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key: str | None = None
    sse_customer_key_md5: str | None = None
    request_payer: str | None = None
    expected_bucket_owner: str | None = None
    object_attributes: list[str] | None = None


class Checksum(msgspec.Struct, kw_only=True):
    """S3's Checksum."""

    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None
    checksum_type: str | None = None


class ObjectPart(msgspec.Struct, kw_only=True):
    """S3's ObjectPart."""

    part_number: int | None = None
    size: int | None = None
    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None


class GetObjectAttributesParts(msgspec.Struct, kw_only=True):
    """S3's GetObjectAttributesParts."""

    total_parts_count: int | None = None
    part_number_marker: int | None = None
    next_part_number_marker: int | None = None
    max_parts: int | None = None
    is_truncated: bool | None = None
    parts: list[ObjectPart] | None = None


class GetObjectAttributesOutput(msgspec.Struct, kw_only=True):
    """S3's GetObjectAttributesOutput."""

    delete_marker: bool | None = None
    last_modified: int | None = None
    version_id: str | None = None
    request_charged: str | None = None
    etag: str | None = None
    checksum: Checksum | None = None
    object_parts: GetObjectAttributesParts | None = None
    storage_class: str | None = None
    object_size: int | None = None


class GetObjectTaggingRequest(msgspec.Struct, kw_only=True):
    """S3's GetObjectTaggingRequest."""

    bucket: str | None = None
    key: str | None = None
    version_id: str | None = None
    expected_bucket_owner: str | None = None
    request_payer: str | None = None


class GetObjectTaggingOutput(msgspec.Struct, kw_only=True):
    """S3's GetObjectTaggingOutput."""

    version_id: str | None = None
    tag_set: list[Tag] | None = None


class HeadBucketRequest(msgspec.Struct, kw_only=True):
    """S3's HeadBucketRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class HeadBucketOutput(msgspec.Struct, kw_only=True):
    """S3's HeadBucketOutput."""

    bucket_arn: str | None = None
    bucket_location_type: str | None = None
    bucket_location_name: str | None = None
    bucket_region: str | None = None
    access_point_alias: bool | None = None


class HeadObjectRequest(msgspec.Struct, kw_only=True):
    """S3's HeadObjectRequest."""

    bucket: str | None = None
    if_match: str | None = None
    if_modified_since: int | None = None
    if_none_match: str | None = None
    if_unmodified_since: int | None = None
    key: str | None = None
    range: str | None = None
    response_cache_control: str | None = None
    response_content_disposition: str | None = None
    response_content_encoding: str | None = None
    response_content_language: str | None = None
    response_content_type: str | None = None
    response_expires: int | None = None
    version_id: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key: str | None = None
    sse_customer_key_md5: str | None = None
    request_payer: str | None = None
    part_number: int | None = None
    expected_bucket_owner: str | None = None
    checksum_mode: str | None = None


class HeadObjectOutput(msgspec.Struct, kw_only=True):
    """S3's HeadObjectOutput."""

    delete_marker: bool | None = None
    accept_ranges: str | None = None
    expiration: str | None = None
    restore: str | None = None
    archive_status: str | None = None
    last_modified: int | None = None
    content_length: int | None = None
    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None
    checksum_type: str | None = None
    etag: str | None = None
    missing_meta: int | None = None
    version_id: str | None = None
    cache_control: str | None = None
    content_disposition: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    content_type: str | None = None
    content_range: str | None = None
    expires: str | None = None
    website_redirect_location: str | None = None
    server_side_encryption: str | None = None
    metadata: dict[str, str] | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key_md5: str | None = None
    ssekms_key_id: str | None = None
    bucket_key_enabled: bool | None = None
    storage_class: str | None = None
    request_charged: str | None = None
    replication_status: str | None = None
    parts_count: int | None = None
    tag_count: int | None = None
    object_lock_mode: str | None = None
    object_lock_retain_until_date: int | None = None
    object_lock_legal_hold_status: str | None = None
    object_lock_event_hold: str | None = None
    object_lock_event_hold_duration_days: int | None = None
    object_lock_event_hold_duration_years: int | None = None


class ListBucketsRequest(msgspec.Struct, kw_only=True):
    """S3's ListBucketsRequest."""

    max_buckets: int | None = None
    continuation_token: str | None = None
    prefix: str | None = None
    bucket_region: str | None = None


class Bucket(msgspec.Struct, kw_only=True):
    """S3's Bucket."""

    name: str | None = None
    creation_date: int | None = None
    bucket_region: str | None = None
    bucket_arn: str | None = None


class Owner(msgspec.Struct, kw_only=True):
    """S3's Owner."""

    display_name: str | None = None
    id: str | None = None


class ListBucketsOutput(msgspec.Struct, kw_only=True):
    """S3's ListBucketsOutput."""

    buckets: list[Bucket] | None = None
    owner: Owner | None = None
    continuation_token: str | None = None
    prefix: str | None = None


class ListMultipartUploadsRequest(msgspec.Struct, kw_only=True):
    """S3's ListMultipartUploadsRequest."""

    bucket: str | None = None
    delimiter: str | None = None
    encoding_type: str | None = None
    key_marker: str | None = None
    max_uploads: int | None = None
    prefix: str | None = None
    upload_id_marker: str | None = None
    expected_bucket_owner: str | None = None
    request_payer: str | None = None


class Initiator(msgspec.Struct, kw_only=True):
    """S3's Initiator."""

    id: str | None = None
    display_name: str | None = None


class MultipartUpload(msgspec.Struct, kw_only=True):
    """S3's MultipartUpload."""

    upload_id: str | None = None
    key: str | None = None
    initiated: int | None = None
    storage_class: str | None = None
    owner: Owner | None = None
    initiator: Initiator | None = None
    checksum_algorithm: str | None = None
    checksum_type: str | None = None
    version_id: str | None = None


class CommonPrefix(msgspec.Struct, kw_only=True):
    """S3's CommonPrefix."""

    prefix: str | None = None


class ListMultipartUploadsOutput(msgspec.Struct, kw_only=True):
    """S3's ListMultipartUploadsOutput."""

    bucket: str | None = None
    key_marker: str | None = None
    upload_id_marker: str | None = None
    next_key_marker: str | None = None
    prefix: str | None = None
    delimiter: str | None = None
    next_upload_id_marker: str | None = None
    max_uploads: int | None = None
    is_truncated: bool | None = None
    uploads: list[MultipartUpload] | None = None
    common_prefixes: list[CommonPrefix] | None = None
    encoding_type: str | None = None
    request_charged: str | None = None


class ListObjectsRequest(msgspec.Struct, kw_only=True):
    """S3's ListObjectsRequest."""

    bucket: str | None = None
    delimiter: str | None = None
    encoding_type: str | None = None
    marker: str | None = None
    max_keys: int | None = None
    prefix: str | None = None
    request_payer: str | None = None
    expected_bucket_owner: str | None = None
    optional_object_attributes: list[str] | None = None


class RestoreStatus(msgspec.Struct, kw_only=True):
    """S3's RestoreStatus."""

    is_restore_in_progress: bool | None = None
    restore_expiry_date: int | None = None


class ObjectShape(msgspec.Struct, kw_only=True):
    """S3's Object."""

    key: str | None = None
    last_modified: int | None = None
    etag: str | None = None
    checksum_algorithm: list[str] | None = None
    checksum_type: str | None = None
    size: int | None = None
    storage_class: str | None = None
    owner: Owner | None = None
    restore_status: RestoreStatus | None = None


class ListObjectsOutput(msgspec.Struct, kw_only=True):
    """S3's ListObjectsOutput."""

    is_truncated: bool | None = None
    marker: str | None = None
    next_marker: str | None = None
    contents: list[ObjectShape] | None = None
    name: str | None = None
    prefix: str | None = None
    delimiter: str | None = None
    max_keys: int | None = None
    common_prefixes: list[CommonPrefix] | None = None
    encoding_type: str | None = None
    request_charged: str | None = None


class ListObjectsV2Request(msgspec.Struct, kw_only=True):
    """S3's ListObjectsV2Request."""

    bucket: str | None = None
    delimiter: str | None = None
    encoding_type: str | None = None
    max_keys: int | None = None
    prefix: str | None = None
    continuation_token: str | None = None
    fetch_owner: bool | None = None
    start_after: str | None = None
    request_payer: str | None = None
    expected_bucket_owner: str | None = None
    optional_object_attributes: list[str] | None = None


class ListObjectsV2Output(msgspec.Struct, kw_only=True):
    """S3's ListObjectsV2Output."""

    is_truncated: bool | None = None
    contents: list[ObjectShape] | None = None
    name: str | None = None
    prefix: str | None = None
    delimiter: str | None = None
    max_keys: int | None = None
    common_prefixes: list[CommonPrefix] | None = None
    encoding_type: str | None = None
    key_count: int | None = None
    continuation_token: str | None = None
    next_continuation_token: str | None = None
    start_after: str | None = None
    request_charged: str | None = None


class ListPartsRequest(msgspec.Struct, kw_only=True):
    """S3's ListPartsRequest."""

    bucket: str | None = None
    key: str | None = None
    max_parts: int | None = None
    part_number_marker: int | None = None
    upload_id: str | None = None
    request_payer: str | None = None
    expected_bucket_owner: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key: str | None = None
    sse_customer_key_md5: str | None = None


class Part(msgspec.Struct, kw_only=True):
    """S3's Part."""

    part_number: int | None = None
    last_modified: int | None = None
    etag: str | None = None
    size: int | None = None
    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None


class ListPartsOutput(msgspec.Struct, kw_only=True):
    """S3's ListPartsOutput."""

    abort_date: int | None = None
    abort_rule_id: str | None = None
    bucket: str | None = None
    key: str | None = None
    upload_id: str | None = None
    part_number_marker: int | None = None
    next_part_number_marker: int | None = None
    max_parts: int | None = None
    is_truncated: bool | None = None
    parts: list[Part] | None = None
    initiator: Initiator | None = None
    owner: Owner | None = None
    storage_class: str | None = None
    request_charged: str | None = None
    checksum_algorithm: str | None = None
    checksum_type: str | None = None
    version_id: str | None = None


class PutObjectRequest(msgspec.Struct, kw_only=True):
    """S3's PutObjectRequest."""

    acl: str | None = None
    bucket: str | None = None
    cache_control: str | None = None
    content_disposition: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    content_length: int | None = None
    content_md5: str | None = None
    content_type: str | None = None
    checksum_algorithm: str | None = None
    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None
    expires: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None
    grant_full_control: str | None = None
    grant_read: str | None = None
    grant_read_acp: str | None = None
    grant_write_acp: str | None = None
    key: str | None = None
    write_offset_bytes: int | None = None
    metadata: dict[str, str] | None = None
    server_side_encryption: str | None = None
    storage_class: str | None = None
    website_redirect_location: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key: str | None = None
    sse_customer_key_md5: str | None = None
    ssekms_key_id: str | None = None
    ssekms_encryption_context: str | None = None
    bucket_key_enabled: bool | None = None
    request_payer: str | None = None
    tagging: str | None = None
    object_lock_mode: str | None = None
    object_lock_retain_until_date: int | None = None
    object_lock_legal_hold_status: str | None = None
    object_lock_event_hold: str | None = None
    object_lock_event_hold_duration_days: int | None = None
    object_lock_event_hold_duration_years: int | None = None
    expected_bucket_owner: str | None = None


class PutObjectOutput(msgspec.Struct, kw_only=True):
    """S3's PutObjectOutput."""

    expiration: str | None = None
    etag: str | None = None
    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None
    checksum_type: str | None = None
    server_side_encryption: str | None = None
    version_id: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key_md5: str | None = None
    ssekms_key_id: str | None = None
    ssekms_encryption_context: str | None = None
    bucket_key_enabled: bool | None = None
    size: int | None = None
    request_charged: str | None = None


class Tagging(msgspec.Struct, kw_only=True):
    """S3's Tagging."""

    tag_set: list[Tag] | None = None


class PutObjectTaggingRequest(msgspec.Struct, kw_only=True):
    """S3's PutObjectTaggingRequest."""

    bucket: str | None = None
    key: str | None = None
    version_id: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    tagging: Tagging | None = None
    expected_bucket_owner: str | None = None
    request_payer: str | None = None


class PutObjectTaggingOutput(msgspec.Struct, kw_only=True):
    """S3's PutObjectTaggingOutput."""

    version_id: str | None = None


class UploadPartRequest(msgspec.Struct, kw_only=True):
    """S3's UploadPartRequest."""

    bucket: str | None = None
    content_length: int | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None
    key: str | None = None
    part_number: int | None = None
    upload_id: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key: str | None = None
    sse_customer_key_md5: str | None = None
    request_payer: str | None = None
    expected_bucket_owner: str | None = None


class UploadPartOutput(msgspec.Struct, kw_only=True):
    """S3's UploadPartOutput."""

    server_side_encryption: str | None = None
    etag: str | None = None
    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key_md5: str | None = None
    ssekms_key_id: str | None = None
    bucket_key_enabled: bool | None = None
    request_charged: str | None = None
    version_id: str | None = None


class UploadPartCopyRequest(msgspec.Struct, kw_only=True):
    """S3's UploadPartCopyRequest."""

    bucket: str | None = None
    copy_source: str | None = None
    copy_source_if_match: str | None = None
    copy_source_if_modified_since: int | None = None
    copy_source_if_none_match: str | None = None
    copy_source_if_unmodified_since: int | None = None
    copy_source_range: str | None = None
    key: str | None = None
    part_number: int | None = None
    upload_id: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key: str | None = None
    sse_customer_key_md5: str | None = None
    copy_source_sse_customer_algorithm: str | None = None
    copy_source_sse_customer_key: str | None = None
    copy_source_sse_customer_key_md5: str | None = None
    request_payer: str | None = None
    expected_bucket_owner: str | None = None
    expected_source_bucket_owner: str | None = None


class CopyPartResult(msgspec.Struct, kw_only=True):
    """S3's CopyPartResult."""

    etag: str | None = None
    last_modified: int | None = None
    checksum_crc32: str | None = None
    checksum_crc32_c: str | None = None
    checksum_crc64_nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None


class UploadPartCopyOutput(msgspec.Struct, kw_only=True):
    """S3's UploadPartCopyOutput."""

    copy_source_version_id: str | None = None
    copy_part_result: CopyPartResult | None = None
    server_side_encryption: str | None = None
    sse_customer_algorithm: str | None = None
    sse_customer_key_md5: str | None = None
    ssekms_key_id: str | None = None
    bucket_key_enabled: bool | None = None
    request_charged: str | None = None
    version_id: str | None = None
