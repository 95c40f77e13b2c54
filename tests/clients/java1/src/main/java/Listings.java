import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.model.AbortMultipartUploadRequest;
import com.amazonaws.services.s3.model.BucketVersioningConfiguration;
import com.amazonaws.services.s3.model.InitiateMultipartUploadRequest;
import com.amazonaws.services.s3.model.ListMultipartUploadsRequest;
import com.amazonaws.services.s3.model.ListObjectsRequest;
import com.amazonaws.services.s3.model.ListObjectsV2Request;
import com.amazonaws.services.s3.model.ListObjectsV2Result;
import com.amazonaws.services.s3.model.ListPartsRequest;
import com.amazonaws.services.s3.model.ListVersionsRequest;
import com.amazonaws.services.s3.model.MultipartUpload;
import com.amazonaws.services.s3.model.MultipartUploadListing;
import com.amazonaws.services.s3.model.ObjectListing;
import com.amazonaws.services.s3.model.PartListing;
import com.amazonaws.services.s3.model.PartSummary;
import com.amazonaws.services.s3.model.S3ObjectSummary;
import com.amazonaws.services.s3.model.S3VersionSummary;
import com.amazonaws.services.s3.model.SetBucketVersioningConfigurationRequest;
import com.amazonaws.services.s3.model.UploadPartRequest;
import com.amazonaws.services.s3.model.VersionListing;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;

/** Listings: buckets, keys in both ways, versions, uploads and their parts, page by page. */
final class Listings {
  private static final List<String> KEYS =
      List.of("a &<>\"'", "b%20+ b", "c\ttab", "d/1", "d/2", "e/ü/€", "f");
  private static final List<String> PREFIXES = List.of("d/", "e/");

  private final AmazonS3 s3;
  private final String owner;

  Listings(AmazonS3 s3) {
    this.s3 = s3;
    this.owner = s3.getS3AccountOwner().getId();
  }

  void buckets(String bucket) {
    boolean found = false;
    for (var one : s3.listBuckets()) {
      found |= one.getName().equals(bucket);
      Check.that(one.getOwner() != null, "the owner stands before the buckets");
      Check.that(owner.equals(one.getOwner().getId()), "owner");
      Check.that(one.getCreationDate() != null, "creation date");
    }
    Check.that(found, bucket + " is not listed");
    Check.that("US".equals(s3.getBucketLocation(bucket)), "location");
    Check.that(s3.doesBucketExistV2(bucket), "exists");
  }

  void keys(String bucket) {
    KEYS.forEach(key -> s3.putObject(bucket, key, "content of " + key));
    List<S3ObjectSummary> found = new ArrayList<>();
    List<String> prefixes = new ArrayList<>();
    var ask = new ListObjectsRequest().withBucketName(bucket).withDelimiter("/").withMaxKeys(2);
    ObjectListing page = s3.listObjects(ask);
    while (true) {
      found.addAll(page.getObjectSummaries());
      prefixes.addAll(page.getCommonPrefixes());
      Check.that(page.getMaxKeys() == 2 && "/".equals(page.getDelimiter()), "what was asked");
      Check.that(page.getBucketName().equals(bucket), "name");
      if (!page.isTruncated()) {
        break;
      }
      page = s3.listNextBatchOfObjects(page);
    }
    Check.same(List.of(KEYS.get(0), KEYS.get(1), KEYS.get(2), "f"), names(found), "keys");
    Check.same(PREFIXES, prefixes, "prefixes");
    found.forEach(one -> whole(one, bucket));
    pagesOfTheSecondKind(bucket);
  }

  private void pagesOfTheSecondKind(String bucket) {
    List<S3ObjectSummary> found = new ArrayList<>();
    var ask =
        new ListObjectsV2Request()
            .withBucketName(bucket)
            .withFetchOwner(true)
            .withMaxKeys(3)
            .withStartAfter(KEYS.get(0));
    ListObjectsV2Result page;
    int pages = 0;
    do {
      page = s3.listObjectsV2(ask);
      pages++;
      found.addAll(page.getObjectSummaries());
      Check.that(page.getKeyCount() == page.getObjectSummaries().size(), "KeyCount");
      Check.that(page.getMaxKeys() == 3, "MaxKeys");
      Check.same(ask.getContinuationToken(), page.getContinuationToken(), "token");
      ask.setContinuationToken(page.getNextContinuationToken());
    } while (page.isTruncated());
    Check.that(pages == 2, pages + " pages");
    Check.same(KEYS.subList(1, KEYS.size()), names(found), "keys");
    found.forEach(one -> whole(one, bucket));
    var grouped = s3.listObjectsV2(
        new ListObjectsV2Request().withBucketName(bucket).withDelimiter("/").withPrefix("d"));
    Check.same(List.of("d/"), grouped.getCommonPrefixes(), "prefixes");
    Check.that("d".equals(grouped.getPrefix()), "prefix");
  }

  private void whole(S3ObjectSummary one, String bucket) {
    int size = ("content of " + one.getKey()).getBytes(java.nio.charset.StandardCharsets.UTF_8)
        .length;
    Check.that(one.getSize() == size, "size of " + one);
    Check.that(one.getETag().length() == 32, "ETag of " + one);
    Check.that(one.getLastModified() != null, "time of " + one);
    Check.that("STANDARD".equals(one.getStorageClass()), "class of " + one);
    Check.that(one.getBucketName().equals(bucket), "bucket of " + one);
    Check.that(owner.equals(one.getOwner().getId()), "owner of " + one);
  }

  private static List<String> names(List<S3ObjectSummary> found) {
    List<String> names = new ArrayList<>();
    found.forEach(one -> names.add(one.getKey()));
    return names;
  }

  void versions(String bucket) {
    s3.setBucketVersioningConfiguration(
        new SetBucketVersioningConfigurationRequest(
            bucket, new BucketVersioningConfiguration(BucketVersioningConfiguration.ENABLED)));
    Check.that(
        "Enabled".equals(s3.getBucketVersioningConfiguration(bucket).getStatus()), "enabled");
    List<String> expected = new ArrayList<>();
    for (String key : KEYS) {
      String first = s3.putObject(bucket, key, "first").getVersionId();
      String second = s3.putObject(bucket, key, "second").getVersionId();
      s3.deleteObject(bucket, key);
      expected.addAll(List.of(key + " marker true", key + " 6 false", key + " 5 false"));
      Check.that(!first.equals(second), "version ids");
    }
    List<String> found = new ArrayList<>();
    VersionListing page = s3.listVersions(new ListVersionsRequest().withBucketName(bucket)
        .withMaxResults(4));
    while (true) {
      page.getVersionSummaries().forEach(one -> found.add(described(one)));
      Check.that(page.getMaxKeys() == 4 && page.getBucketName().equals(bucket), "what was asked");
      if (!page.isTruncated()) {
        break;
      }
      page = s3.listNextBatchOfVersions(page);
    }
    Check.same(expected, found, "versions");
    var grouped = s3.listVersions(bucket, null, null, null, "/", 1000);
    Check.same(PREFIXES, grouped.getCommonPrefixes(), "prefixes");
  }

  private String described(S3VersionSummary one) {
    Check.that(owner.equals(one.getOwner().getId()), "owner of " + one.getKey());
    Check.that(one.getLastModified() != null && one.getVersionId() != null, one.getKey());
    if (one.isDeleteMarker()) {
      return one.getKey() + " marker " + one.isLatest();
    }
    Check.that(one.getETag().length() == 32, "ETag of " + one.getKey());
    Check.that("STANDARD".equals(one.getStorageClass()), "class of " + one.getKey());
    return one.getKey() + " " + one.getSize() + " " + one.isLatest();
  }

  void uploads(String bucket) {
    List<String> expected = new ArrayList<>();
    for (String key : KEYS) {
      var begun = s3.initiateMultipartUpload(new InitiateMultipartUploadRequest(bucket, key));
      Check.that(begun.getKey().equals(key) && begun.getBucketName().equals(bucket), "names");
      if (!key.contains("/")) {
        expected.add(key + " " + begun.getUploadId());
      }
    }
    List<String> found = new ArrayList<>();
    List<String> prefixes = new ArrayList<>();
    var ask = new ListMultipartUploadsRequest(bucket).withMaxUploads(2).withDelimiter("/");
    MultipartUploadListing page;
    do {
      page = s3.listMultipartUploads(ask);
      page.getMultipartUploads().forEach(one -> found.add(described(one)));
      prefixes.addAll(page.getCommonPrefixes());
      ask.setKeyMarker(page.getNextKeyMarker());
      ask.setUploadIdMarker(page.getNextUploadIdMarker());
    } while (page.isTruncated());
    Check.same(expected, found, "uploads");
    Check.same(PREFIXES, prefixes, "prefixes");
    parts(bucket, s3.listMultipartUploads(new ListMultipartUploadsRequest(bucket)));
  }

  private String described(MultipartUpload one) {
    Check.that(owner.equals(one.getOwner().getId()), "owner of " + one.getKey());
    Check.that(one.getInitiator().getId() != null, "initiator of " + one.getKey());
    Check.that("STANDARD".equals(one.getStorageClass()), "class of " + one.getKey());
    Check.that(one.getInitiated() != null, "time of " + one.getKey());
    return one.getKey() + " " + one.getUploadId();
  }

  private void parts(String bucket, MultipartUploadListing all) {
    for (MultipartUpload one : all.getMultipartUploads()) {
      for (int number = 1; number <= 3; number++) {
        s3.uploadPart(
            new UploadPartRequest()
                .withBucketName(bucket)
                .withKey(one.getKey())
                .withUploadId(one.getUploadId())
                .withPartNumber(number)
                .withInputStream(new ByteArrayInputStream(new byte[number]))
                .withPartSize(number));
      }
      List<Integer> numbers = new ArrayList<>();
      var ask = new ListPartsRequest(bucket, one.getKey(), one.getUploadId()).withMaxParts(2);
      PartListing page;
      do {
        page = s3.listParts(ask);
        for (PartSummary part : page.getParts()) {
          numbers.add(part.getPartNumber());
          Check.that(part.getSize() == part.getPartNumber(), "size of a part");
          Check.that(part.getETag().length() == 32 && part.getLastModified() != null, "part");
        }
        Check.that(page.getKey().equals(one.getKey()), "key of parts: " + page.getKey());
        Check.that(owner.equals(page.getOwner().getId()), "owner of parts");
        Check.that("STANDARD".equals(page.getStorageClass()), "class of parts");
        ask.setPartNumberMarker(page.getNextPartNumberMarker());
      } while (page.isTruncated());
      Check.same(List.of(1, 2, 3), numbers, "parts");
      s3.abortMultipartUpload(
          new AbortMultipartUploadRequest(bucket, one.getKey(), one.getUploadId()));
    }
  }
}
