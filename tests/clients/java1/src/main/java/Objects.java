import com.amazonaws.HttpMethod;
import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.model.CompleteMultipartUploadRequest;
import com.amazonaws.services.s3.model.CopyPartRequest;
import com.amazonaws.services.s3.model.DeleteObjectsRequest;
import com.amazonaws.services.s3.model.DeleteObjectsResult;
import com.amazonaws.services.s3.model.GetObjectRequest;
import com.amazonaws.services.s3.model.GetObjectTaggingRequest;
import com.amazonaws.services.s3.model.InitiateMultipartUploadRequest;
import com.amazonaws.services.s3.model.MultiObjectDeleteException;
import com.amazonaws.services.s3.model.ObjectMetadata;
import com.amazonaws.services.s3.model.ObjectTagging;
import com.amazonaws.services.s3.model.PartETag;
import com.amazonaws.services.s3.model.S3Object;
import com.amazonaws.services.s3.model.SetObjectTaggingRequest;
import com.amazonaws.services.s3.model.StorageClass;
import com.amazonaws.services.s3.model.Tag;
import com.amazonaws.services.s3.model.UploadPartRequest;
import com.amazonaws.services.s3.transfer.TransferManager;
import com.amazonaws.services.s3.transfer.TransferManagerBuilder;
import com.amazonaws.util.IOUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.stream.Collectors;

/** Objects: bytes there and back, copies, tags, uploads in parts, presigned URLs, deletes. */
final class Objects {
  private static final int MIB = 1 << 20;
  private static final String KEY = "folder/ü & <key> +1%";

  private final AmazonS3 s3;

  Objects(AmazonS3 s3) {
    this.s3 = s3;
  }

  void all(String bucket) {
    bytes(bucket);
    copies(bucket);
    tags(bucket);
    parts(bucket);
    presigned(bucket);
    deletes(bucket);
  }

  private void put(String bucket, String key, byte[] body) {
    ObjectMetadata about = new ObjectMetadata();
    about.setContentLength(body.length);
    about.setContentType("text/x-test");
    about.addUserMetadata("colour", "blue");
    var done = s3.putObject(bucket, key, new ByteArrayInputStream(body), about);
    Check.that(done.getETag().length() == 32, "ETag " + done.getETag());
  }

  private void holds(String bucket, String key, byte[] body) {
    try (S3Object got = s3.getObject(bucket, key)) {
      byte[] data = IOUtils.toByteArray(got.getObjectContent());
      Check.that(Arrays.equals(data, body), key + " came back changed");
    } catch (IOException trouble) {
      throw new UncheckedIOException(trouble);
    }
  }

  /** Over http, the SDK signs each chunk. */
  private void bytes(String bucket) {
    for (int size : new int[] {0, 1, 5000, 3 * MIB}) {
      byte[] body = Check.content(1, size);
      put(bucket, KEY, body);
      holds(bucket, KEY, body);
    }
    ObjectMetadata about = s3.getObjectMetadata(bucket, KEY);
    Check.that(about.getContentLength() == 3 * MIB, "length");
    Check.that("text/x-test".equals(about.getContentType()), "type");
    Check.that("blue".equals(about.getUserMetaDataOf("colour")), "metadata");
    Check.that(about.getContentEncoding() == null, "encoding " + about.getContentEncoding());
    var some = s3.getObject(new GetObjectRequest(bucket, KEY).withRange(10, 19));
    Check.that(some.getObjectMetadata().getInstanceLength() == 3 * MIB, "of a range");
    some.getObjectContent().abort();
    Check.that(!s3.doesObjectExist(bucket, "absent"), "absent, and there");
    Check.refused("NoSuchKey", () -> s3.getObject(bucket, "absent"));
    Check.refused("NoSuchBucket", () -> s3.listObjects(bucket + "-absent"));
  }

  private void copies(String bucket) {
    Date before = Date.from(Instant.now().minusSeconds(120));
    var done = s3.copyObject(bucket, KEY, bucket, "copy");
    Check.that(done.getETag().equals(s3.getObjectMetadata(bucket, KEY).getETag()), "copy's ETag");
    Check.that(done.getLastModifiedDate().after(before), "copy's time");
    holds(bucket, "copy", Check.content(1, 3 * MIB));
  }

  private void tags(String bucket) {
    List<Tag> tags = List.of(new Tag("a", "1"), new Tag("b +=:/@", ""));
    s3.setObjectTagging(new SetObjectTaggingRequest(bucket, KEY, new ObjectTagging(tags)));
    var got = s3.getObjectTagging(new GetObjectTaggingRequest(bucket, KEY));
    Check.same(tags, got.getTagSet(), "tags");
  }

  private void parts(String bucket) {
    byte[] body = Check.content(2, 5 * MIB + 9);
    String upload =
        s3.initiateMultipartUpload(
                new InitiateMultipartUploadRequest(bucket, "parts")
                    .withStorageClass(StorageClass.StandardInfrequentAccess))
            .getUploadId();
    var ask = new UploadPartRequest().withBucketName(bucket).withKey("parts").withUploadId(upload);
    PartETag first =
        s3.uploadPart(
                ask.withPartNumber(1)
                    .withInputStream(new ByteArrayInputStream(body, 0, 5 * MIB))
                    .withPartSize(5 * MIB))
            .getPartETag();
    put(bucket, "rest", Arrays.copyOfRange(body, 5 * MIB, body.length));
    PartETag second =
        s3.copyPart(
                new CopyPartRequest()
                    .withSourceBucketName(bucket)
                    .withSourceKey("rest")
                    .withDestinationBucketName(bucket)
                    .withDestinationKey("parts")
                    .withUploadId(upload)
                    .withPartNumber(2))
            .getPartETag();
    var done =
        s3.completeMultipartUpload(
            new CompleteMultipartUploadRequest(bucket, "parts", upload, List.of(first, second)));
    Check.that(done.getETag().endsWith("-2"), "ETag " + done.getETag());
    Check.that(done.getBucketName().equals(bucket) && done.getKey().equals("parts"), "names");
    Check.that(done.getLocation().endsWith("/parts"), "location " + done.getLocation());
    holds(bucket, "parts", body);
    Check.that(
        "STANDARD_IA".equals(s3.getObjectMetadata(bucket, "parts").getStorageClass()), "class");
    managed(bucket);
  }

  private void managed(String bucket) {
    byte[] body = Check.content(3, 21 * MIB);
    TransferManager manager =
        TransferManagerBuilder.standard()
            .withS3Client(s3)
            .withShutDownThreadPools(true)
            .withMultipartUploadThreshold(5L * MIB)
            .build();
    ObjectMetadata about = new ObjectMetadata();
    about.setContentLength(body.length);
    try {
      manager.upload(bucket, "managed", new ByteArrayInputStream(body), about)
          .waitForUploadResult();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
    manager.shutdownNow(false);
    holds(bucket, "managed", body);
  }

  private void presigned(String bucket) {
    byte[] body = Check.content(4, 100_000);
    Date until = Date.from(Instant.now().plusSeconds(600));
    try {
      URI put = s3.generatePresignedUrl(bucket, KEY, until, HttpMethod.PUT).toURI();
      var sent =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(put)
                      .PUT(HttpRequest.BodyPublishers.ofByteArray(body))
                      .build(),
                  BodyHandlers.ofString());
      Check.that(sent.statusCode() == 200, sent.body());
      URI get = s3.generatePresignedUrl(bucket, KEY, until, HttpMethod.GET).toURI();
      var got =
          HttpClient.newHttpClient()
              .send(HttpRequest.newBuilder(get).build(), BodyHandlers.ofByteArray());
      Check.that(Arrays.equals(got.body(), body), "presigned");
    } catch (IOException | InterruptedException | java.net.URISyntaxException trouble) {
      throw new AssertionError(trouble);
    }
  }

  /** One of the keys is kept by the bucket's policy. */
  private void deletes(String bucket) {
    String policy =
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\","
            + "\"Action\":\"s3:DeleteObject\",\"Resource\":\"arn:aws:s3:::" + bucket + "/copy\"}]}";
    s3.setBucketPolicy(bucket, policy);
    var ask = new DeleteObjectsRequest(bucket).withKeys(KEY, "copy", "absent");
    try {
      s3.deleteObjects(ask);
      throw new AssertionError("kept, and deleted");
    } catch (MultiObjectDeleteException some) {
      Check.same(List.of(KEY, "absent"), keys(some.getDeletedObjects()), "deleted");
      var error = some.getErrors().get(0);
      Check.that(some.getErrors().size() == 1 && error.getKey().equals("copy"), "kept");
      Check.that(error.getCode().equals("AccessDenied"), error.getCode());
      Check.that(!error.getMessage().isEmpty(), "no message");
    }
    s3.deleteBucketPolicy(bucket);
    var done = s3.deleteObjects(new DeleteObjectsRequest(bucket).withKeys("copy", "rest"));
    Check.same(List.of("copy", "rest"), keys(done.getDeletedObjects()), "deleted");
  }

  private static List<String> keys(List<DeleteObjectsResult.DeletedObject> deleted) {
    return deleted.stream()
        .map(DeleteObjectsResult.DeletedObject::getKey)
        .collect(Collectors.toList());
  }
}
