"""S3's error codes: status and words, in one table.

Source: API Reference, "Error responses": "List of error codes", "List of
replication-related error codes", "List of tagging-related error codes"; the
words are those S3 answers with, which its list often paraphrases.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class ErrorSpec(NamedTuple):
    """A code's HTTP status and S3's words for it."""

    status: int
    message: str


ERRORS: Final[Mapping[str, ErrorSpec]] = {
    "AccessControlListNotSupported": ErrorSpec(400, "The bucket does not allow ACLs"),
    "AccessDenied": ErrorSpec(403, "Access Denied"),
    "AccessForbidden": ErrorSpec(403, "CORSResponse: CORS is not enabled for this bucket."),
    "AccountProblem": ErrorSpec(
        403,
        "There is a problem with your AWS account that prevents the operation from "
        "completing successfully. Please contact AWS Support for further assistance.",
    ),
    "AllAccessDisabled": ErrorSpec(403, "All access to this object has been disabled"),
    "AmbiguousGrantByEmailAddress": ErrorSpec(
        400,
        "The e-mail address you provided is associated with more than one account.",
    ),
    "AnnotationLimitExceeded": ErrorSpec(
        400, "The request would exceed the maximum number of annotations allowed per object."
    ),
    "AnnotationNameTooLong": ErrorSpec(400, "The annotation name exceeds 512 bytes."),
    "AuthorizationHeaderMalformed": ErrorSpec(
        400,
        "The authorization header you provided is invalid.",
    ),
    "AuthorizationQueryParametersError": ErrorSpec(
        400,
        "The authorization query parameters that you provided are not valid.",
    ),
    "BadDigest": ErrorSpec(400, "The Content-MD5 you specified did not match what we received."),
    "BadRequest": ErrorSpec(400, "Bad Request"),
    "BucketAlreadyExists": ErrorSpec(
        409,
        "The requested bucket name is not available. The bucket namespace is shared by all "
        "users of the system. Please select a different name and try again.",
    ),
    "BucketAlreadyOwnedByYou": ErrorSpec(
        409,
        "Your previous request to create the named bucket succeeded and you already own it.",
    ),
    "BucketHasAccessPointsAttached": ErrorSpec(
        400,
        "The bucket you tried to delete has access points attached.",
    ),
    "BucketNotEmpty": ErrorSpec(409, "The bucket you tried to delete is not empty"),
    "ConditionalRequestConflict": ErrorSpec(
        409,
        "The conditional request cannot succeed due to a conflicting operation against this "
        "resource.",
    ),
    "CredentialsNotSupported": ErrorSpec(400, "This request does not support credentials."),
    "CrossLocationLoggingProhibited": ErrorSpec(403, "Cross S3 location logging not allowed."),
    "EncryptionTypeMismatch": ErrorSpec(
        400, "The existing object was created with a different encryption type."
    ),
    "EntityTooLarge": ErrorSpec(400, "Your proposed upload exceeds the maximum allowed size"),
    "EntityTooSmall": ErrorSpec(
        400,
        "Your proposed upload is smaller than the minimum allowed size",
    ),
    "ExpiredToken": ErrorSpec(400, "The provided token has expired."),
    "IdempotencyException": ErrorSpec(400, "Idempotency token already used."),
    "IdempotencyParameterMismatch": ErrorSpec(
        400,
        "Parameters on this idempotent request are inconsistent with parameters used in "
        "previous request(s).",
    ),
    # No code of S3's list: RFC 9110, section 15.6.6.
    "HTTPVersionNotSupported": ErrorSpec(505, "The server speaks HTTP/1.1 and HTTP/1.0."),
    "IdMismatch": ErrorSpec(400, "Document ID does not match the specified configuration ID."),
    "IllegalLocationConstraintException": ErrorSpec(
        400,
        "The unspecified location constraint is incompatible for the region specific "
        "endpoint this request was sent to.",
    ),
    "IllegalVersioningConfigurationException": ErrorSpec(
        400,
        "The Versioning element must be specified",
    ),
    "IncompleteBody": ErrorSpec(
        400,
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    ),
    "IncorrectNumberOfFilesInPostRequest": ErrorSpec(
        400,
        "POST requires exactly one file upload per request.",
    ),
    "InlineDataTooLarge": ErrorSpec(400, "Inline data exceeds the maximum allowed size"),
    "InternalError": ErrorSpec(500, "We encountered an internal error. Please try again."),
    "InvalidAccessKeyId": ErrorSpec(
        403,
        "The AWS Access Key Id you provided does not exist in our records.",
    ),
    "InvalidAddressingHeader": ErrorSpec(400, "You must specify the Anonymous role."),
    "InvalidAnnotationName": ErrorSpec(400, "The annotation name you provided is invalid."),
    "InvalidArgument": ErrorSpec(400, "Invalid Argument"),
    "InvalidBucketAclWithBlockPublicAccessError": ErrorSpec(
        400, "Bucket cannot have public ACLs set with BlockPublicAccess enabled"
    ),
    "InvalidBucketAclWithObjectOwnership": ErrorSpec(
        400,
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    ),
    "InvalidBucketName": ErrorSpec(400, "The specified bucket is not valid."),
    "InvalidBucketOwnerAWSAccountID": ErrorSpec(
        400, "The value of the expected bucket owner parameter must be an AWS account ID."
    ),
    "InvalidBucketState": ErrorSpec(
        409,
        "The request is not valid with the current state of the bucket.",
    ),
    "InvalidChunkSizeError": ErrorSpec(
        403,
        "Only the last chunk is allowed to have a size less than 8192 bytes",
    ),
    "InvalidConfigurationId": ErrorSpec(400, "The specified configuration ID is not valid."),
    "InvalidDigest": ErrorSpec(400, "The Content-MD5 you specified was invalid."),
    "InvalidEncryptionAlgorithmError": ErrorSpec(
        400,
        "The encryption request you specified is not valid. The valid value is AES256.",
    ),
    "InvalidHostHeader": ErrorSpec(
        400,
        "The host headers provided in the request used the incorrect style addressing.",
    ),
    "InvalidHttpMethod": ErrorSpec(400, "The request was made using an unexpected HTTP method."),
    "InvalidLocationConstraint": ErrorSpec(400, "The specified location-constraint is not valid"),
    "InvalidObjectState": ErrorSpec(
        403,
        "The operation is not valid for the object's storage class",
    ),
    "InvalidPart": ErrorSpec(
        400,
        "One or more of the specified parts could not be found.  The part may not have been "
        "uploaded, or the specified entity tag may not match the part's entity tag.",
    ),
    "InvalidPartNumber": ErrorSpec(416, "The requested partnumber is not satisfiable"),
    "InvalidPartOrder": ErrorSpec(
        400,
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
    ),
    "InvalidPayer": ErrorSpec(403, "All access to this object has been disabled."),
    "InvalidPolicyDocument": ErrorSpec(
        400,
        "The content of the form does not meet the conditions specified in the policy document.",
    ),
    "InvalidPrefix": ErrorSpec(400, "The annotation prefix you provided is invalid."),
    "InvalidRange": ErrorSpec(416, "The requested range is not satisfiable"),
    "InvalidRedirectLocation": ErrorSpec(
        400,
        "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
    ),
    "InvalidRequest": ErrorSpec(400, "Invalid Request"),
    "InvalidS3DestinationBucket": ErrorSpec(400, "Invalid bucket ARN."),
    "InvalidSecurity": ErrorSpec(403, "The provided security credentials are not valid."),
    "InvalidSessionException": ErrorSpec(400, "The session is no longer valid."),
    "InvalidStorageClass": ErrorSpec(400, "The storage class you specified is not valid"),
    "InvalidTag": ErrorSpec(400, "The tag provided was not a valid tag."),
    "InvalidTargetBucketForLogging": ErrorSpec(
        400,
        "The target bucket for logging does not exist, is not owned by you, or does not have "
        "the appropriate grants for the log-delivery group.",
    ),
    "InvalidToken": ErrorSpec(400, "The provided token is malformed or otherwise invalid."),
    "InvalidURI": ErrorSpec(400, "Couldn't parse the specified URI."),
    "InvalidWriteOffset": ErrorSpec(
        400,
        "The write offset value that you specified does not match the current object size.",
    ),
    "KMS.DisabledException": ErrorSpec(
        400,
        "The request was rejected because the specified KMS key is not enabled.",
    ),
    "KMS.InvalidKeyUsageException": ErrorSpec(
        400,
        "The request was rejected because the KMS key cannot be used for this operation.",
    ),
    "KMS.KMSInvalidStateException": ErrorSpec(
        400,
        "The request was rejected because the state of the specified resource is not valid "
        "for this request.",
    ),
    "KMS.NotFoundException": ErrorSpec(
        400,
        "The request was rejected because the specified KMS key could not be found.",
    ),
    "KeyTooLongError": ErrorSpec(400, "Your key is too long"),
    "MalformedACLError": ErrorSpec(
        400,
        "The XML you provided was not well-formed or did not validate against our published schema",
    ),
    "MalformedPOSTRequest": ErrorSpec(
        400,
        "The body of your POST request is not well-formed multipart/form-data.",
    ),
    "MalformedPolicy": ErrorSpec(
        400,
        "Policies must be valid JSON and the first byte must be '{'",
    ),
    "MalformedTrailerError": ErrorSpec(
        400,
        "The request contained trailing data that was not well-formed or did not conform to "
        "our published schema.",
    ),
    "MalformedXML": ErrorSpec(
        400,
        "The XML you provided was not well-formed or did not validate against our published schema",
    ),
    "MaxMessageLengthExceeded": ErrorSpec(400, "Your request was too big."),
    "MaxPostPreDataLengthExceededError": ErrorSpec(
        400,
        "Your POST request fields preceding the upload file was too large.",
    ),
    "MetadataConfigurationNotFound": ErrorSpec(404, "The metadata configuration was not found"),
    "MetadataTooLarge": ErrorSpec(
        400,
        "Your metadata headers exceed the maximum allowed metadata size",
    ),
    "MethodNotAllowed": ErrorSpec(
        405,
        "The specified method is not allowed against this resource.",
    ),
    "MissingAttachment": ErrorSpec(400, "A SOAP attachment was expected, but none were found."),
    "MissingContentLength": ErrorSpec(411, "You must provide the Content-Length HTTP header."),
    "MissingRequestBodyError": ErrorSpec(400, "Request Body is empty"),
    "MissingSecurityElement": ErrorSpec(
        400,
        "The SOAP 1.1 request is missing a security element.",
    ),
    "MissingSecurityHeader": ErrorSpec(400, "Your request is missing a required header."),
    "NoLoggingStatusForKey": ErrorSpec(
        400,
        "There is no such thing as a logging status subresource for a key.",
    ),
    "NoSuchAnnotation": ErrorSpec(404, "The specified annotation does not exist."),
    "NoSuchAsyncRequest": ErrorSpec(404, "The specified request was not found."),
    "NoSuchBucket": ErrorSpec(404, "The specified bucket does not exist"),
    "NoSuchBucketPolicy": ErrorSpec(404, "The bucket policy does not exist"),
    "NoSuchCORSConfiguration": ErrorSpec(404, "The CORS configuration does not exist"),
    "NoSuchConfiguration": ErrorSpec(404, "The specified configuration does not exist."),
    "NoSuchKey": ErrorSpec(404, "The specified key does not exist."),
    "NoSuchLifecycleConfiguration": ErrorSpec(404, "The lifecycle configuration does not exist"),
    "NoSuchObjectLockConfiguration": ErrorSpec(
        404,
        "The specified object does not have a ObjectLock configuration",
    ),
    "NoSuchPublicAccessBlockConfiguration": ErrorSpec(
        404,
        "The public access block configuration was not found",
    ),
    "NoSuchTagSet": ErrorSpec(404, "The TagSet does not exist"),
    "NoSuchUpload": ErrorSpec(
        404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload "
        "may have been aborted or completed.",
    ),
    "NoSuchVersion": ErrorSpec(404, "The specified version does not exist."),
    "NoSuchWebsiteConfiguration": ErrorSpec(
        404,
        "The specified bucket does not have a website configuration",
    ),
    "NotImplemented": ErrorSpec(
        501,
        "A header you provided implies functionality that is not implemented",
    ),
    "NotModified": ErrorSpec(304, "Not Modified"),
    "NotSignedUp": ErrorSpec(403, "Your account is not signed up for the Amazon S3 service."),
    "ObjectAlreadyInActiveTierError": ErrorSpec(
        403,
        "This object is already in the active tier.",
    ),
    "ObjectLockConfigurationNotFoundError": ErrorSpec(
        404,
        "Object Lock configuration does not exist for this bucket",
    ),
    "ObjectNotInActiveTierError": ErrorSpec(
        403,
        "The source object of the COPY operation is not in the active tier and is only "
        "stored in Amazon S3 Glacier.",
    ),
    "OperationAborted": ErrorSpec(
        409,
        "A conflicting conditional operation is currently in progress against this resource. "
        "Please try again.",
    ),
    "OwnershipControlsNotFoundError": ErrorSpec(
        404,
        "The bucket ownership controls were not found",
    ),
    "PermanentRedirect": ErrorSpec(
        301,
        "The bucket you are attempting to access must be addressed using the specified "
        "endpoint. Please send all future requests to this endpoint.",
    ),
    "PreconditionFailed": ErrorSpec(
        412,
        "At least one of the pre-conditions you specified did not hold",
    ),
    "Redirect": ErrorSpec(
        307,
        "Please re-send this request to the specified temporary endpoint. Continue to use "
        "the original request endpoint for future requests.",
    ),
    "ReplicationConfigurationNotFoundError": ErrorSpec(
        404,
        "The replication configuration was not found",
    ),
    "RequestExpired": ErrorSpec(400, "Request has expired."),
    # AWS has no quotas; so Ceph calls it.  See docs/decisions/0009-quotas.md.
    "QuotaExceeded": ErrorSpec(403, "The bucket or its account holds as much as it may."),
    "RequestHeaderSectionTooLarge": ErrorSpec(
        400,
        "Your request header section exceeds the maximum allowed size.",
    ),
    "RequestIsNotMultiPartContent": ErrorSpec(
        400,
        "Bucket POST must be of the enclosure-type multipart/form-data.",
    ),
    "RequestTimeTooSkewed": ErrorSpec(
        403,
        "The difference between the request time and the current time is too large.",
    ),
    "RequestTimeout": ErrorSpec(
        400,
        "Your socket connection to the server was not read from or written to within the "
        "timeout period.",
    ),
    "RequestTorrentOfBucketError": ErrorSpec(
        400,
        "Requesting the torrent file of a bucket is not permitted.",
    ),
    "RestoreAlreadyInProgress": ErrorSpec(409, "Object restore is already in progress"),
    "ServerSideEncryptionConfigurationNotFoundError": ErrorSpec(
        404,
        "The server side encryption configuration was not found",
    ),
    "ServiceUnavailable": ErrorSpec(503, "Service is unable to handle request."),
    "SignatureDoesNotMatch": ErrorSpec(
        403,
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method.",
    ),
    "SlowDown": ErrorSpec(503, "Please reduce your request rate."),
    "TemporaryRedirect": ErrorSpec(
        307,
        "Please re-send this request to the specified temporary endpoint. Continue to use "
        "the original request endpoint for future requests.",
    ),
    "TokenRefreshRequired": ErrorSpec(400, "The provided token must be refreshed."),
    "TooManyBuckets": ErrorSpec(400, "You have attempted to create more buckets than allowed"),
    "TooManyConfigurations": ErrorSpec(
        400,
        "You are attempting to create a new configuration but have already reached the "
        "1,000-configuration limit.",
    ),
    "TooManyMultipartUploads": ErrorSpec(
        400,
        "You have attempted to create more multipart uploads than allowed.",
    ),
    "TooManyParts": ErrorSpec(
        400,
        "You have attempted to add more parts than the maximum of 10000 that are allowed for "
        "this object.",
    ),
    "URITooLong": ErrorSpec(414, "The request URI is too long."),
    "UnexpectedContent": ErrorSpec(400, "This request does not support content."),
    "UnexpectedIPError": ErrorSpec(
        403,
        "This request was rejected because the IP was unexpected.",
    ),
    "UnresolvableGrantByEmailAddress": ErrorSpec(
        400,
        "The e-mail address you provided does not match any account on record.",
    ),
    "UnsupportedArgument": ErrorSpec(400, "The request contained an unsupported argument."),
    "UnsupportedMediaType": ErrorSpec(
        415, "The annotation payload is not valid UTF-8 encoded text."
    ),
    "UnsupportedSignature": ErrorSpec(
        400,
        "The provided request is signed with an unsupported STS Token version or the "
        "signature version is not supported.",
    ),
    "UserKeyMustBeSpecified": ErrorSpec(
        400,
        "The bucket POST must contain the specified field name. If it is specified, please "
        "check the order of the fields.",
    ),
    "XAmzContentSHA256Mismatch": ErrorSpec(
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ),
}
