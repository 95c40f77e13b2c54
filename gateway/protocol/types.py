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


class DeleteBucketAnalyticsConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteBucketAnalyticsConfigurationRequest."""

    bucket: str | None = None
    id: str | None = None
    expected_bucket_owner: str | None = None


class DeleteBucketCorsRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteBucketCorsRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class DeleteBucketEncryptionRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteBucketEncryptionRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class DeleteBucketIntelligentTieringConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteBucketIntelligentTieringConfigurationRequest."""

    bucket: str | None = None
    id: str | None = None
    expected_bucket_owner: str | None = None


class DeleteBucketInventoryConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteBucketInventoryConfigurationRequest."""

    bucket: str | None = None
    id: str | None = None
    expected_bucket_owner: str | None = None


class DeleteBucketLifecycleRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteBucketLifecycleRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class DeleteBucketMetricsConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteBucketMetricsConfigurationRequest."""

    bucket: str | None = None
    id: str | None = None
    expected_bucket_owner: str | None = None


class DeleteBucketOwnershipControlsRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteBucketOwnershipControlsRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class DeleteBucketPolicyRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteBucketPolicyRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class DeleteBucketReplicationRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteBucketReplicationRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class DeleteBucketTaggingRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteBucketTaggingRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class DeleteBucketWebsiteRequest(msgspec.Struct, kw_only=True):
    """S3's DeleteBucketWebsiteRequest."""

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


class DeletePublicAccessBlockRequest(msgspec.Struct, kw_only=True):
    """S3's DeletePublicAccessBlockRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class GetBucketAccelerateConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketAccelerateConfigurationRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None
    request_payer: str | None = None


class GetBucketAccelerateConfigurationOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketAccelerateConfigurationOutput."""

    status: str | None = None
    request_charged: str | None = None


class GetBucketAclRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketAclRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class Owner(msgspec.Struct, kw_only=True):
    """S3's Owner."""

    display_name: str | None = None
    id: str | None = None


class Grantee(msgspec.Struct, kw_only=True):
    """S3's Grantee."""

    display_name: str | None = None
    email_address: str | None = None
    id: str | None = None
    type: str | None = None
    uri: str | None = None


class Grant(msgspec.Struct, kw_only=True):
    """S3's Grant."""

    grantee: Grantee | None = None
    permission: str | None = None


class GetBucketAclOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketAclOutput."""

    owner: Owner | None = None
    grants: list[Grant] | None = None


class GetBucketAnalyticsConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketAnalyticsConfigurationRequest."""

    bucket: str | None = None
    id: str | None = None
    expected_bucket_owner: str | None = None


class AnalyticsAndOperator(msgspec.Struct, kw_only=True):
    """S3's AnalyticsAndOperator."""

    prefix: str | None = None
    tags: list[Tag] | None = None


class AnalyticsFilter(msgspec.Struct, kw_only=True):
    """S3's AnalyticsFilter."""

    prefix: str | None = None
    tag: Tag | None = None
    and_: AnalyticsAndOperator | None = None


class AnalyticsS3BucketDestination(msgspec.Struct, kw_only=True):
    """S3's AnalyticsS3BucketDestination."""

    format: str | None = None
    bucket_account_id: str | None = None
    bucket: str | None = None
    prefix: str | None = None


class AnalyticsExportDestination(msgspec.Struct, kw_only=True):
    """S3's AnalyticsExportDestination."""

    s3_bucket_destination: AnalyticsS3BucketDestination | None = None


class StorageClassAnalysisDataExport(msgspec.Struct, kw_only=True):
    """S3's StorageClassAnalysisDataExport."""

    output_schema_version: str | None = None
    destination: AnalyticsExportDestination | None = None


class StorageClassAnalysis(msgspec.Struct, kw_only=True):
    """S3's StorageClassAnalysis."""

    data_export: StorageClassAnalysisDataExport | None = None


class AnalyticsConfiguration(msgspec.Struct, kw_only=True):
    """S3's AnalyticsConfiguration."""

    id: str | None = None
    filter: AnalyticsFilter | None = None
    storage_class_analysis: StorageClassAnalysis | None = None


class GetBucketAnalyticsConfigurationOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketAnalyticsConfigurationOutput."""

    analytics_configuration: AnalyticsConfiguration | None = None


class GetBucketCorsRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketCorsRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class CORSRule(msgspec.Struct, kw_only=True):
    """S3's CORSRule."""

    id: str | None = None
    allowed_headers: list[str] | None = None
    allowed_methods: list[str] | None = None
    allowed_origins: list[str] | None = None
    expose_headers: list[str] | None = None
    max_age_seconds: int | None = None


class GetBucketCorsOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketCorsOutput."""

    cors_rules: list[CORSRule] | None = None


class GetBucketEncryptionRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketEncryptionRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class ServerSideEncryptionByDefault(msgspec.Struct, kw_only=True):
    """S3's ServerSideEncryptionByDefault."""

    sse_algorithm: str | None = None
    kms_master_key_id: str | None = None


class BlockedEncryptionTypes(msgspec.Struct, kw_only=True):
    """S3's BlockedEncryptionTypes."""

    encryption_type: list[str] | None = None


class ServerSideEncryptionRule(msgspec.Struct, kw_only=True):
    """S3's ServerSideEncryptionRule."""

    apply_server_side_encryption_by_default: ServerSideEncryptionByDefault | None = None
    bucket_key_enabled: bool | None = None
    blocked_encryption_types: BlockedEncryptionTypes | None = None


class ServerSideEncryptionConfiguration(msgspec.Struct, kw_only=True):
    """S3's ServerSideEncryptionConfiguration."""

    rules: list[ServerSideEncryptionRule] | None = None


class GetBucketEncryptionOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketEncryptionOutput."""

    server_side_encryption_configuration: ServerSideEncryptionConfiguration | None = None


class GetBucketIntelligentTieringConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketIntelligentTieringConfigurationRequest."""

    bucket: str | None = None
    id: str | None = None
    expected_bucket_owner: str | None = None


class IntelligentTieringAndOperator(msgspec.Struct, kw_only=True):
    """S3's IntelligentTieringAndOperator."""

    prefix: str | None = None
    tags: list[Tag] | None = None


class IntelligentTieringFilter(msgspec.Struct, kw_only=True):
    """S3's IntelligentTieringFilter."""

    prefix: str | None = None
    tag: Tag | None = None
    and_: IntelligentTieringAndOperator | None = None


class Tiering(msgspec.Struct, kw_only=True):
    """S3's Tiering."""

    days: int | None = None
    access_tier: str | None = None


class IntelligentTieringConfiguration(msgspec.Struct, kw_only=True):
    """S3's IntelligentTieringConfiguration."""

    id: str | None = None
    filter: IntelligentTieringFilter | None = None
    status: str | None = None
    tierings: list[Tiering] | None = None


class GetBucketIntelligentTieringConfigurationOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketIntelligentTieringConfigurationOutput."""

    intelligent_tiering_configuration: IntelligentTieringConfiguration | None = None


class GetBucketInventoryConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketInventoryConfigurationRequest."""

    bucket: str | None = None
    id: str | None = None
    expected_bucket_owner: str | None = None


class SSES3(msgspec.Struct, kw_only=True):
    """S3's SSES3."""


class SSEKMS(msgspec.Struct, kw_only=True):
    """S3's SSEKMS."""

    key_id: str | None = None


class InventoryEncryption(msgspec.Struct, kw_only=True):
    """S3's InventoryEncryption."""

    sses3: SSES3 | None = None
    ssekms: SSEKMS | None = None


class InventoryS3BucketDestination(msgspec.Struct, kw_only=True):
    """S3's InventoryS3BucketDestination."""

    account_id: str | None = None
    bucket: str | None = None
    format: str | None = None
    prefix: str | None = None
    encryption: InventoryEncryption | None = None


class InventoryDestination(msgspec.Struct, kw_only=True):
    """S3's InventoryDestination."""

    s3_bucket_destination: InventoryS3BucketDestination | None = None


class InventoryFilter(msgspec.Struct, kw_only=True):
    """S3's InventoryFilter."""

    prefix: str | None = None


class InventorySchedule(msgspec.Struct, kw_only=True):
    """S3's InventorySchedule."""

    frequency: str | None = None


class InventoryConfiguration(msgspec.Struct, kw_only=True):
    """S3's InventoryConfiguration."""

    destination: InventoryDestination | None = None
    is_enabled: bool | None = None
    filter: InventoryFilter | None = None
    id: str | None = None
    included_object_versions: str | None = None
    optional_fields: list[str] | None = None
    schedule: InventorySchedule | None = None


class GetBucketInventoryConfigurationOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketInventoryConfigurationOutput."""

    inventory_configuration: InventoryConfiguration | None = None


class GetBucketLifecycleConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketLifecycleConfigurationRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class LifecycleExpiration(msgspec.Struct, kw_only=True):
    """S3's LifecycleExpiration."""

    date: int | None = None
    days: int | None = None
    expired_object_delete_marker: bool | None = None


class LifecycleRuleAndOperator(msgspec.Struct, kw_only=True):
    """S3's LifecycleRuleAndOperator."""

    prefix: str | None = None
    tags: list[Tag] | None = None
    object_size_greater_than: int | None = None
    object_size_less_than: int | None = None


class LifecycleRuleFilter(msgspec.Struct, kw_only=True):
    """S3's LifecycleRuleFilter."""

    prefix: str | None = None
    tag: Tag | None = None
    object_size_greater_than: int | None = None
    object_size_less_than: int | None = None
    and_: LifecycleRuleAndOperator | None = None


class Transition(msgspec.Struct, kw_only=True):
    """S3's Transition."""

    date: int | None = None
    days: int | None = None
    storage_class: str | None = None


class NoncurrentVersionTransition(msgspec.Struct, kw_only=True):
    """S3's NoncurrentVersionTransition."""

    noncurrent_days: int | None = None
    storage_class: str | None = None
    newer_noncurrent_versions: int | None = None


class NoncurrentVersionExpiration(msgspec.Struct, kw_only=True):
    """S3's NoncurrentVersionExpiration."""

    noncurrent_days: int | None = None
    newer_noncurrent_versions: int | None = None


class AbortIncompleteMultipartUpload(msgspec.Struct, kw_only=True):
    """S3's AbortIncompleteMultipartUpload."""

    days_after_initiation: int | None = None


class LifecycleRule(msgspec.Struct, kw_only=True):
    """S3's LifecycleRule."""

    expiration: LifecycleExpiration | None = None
    id: str | None = None
    prefix: str | None = None
    filter: LifecycleRuleFilter | None = None
    status: str | None = None
    transitions: list[Transition] | None = None
    noncurrent_version_transitions: list[NoncurrentVersionTransition] | None = None
    noncurrent_version_expiration: NoncurrentVersionExpiration | None = None
    abort_incomplete_multipart_upload: AbortIncompleteMultipartUpload | None = None


class GetBucketLifecycleConfigurationOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketLifecycleConfigurationOutput."""

    rules: list[LifecycleRule] | None = None
    transition_default_minimum_object_size: str | None = None


class GetBucketLocationRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketLocationRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class GetBucketLocationOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketLocationOutput."""

    location_constraint: str | None = None


class GetBucketLoggingRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketLoggingRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class TargetGrant(msgspec.Struct, kw_only=True):
    """S3's TargetGrant."""

    grantee: Grantee | None = None
    permission: str | None = None


class SimplePrefix(msgspec.Struct, kw_only=True):
    """S3's SimplePrefix."""


class PartitionedPrefix(msgspec.Struct, kw_only=True):
    """S3's PartitionedPrefix."""

    partition_date_source: str | None = None


class TargetObjectKeyFormat(msgspec.Struct, kw_only=True):
    """S3's TargetObjectKeyFormat."""

    simple_prefix: SimplePrefix | None = None
    partitioned_prefix: PartitionedPrefix | None = None


class LoggingEnabled(msgspec.Struct, kw_only=True):
    """S3's LoggingEnabled."""

    target_bucket: str | None = None
    target_grants: list[TargetGrant] | None = None
    target_prefix: str | None = None
    target_object_key_format: TargetObjectKeyFormat | None = None


class GetBucketLoggingOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketLoggingOutput."""

    logging_enabled: LoggingEnabled | None = None


class GetBucketMetricsConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketMetricsConfigurationRequest."""

    bucket: str | None = None
    id: str | None = None
    expected_bucket_owner: str | None = None


class MetricsAndOperator(msgspec.Struct, kw_only=True):
    """S3's MetricsAndOperator."""

    prefix: str | None = None
    tags: list[Tag] | None = None
    access_point_arn: str | None = None


class MetricsFilter(msgspec.Struct, kw_only=True):
    """S3's MetricsFilter."""

    prefix: str | None = None
    tag: Tag | None = None
    access_point_arn: str | None = None
    and_: MetricsAndOperator | None = None


class MetricsConfiguration(msgspec.Struct, kw_only=True):
    """S3's MetricsConfiguration."""

    id: str | None = None
    filter: MetricsFilter | None = None


class GetBucketMetricsConfigurationOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketMetricsConfigurationOutput."""

    metrics_configuration: MetricsConfiguration | None = None


class GetBucketNotificationConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketNotificationConfigurationRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class FilterRule(msgspec.Struct, kw_only=True):
    """S3's FilterRule."""

    name: str | None = None
    value: str | None = None


class S3KeyFilter(msgspec.Struct, kw_only=True):
    """S3's S3KeyFilter."""

    filter_rules: list[FilterRule] | None = None


class NotificationConfigurationFilter(msgspec.Struct, kw_only=True):
    """S3's NotificationConfigurationFilter."""

    key: S3KeyFilter | None = None


class TopicConfiguration(msgspec.Struct, kw_only=True):
    """S3's TopicConfiguration."""

    id: str | None = None
    topic_arn: str | None = None
    events: list[str] | None = None
    filter: NotificationConfigurationFilter | None = None


class QueueConfiguration(msgspec.Struct, kw_only=True):
    """S3's QueueConfiguration."""

    id: str | None = None
    queue_arn: str | None = None
    events: list[str] | None = None
    filter: NotificationConfigurationFilter | None = None


class LambdaFunctionConfiguration(msgspec.Struct, kw_only=True):
    """S3's LambdaFunctionConfiguration."""

    id: str | None = None
    lambda_function_arn: str | None = None
    events: list[str] | None = None
    filter: NotificationConfigurationFilter | None = None


class EventBridgeConfiguration(msgspec.Struct, kw_only=True):
    """S3's EventBridgeConfiguration."""


class NotificationConfiguration(msgspec.Struct, kw_only=True):
    """S3's NotificationConfiguration."""

    topic_configurations: list[TopicConfiguration] | None = None
    queue_configurations: list[QueueConfiguration] | None = None
    lambda_function_configurations: list[LambdaFunctionConfiguration] | None = None
    event_bridge_configuration: EventBridgeConfiguration | None = None


class GetBucketOwnershipControlsRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketOwnershipControlsRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class OwnershipControlsRule(msgspec.Struct, kw_only=True):
    """S3's OwnershipControlsRule."""

    object_ownership: str | None = None


class OwnershipControls(msgspec.Struct, kw_only=True):
    """S3's OwnershipControls."""

    rules: list[OwnershipControlsRule] | None = None


class GetBucketOwnershipControlsOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketOwnershipControlsOutput."""

    ownership_controls: OwnershipControls | None = None


class GetBucketPolicyRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketPolicyRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class GetBucketPolicyOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketPolicyOutput."""

    policy: str | None = None


class GetBucketPolicyStatusRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketPolicyStatusRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class PolicyStatus(msgspec.Struct, kw_only=True):
    """S3's PolicyStatus."""

    is_public: bool | None = None


class GetBucketPolicyStatusOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketPolicyStatusOutput."""

    policy_status: PolicyStatus | None = None


class GetBucketReplicationRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketReplicationRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class ReplicationRuleAndOperator(msgspec.Struct, kw_only=True):
    """S3's ReplicationRuleAndOperator."""

    prefix: str | None = None
    tags: list[Tag] | None = None


class ReplicationRuleFilter(msgspec.Struct, kw_only=True):
    """S3's ReplicationRuleFilter."""

    prefix: str | None = None
    tag: Tag | None = None
    and_: ReplicationRuleAndOperator | None = None


class SseKmsEncryptedObjects(msgspec.Struct, kw_only=True):
    """S3's SseKmsEncryptedObjects."""

    status: str | None = None


class ReplicaModifications(msgspec.Struct, kw_only=True):
    """S3's ReplicaModifications."""

    status: str | None = None


class SourceSelectionCriteria(msgspec.Struct, kw_only=True):
    """S3's SourceSelectionCriteria."""

    sse_kms_encrypted_objects: SseKmsEncryptedObjects | None = None
    replica_modifications: ReplicaModifications | None = None


class ExistingObjectReplication(msgspec.Struct, kw_only=True):
    """S3's ExistingObjectReplication."""

    status: str | None = None


class AccessControlTranslation(msgspec.Struct, kw_only=True):
    """S3's AccessControlTranslation."""

    owner: str | None = None


class EncryptionConfiguration(msgspec.Struct, kw_only=True):
    """S3's EncryptionConfiguration."""

    replica_kms_key_id: str | None = None


class ReplicationTimeValue(msgspec.Struct, kw_only=True):
    """S3's ReplicationTimeValue."""

    minutes: int | None = None


class ReplicationTime(msgspec.Struct, kw_only=True):
    """S3's ReplicationTime."""

    status: str | None = None
    time: ReplicationTimeValue | None = None


class Metrics(msgspec.Struct, kw_only=True):
    """S3's Metrics."""

    status: str | None = None
    event_threshold: ReplicationTimeValue | None = None


class Destination(msgspec.Struct, kw_only=True):
    """S3's Destination."""

    bucket: str | None = None
    account: str | None = None
    storage_class: str | None = None
    access_control_translation: AccessControlTranslation | None = None
    encryption_configuration: EncryptionConfiguration | None = None
    replication_time: ReplicationTime | None = None
    metrics: Metrics | None = None


class DeleteMarkerReplication(msgspec.Struct, kw_only=True):
    """S3's DeleteMarkerReplication."""

    status: str | None = None


class ReplicationRule(msgspec.Struct, kw_only=True):
    """S3's ReplicationRule."""

    id: str | None = None
    priority: int | None = None
    prefix: str | None = None
    filter: ReplicationRuleFilter | None = None
    status: str | None = None
    source_selection_criteria: SourceSelectionCriteria | None = None
    existing_object_replication: ExistingObjectReplication | None = None
    destination: Destination | None = None
    delete_marker_replication: DeleteMarkerReplication | None = None


class ReplicationConfiguration(msgspec.Struct, kw_only=True):
    """S3's ReplicationConfiguration."""

    role: str | None = None
    rules: list[ReplicationRule] | None = None


class GetBucketReplicationOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketReplicationOutput."""

    replication_configuration: ReplicationConfiguration | None = None


class GetBucketRequestPaymentRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketRequestPaymentRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class GetBucketRequestPaymentOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketRequestPaymentOutput."""

    payer: str | None = None


class GetBucketTaggingRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketTaggingRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class GetBucketTaggingOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketTaggingOutput."""

    tag_set: list[Tag] | None = None


class GetBucketVersioningRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketVersioningRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class GetBucketVersioningOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketVersioningOutput."""

    status: str | None = None
    mfa_delete: str | None = None


class GetBucketWebsiteRequest(msgspec.Struct, kw_only=True):
    """S3's GetBucketWebsiteRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class RedirectAllRequestsTo(msgspec.Struct, kw_only=True):
    """S3's RedirectAllRequestsTo."""

    host_name: str | None = None
    protocol: str | None = None


class IndexDocument(msgspec.Struct, kw_only=True):
    """S3's IndexDocument."""

    suffix: str | None = None


class ErrorDocument(msgspec.Struct, kw_only=True):
    """S3's ErrorDocument."""

    key: str | None = None


class Condition(msgspec.Struct, kw_only=True):
    """S3's Condition."""

    http_error_code_returned_equals: str | None = None
    key_prefix_equals: str | None = None


class Redirect(msgspec.Struct, kw_only=True):
    """S3's Redirect."""

    host_name: str | None = None
    http_redirect_code: str | None = None
    protocol: str | None = None
    replace_key_prefix_with: str | None = None
    replace_key_with: str | None = None


class RoutingRule(msgspec.Struct, kw_only=True):
    """S3's RoutingRule."""

    condition: Condition | None = None
    redirect: Redirect | None = None


class GetBucketWebsiteOutput(msgspec.Struct, kw_only=True):
    """S3's GetBucketWebsiteOutput."""

    redirect_all_requests_to: RedirectAllRequestsTo | None = None
    index_document: IndexDocument | None = None
    error_document: ErrorDocument | None = None
    routing_rules: list[RoutingRule] | None = None


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


class GetObjectAclRequest(msgspec.Struct, kw_only=True):
    """S3's GetObjectAclRequest."""

    bucket: str | None = None
    key: str | None = None
    version_id: str | None = None
    request_payer: str | None = None
    expected_bucket_owner: str | None = None


class GetObjectAclOutput(msgspec.Struct, kw_only=True):
    """S3's GetObjectAclOutput."""

    owner: Owner | None = None
    grants: list[Grant] | None = None
    request_charged: str | None = None


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


class GetObjectLegalHoldRequest(msgspec.Struct, kw_only=True):
    """S3's GetObjectLegalHoldRequest."""

    bucket: str | None = None
    key: str | None = None
    version_id: str | None = None
    request_payer: str | None = None
    expected_bucket_owner: str | None = None


class ObjectLockLegalHold(msgspec.Struct, kw_only=True):
    """S3's ObjectLockLegalHold."""

    status: str | None = None


class GetObjectLegalHoldOutput(msgspec.Struct, kw_only=True):
    """S3's GetObjectLegalHoldOutput."""

    legal_hold: ObjectLockLegalHold | None = None


class GetObjectLockConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's GetObjectLockConfigurationRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class EventHoldDuration(msgspec.Struct, kw_only=True):
    """S3's EventHoldDuration."""

    days: int | None = None
    years: int | None = None


class DefaultRetention(msgspec.Struct, kw_only=True):
    """S3's DefaultRetention."""

    mode: str | None = None
    days: int | None = None
    years: int | None = None
    default_event_hold: EventHoldDuration | None = None


class ObjectLockRule(msgspec.Struct, kw_only=True):
    """S3's ObjectLockRule."""

    default_retention: DefaultRetention | None = None


class ObjectLockConfiguration(msgspec.Struct, kw_only=True):
    """S3's ObjectLockConfiguration."""

    object_lock_enabled: str | None = None
    rule: ObjectLockRule | None = None


class GetObjectLockConfigurationOutput(msgspec.Struct, kw_only=True):
    """S3's GetObjectLockConfigurationOutput."""

    object_lock_configuration: ObjectLockConfiguration | None = None


class GetObjectRetentionRequest(msgspec.Struct, kw_only=True):
    """S3's GetObjectRetentionRequest."""

    bucket: str | None = None
    key: str | None = None
    version_id: str | None = None
    request_payer: str | None = None
    expected_bucket_owner: str | None = None


class ObjectLockRetention(msgspec.Struct, kw_only=True):
    """S3's ObjectLockRetention."""

    mode: str | None = None
    retain_until_date: int | None = None
    event_hold: str | None = None
    event_hold_duration: EventHoldDuration | None = None


class GetObjectRetentionOutput(msgspec.Struct, kw_only=True):
    """S3's GetObjectRetentionOutput."""

    retention: ObjectLockRetention | None = None


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


class GetPublicAccessBlockRequest(msgspec.Struct, kw_only=True):
    """S3's GetPublicAccessBlockRequest."""

    bucket: str | None = None
    expected_bucket_owner: str | None = None


class PublicAccessBlockConfiguration(msgspec.Struct, kw_only=True):
    """S3's PublicAccessBlockConfiguration."""

    block_public_acls: bool | None = None
    ignore_public_acls: bool | None = None
    block_public_policy: bool | None = None
    restrict_public_buckets: bool | None = None


class GetPublicAccessBlockOutput(msgspec.Struct, kw_only=True):
    """S3's GetPublicAccessBlockOutput."""

    public_access_block_configuration: PublicAccessBlockConfiguration | None = None


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


class ListBucketAnalyticsConfigurationsRequest(msgspec.Struct, kw_only=True):
    """S3's ListBucketAnalyticsConfigurationsRequest."""

    bucket: str | None = None
    continuation_token: str | None = None
    expected_bucket_owner: str | None = None


class ListBucketAnalyticsConfigurationsOutput(msgspec.Struct, kw_only=True):
    """S3's ListBucketAnalyticsConfigurationsOutput."""

    is_truncated: bool | None = None
    continuation_token: str | None = None
    next_continuation_token: str | None = None
    analytics_configuration_list: list[AnalyticsConfiguration] | None = None


class ListBucketIntelligentTieringConfigurationsRequest(msgspec.Struct, kw_only=True):
    """S3's ListBucketIntelligentTieringConfigurationsRequest."""

    bucket: str | None = None
    continuation_token: str | None = None
    expected_bucket_owner: str | None = None


class ListBucketIntelligentTieringConfigurationsOutput(msgspec.Struct, kw_only=True):
    """S3's ListBucketIntelligentTieringConfigurationsOutput."""

    is_truncated: bool | None = None
    continuation_token: str | None = None
    next_continuation_token: str | None = None
    intelligent_tiering_configuration_list: list[IntelligentTieringConfiguration] | None = None


class ListBucketInventoryConfigurationsRequest(msgspec.Struct, kw_only=True):
    """S3's ListBucketInventoryConfigurationsRequest."""

    bucket: str | None = None
    continuation_token: str | None = None
    expected_bucket_owner: str | None = None


class ListBucketInventoryConfigurationsOutput(msgspec.Struct, kw_only=True):
    """S3's ListBucketInventoryConfigurationsOutput."""

    continuation_token: str | None = None
    inventory_configuration_list: list[InventoryConfiguration] | None = None
    is_truncated: bool | None = None
    next_continuation_token: str | None = None


class ListBucketMetricsConfigurationsRequest(msgspec.Struct, kw_only=True):
    """S3's ListBucketMetricsConfigurationsRequest."""

    bucket: str | None = None
    continuation_token: str | None = None
    expected_bucket_owner: str | None = None


class ListBucketMetricsConfigurationsOutput(msgspec.Struct, kw_only=True):
    """S3's ListBucketMetricsConfigurationsOutput."""

    is_truncated: bool | None = None
    continuation_token: str | None = None
    next_continuation_token: str | None = None
    metrics_configuration_list: list[MetricsConfiguration] | None = None


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


class ListObjectVersionsRequest(msgspec.Struct, kw_only=True):
    """S3's ListObjectVersionsRequest."""

    bucket: str | None = None
    delimiter: str | None = None
    encoding_type: str | None = None
    key_marker: str | None = None
    max_keys: int | None = None
    prefix: str | None = None
    version_id_marker: str | None = None
    expected_bucket_owner: str | None = None
    request_payer: str | None = None
    optional_object_attributes: list[str] | None = None


class RestoreStatus(msgspec.Struct, kw_only=True):
    """S3's RestoreStatus."""

    is_restore_in_progress: bool | None = None
    restore_expiry_date: int | None = None


class ObjectVersion(msgspec.Struct, kw_only=True):
    """S3's ObjectVersion."""

    etag: str | None = None
    checksum_algorithm: list[str] | None = None
    checksum_type: str | None = None
    size: int | None = None
    storage_class: str | None = None
    key: str | None = None
    version_id: str | None = None
    is_latest: bool | None = None
    last_modified: int | None = None
    owner: Owner | None = None
    restore_status: RestoreStatus | None = None


class DeleteMarkerEntry(msgspec.Struct, kw_only=True):
    """S3's DeleteMarkerEntry."""

    owner: Owner | None = None
    key: str | None = None
    version_id: str | None = None
    is_latest: bool | None = None
    last_modified: int | None = None


class ListObjectVersionsOutput(msgspec.Struct, kw_only=True):
    """S3's ListObjectVersionsOutput."""

    is_truncated: bool | None = None
    key_marker: str | None = None
    version_id_marker: str | None = None
    next_key_marker: str | None = None
    next_version_id_marker: str | None = None
    versions: list[ObjectVersion] | None = None
    delete_markers: list[DeleteMarkerEntry] | None = None
    name: str | None = None
    prefix: str | None = None
    delimiter: str | None = None
    max_keys: int | None = None
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


class AccelerateConfiguration(msgspec.Struct, kw_only=True):
    """S3's AccelerateConfiguration."""

    status: str | None = None


class PutBucketAccelerateConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketAccelerateConfigurationRequest."""

    bucket: str | None = None
    accelerate_configuration: AccelerateConfiguration | None = None
    expected_bucket_owner: str | None = None
    checksum_algorithm: str | None = None


class AccessControlPolicy(msgspec.Struct, kw_only=True):
    """S3's AccessControlPolicy."""

    grants: list[Grant] | None = None
    owner: Owner | None = None


class PutBucketAclRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketAclRequest."""

    acl: str | None = None
    access_control_policy: AccessControlPolicy | None = None
    bucket: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    grant_full_control: str | None = None
    grant_read: str | None = None
    grant_read_acp: str | None = None
    grant_write: str | None = None
    grant_write_acp: str | None = None
    expected_bucket_owner: str | None = None


class PutBucketAnalyticsConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketAnalyticsConfigurationRequest."""

    bucket: str | None = None
    id: str | None = None
    analytics_configuration: AnalyticsConfiguration | None = None
    expected_bucket_owner: str | None = None


class CORSConfiguration(msgspec.Struct, kw_only=True):
    """S3's CORSConfiguration."""

    cors_rules: list[CORSRule] | None = None


class PutBucketCorsRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketCorsRequest."""

    bucket: str | None = None
    cors_configuration: CORSConfiguration | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    expected_bucket_owner: str | None = None


class PutBucketEncryptionRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketEncryptionRequest."""

    bucket: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    server_side_encryption_configuration: ServerSideEncryptionConfiguration | None = None
    expected_bucket_owner: str | None = None


class PutBucketIntelligentTieringConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketIntelligentTieringConfigurationRequest."""

    bucket: str | None = None
    id: str | None = None
    expected_bucket_owner: str | None = None
    intelligent_tiering_configuration: IntelligentTieringConfiguration | None = None


class PutBucketInventoryConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketInventoryConfigurationRequest."""

    bucket: str | None = None
    id: str | None = None
    inventory_configuration: InventoryConfiguration | None = None
    expected_bucket_owner: str | None = None


class BucketLifecycleConfiguration(msgspec.Struct, kw_only=True):
    """S3's BucketLifecycleConfiguration."""

    rules: list[LifecycleRule] | None = None


class PutBucketLifecycleConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketLifecycleConfigurationRequest."""

    bucket: str | None = None
    checksum_algorithm: str | None = None
    lifecycle_configuration: BucketLifecycleConfiguration | None = None
    expected_bucket_owner: str | None = None
    transition_default_minimum_object_size: str | None = None


class PutBucketLifecycleConfigurationOutput(msgspec.Struct, kw_only=True):
    """S3's PutBucketLifecycleConfigurationOutput."""

    transition_default_minimum_object_size: str | None = None


class BucketLoggingStatus(msgspec.Struct, kw_only=True):
    """S3's BucketLoggingStatus."""

    logging_enabled: LoggingEnabled | None = None


class PutBucketLoggingRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketLoggingRequest."""

    bucket: str | None = None
    bucket_logging_status: BucketLoggingStatus | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    expected_bucket_owner: str | None = None


class PutBucketMetricsConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketMetricsConfigurationRequest."""

    bucket: str | None = None
    id: str | None = None
    metrics_configuration: MetricsConfiguration | None = None
    expected_bucket_owner: str | None = None


class PutBucketNotificationConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketNotificationConfigurationRequest."""

    bucket: str | None = None
    notification_configuration: NotificationConfiguration | None = None
    expected_bucket_owner: str | None = None
    skip_destination_validation: bool | None = None


class PutBucketOwnershipControlsRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketOwnershipControlsRequest."""

    bucket: str | None = None
    content_md5: str | None = None
    expected_bucket_owner: str | None = None
    ownership_controls: OwnershipControls | None = None
    checksum_algorithm: str | None = None


class PutBucketPolicyRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketPolicyRequest."""

    bucket: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    confirm_remove_self_bucket_access: bool | None = None
    policy: str | None = None
    expected_bucket_owner: str | None = None


class PutBucketReplicationRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketReplicationRequest."""

    bucket: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    replication_configuration: ReplicationConfiguration | None = None
    token: str | None = None
    expected_bucket_owner: str | None = None


class RequestPaymentConfiguration(msgspec.Struct, kw_only=True):
    """S3's RequestPaymentConfiguration."""

    payer: str | None = None


class PutBucketRequestPaymentRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketRequestPaymentRequest."""

    bucket: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    request_payment_configuration: RequestPaymentConfiguration | None = None
    expected_bucket_owner: str | None = None


class Tagging(msgspec.Struct, kw_only=True):
    """S3's Tagging."""

    tag_set: list[Tag] | None = None


class PutBucketTaggingRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketTaggingRequest."""

    bucket: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    tagging: Tagging | None = None
    expected_bucket_owner: str | None = None


class VersioningConfiguration(msgspec.Struct, kw_only=True):
    """S3's VersioningConfiguration."""

    mfa_delete: str | None = None
    status: str | None = None


class PutBucketVersioningRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketVersioningRequest."""

    bucket: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    mfa: str | None = None
    versioning_configuration: VersioningConfiguration | None = None
    expected_bucket_owner: str | None = None


class WebsiteConfiguration(msgspec.Struct, kw_only=True):
    """S3's WebsiteConfiguration."""

    error_document: ErrorDocument | None = None
    index_document: IndexDocument | None = None
    redirect_all_requests_to: RedirectAllRequestsTo | None = None
    routing_rules: list[RoutingRule] | None = None


class PutBucketWebsiteRequest(msgspec.Struct, kw_only=True):
    """S3's PutBucketWebsiteRequest."""

    bucket: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    website_configuration: WebsiteConfiguration | None = None
    expected_bucket_owner: str | None = None


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


class PutObjectAclRequest(msgspec.Struct, kw_only=True):
    """S3's PutObjectAclRequest."""

    acl: str | None = None
    access_control_policy: AccessControlPolicy | None = None
    bucket: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    grant_full_control: str | None = None
    grant_read: str | None = None
    grant_read_acp: str | None = None
    grant_write: str | None = None
    grant_write_acp: str | None = None
    key: str | None = None
    request_payer: str | None = None
    version_id: str | None = None
    expected_bucket_owner: str | None = None


class PutObjectAclOutput(msgspec.Struct, kw_only=True):
    """S3's PutObjectAclOutput."""

    request_charged: str | None = None


class PutObjectLegalHoldRequest(msgspec.Struct, kw_only=True):
    """S3's PutObjectLegalHoldRequest."""

    bucket: str | None = None
    key: str | None = None
    legal_hold: ObjectLockLegalHold | None = None
    request_payer: str | None = None
    version_id: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    expected_bucket_owner: str | None = None


class PutObjectLegalHoldOutput(msgspec.Struct, kw_only=True):
    """S3's PutObjectLegalHoldOutput."""

    request_charged: str | None = None


class PutObjectLockConfigurationRequest(msgspec.Struct, kw_only=True):
    """S3's PutObjectLockConfigurationRequest."""

    bucket: str | None = None
    object_lock_configuration: ObjectLockConfiguration | None = None
    request_payer: str | None = None
    token: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    expected_bucket_owner: str | None = None


class PutObjectLockConfigurationOutput(msgspec.Struct, kw_only=True):
    """S3's PutObjectLockConfigurationOutput."""

    request_charged: str | None = None


class PutObjectRetentionRequest(msgspec.Struct, kw_only=True):
    """S3's PutObjectRetentionRequest."""

    bucket: str | None = None
    key: str | None = None
    retention: ObjectLockRetention | None = None
    request_payer: str | None = None
    version_id: str | None = None
    bypass_governance_retention: bool | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    expected_bucket_owner: str | None = None


class PutObjectRetentionOutput(msgspec.Struct, kw_only=True):
    """S3's PutObjectRetentionOutput."""

    request_charged: str | None = None


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


class PutPublicAccessBlockRequest(msgspec.Struct, kw_only=True):
    """S3's PutPublicAccessBlockRequest."""

    bucket: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None
    public_access_block_configuration: PublicAccessBlockConfiguration | None = None
    expected_bucket_owner: str | None = None


class GlacierJobParameters(msgspec.Struct, kw_only=True):
    """S3's GlacierJobParameters."""

    tier: str | None = None


class CSVInput(msgspec.Struct, kw_only=True):
    """S3's CSVInput."""

    file_header_info: str | None = None
    comments: str | None = None
    quote_escape_character: str | None = None
    record_delimiter: str | None = None
    field_delimiter: str | None = None
    quote_character: str | None = None
    allow_quoted_record_delimiter: bool | None = None


class JSONInput(msgspec.Struct, kw_only=True):
    """S3's JSONInput."""

    type: str | None = None


class ParquetInput(msgspec.Struct, kw_only=True):
    """S3's ParquetInput."""


class InputSerialization(msgspec.Struct, kw_only=True):
    """S3's InputSerialization."""

    csv: CSVInput | None = None
    compression_type: str | None = None
    json: JSONInput | None = None
    parquet: ParquetInput | None = None


class CSVOutput(msgspec.Struct, kw_only=True):
    """S3's CSVOutput."""

    quote_fields: str | None = None
    quote_escape_character: str | None = None
    record_delimiter: str | None = None
    field_delimiter: str | None = None
    quote_character: str | None = None


class JSONOutput(msgspec.Struct, kw_only=True):
    """S3's JSONOutput."""

    record_delimiter: str | None = None


class OutputSerialization(msgspec.Struct, kw_only=True):
    """S3's OutputSerialization."""

    csv: CSVOutput | None = None
    json: JSONOutput | None = None


class SelectParameters(msgspec.Struct, kw_only=True):
    """S3's SelectParameters."""

    input_serialization: InputSerialization | None = None
    expression_type: str | None = None
    expression: str | None = None
    output_serialization: OutputSerialization | None = None


class Encryption(msgspec.Struct, kw_only=True):
    """S3's Encryption."""

    encryption_type: str | None = None
    kms_key_id: str | None = None
    kms_context: str | None = None


class MetadataEntry(msgspec.Struct, kw_only=True):
    """S3's MetadataEntry."""

    name: str | None = None
    value: str | None = None


class S3Location(msgspec.Struct, kw_only=True):
    """S3's S3Location."""

    bucket_name: str | None = None
    prefix: str | None = None
    encryption: Encryption | None = None
    canned_acl: str | None = None
    access_control_list: list[Grant] | None = None
    tagging: Tagging | None = None
    user_metadata: list[MetadataEntry] | None = None
    storage_class: str | None = None


class OutputLocation(msgspec.Struct, kw_only=True):
    """S3's OutputLocation."""

    s3: S3Location | None = None


class RestoreRequest(msgspec.Struct, kw_only=True):
    """S3's RestoreRequest."""

    days: int | None = None
    glacier_job_parameters: GlacierJobParameters | None = None
    type: str | None = None
    tier: str | None = None
    description: str | None = None
    select_parameters: SelectParameters | None = None
    output_location: OutputLocation | None = None


class RestoreObjectRequest(msgspec.Struct, kw_only=True):
    """S3's RestoreObjectRequest."""

    bucket: str | None = None
    key: str | None = None
    version_id: str | None = None
    restore_request: RestoreRequest | None = None
    request_payer: str | None = None
    checksum_algorithm: str | None = None
    expected_bucket_owner: str | None = None


class RestoreObjectOutput(msgspec.Struct, kw_only=True):
    """S3's RestoreObjectOutput."""

    request_charged: str | None = None
    restore_output_path: str | None = None


class SSEKMSEncryption(msgspec.Struct, kw_only=True):
    """S3's SSEKMSEncryption."""

    kms_key_arn: str | None = None
    bucket_key_enabled: bool | None = None


class ObjectEncryption(msgspec.Struct, kw_only=True):
    """S3's ObjectEncryption."""

    ssekms: SSEKMSEncryption | None = None


class UpdateObjectEncryptionRequest(msgspec.Struct, kw_only=True):
    """S3's UpdateObjectEncryptionRequest."""

    bucket: str | None = None
    key: str | None = None
    version_id: str | None = None
    object_encryption: ObjectEncryption | None = None
    request_payer: str | None = None
    expected_bucket_owner: str | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None


class UpdateObjectEncryptionResponse(msgspec.Struct, kw_only=True):
    """S3's UpdateObjectEncryptionResponse."""

    request_charged: str | None = None


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
