import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * AWS SDK for Java v2: bytes, streams, files, each checksum, multipart by hand and by the
 * asynchronous client, presigned URLs.  Arguments: endpoint URL, bucket, folder.  The key comes
 * from the environment.
 */
public final class Client {
  private static final int MIB = 1 << 20;

  private final S3Client s3;
  private final URI endpoint;
  private final String bucket;
  private final Path folder;

  private Client(URI endpoint, String bucket, Path folder) {
    this.endpoint = endpoint;
    this.bucket = bucket;
    this.folder = folder;
    this.s3 =
        S3Client.builder()
            .endpointOverride(endpoint)
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .credentialsProvider(EnvironmentVariableCredentialsProvider.create())
            .build();
  }

  private static byte[] content(long seed, int size) {
    byte[] data = new byte[size];
    new Random(seed).nextBytes(data);
    return data;
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private static void same(byte[] got, byte[] expected, String what) throws Exception {
    byte[] first = MessageDigest.getInstance("SHA-256").digest(got);
    byte[] second = MessageDigest.getInstance("SHA-256").digest(expected);
    check(Arrays.equals(first, second), what + " came back changed");
  }

  private byte[] get(String key) {
    return s3.getObjectAsBytes(
            ask -> ask.bucket(bucket).key(key).checksumMode(ChecksumMode.ENABLED))
        .asByteArray();
  }

  private void objects() throws Exception {
    for (int size : new int[] {0, 1, 5000, 3 * MIB}) {
      byte[] body = content(1, size);
      String key = "bytes ü/" + size;
      s3.putObject(
          ask -> ask.bucket(bucket).key(key).metadata(Map.of("colour", "blue")),
          RequestBody.fromBytes(body));
      same(get(key), body, key);
      var head = s3.headObject(ask -> ask.bucket(bucket).key(key));
      check(head.metadata().get("colour").equals("blue"), "metadata");
    }
  }

  /** Over http, the SDK signs each chunk and the trailer. */
  private void streams() throws Exception {
    byte[] body = content(2, 2 * MIB + 17);
    Path file = Files.write(folder.resolve("stream"), body);
    for (ChecksumAlgorithm algorithm :
        List.of(
            ChecksumAlgorithm.CRC32,
            ChecksumAlgorithm.CRC32_C,
            ChecksumAlgorithm.SHA1,
            ChecksumAlgorithm.SHA256)) {
      String key = "stream/" + algorithm;
      s3.putObject(
          ask -> ask.bucket(bucket).key(key).checksumAlgorithm(algorithm).contentEncoding("x-kept"),
          RequestBody.fromInputStream(new ByteArrayInputStream(body), body.length));
      same(get(key), body, key);
      var head = s3.headObject(ask -> ask.bucket(bucket).key(key));
      check(head.contentEncoding().equals("x-kept"), "encoding " + head.contentEncoding());
    }
    s3.putObject(ask -> ask.bucket(bucket).key("stream/file"), file);
    same(get("stream/file"), body, "a file");
  }

  private void multipart() throws Exception {
    String key = "multipart";
    byte[] first = content(3, 5 * MIB);
    byte[] second = content(4, 100);
    String upload =
        s3.createMultipartUpload(ask -> ask.bucket(bucket).key(key)).uploadId();
    List<CompletedPart> parts = new ArrayList<>();
    for (byte[] body : List.of(first, second)) {
      int number = parts.size() + 1;
      var sent =
          s3.uploadPart(
              ask -> ask.bucket(bucket).key(key).uploadId(upload).partNumber(number),
              RequestBody.fromBytes(body));
      parts.add(
          CompletedPart.builder()
              .partNumber(number)
              .eTag(sent.eTag())
              .checksumCRC32(sent.checksumCRC32())
              .build());
    }
    s3.completeMultipartUpload(
        ask ->
            ask.bucket(bucket).key(key).uploadId(upload).multipartUpload(done -> done.parts(parts)));
    byte[] whole = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, whole, first.length, second.length);
    same(get(key), whole, key);
    s3.copyObject(
        ask -> ask.sourceBucket(bucket).sourceKey(key).destinationBucket(bucket)
            .destinationKey("copied"));
    same(get("copied"), whole, "the copy");
  }

  /** The asynchronous client cuts a large body into parts by itself. */
  private void asynchronous() throws Exception {
    byte[] body = content(5, 21 * MIB + 3);
    try (S3AsyncClient client =
        S3AsyncClient.builder()
            .endpointOverride(endpoint)
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .multipartEnabled(true)
            .credentialsProvider(EnvironmentVariableCredentialsProvider.create())
            .build()) {
      client
          .putObject(
              ask -> ask.bucket(bucket).key("asynchronous"), AsyncRequestBody.fromBytes(body))
          .join();
      byte[] got =
          client
              .getObject(
                  ask -> ask.bucket(bucket).key("asynchronous"),
                  AsyncResponseTransformer.toBytes())
              .join()
              .asByteArray();
      same(got, body, "asynchronous");
    }
  }

  private void presigned() throws Exception {
    byte[] body = content(6, 100_000);
    HttpClient http = HttpClient.newHttpClient();
    try (S3Presigner signer =
        S3Presigner.builder()
            .endpointOverride(endpoint)
            .region(Region.US_EAST_1)
            .serviceConfiguration(S3Configuration.builder().pathStyleAccessEnabled(true).build())
            .credentialsProvider(EnvironmentVariableCredentialsProvider.create())
            .build()) {
      var put =
          signer.presignPutObject(
              ask ->
                  ask.signatureDuration(Duration.ofMinutes(5))
                      .putObjectRequest(object -> object.bucket(bucket).key("presigned ~key")));
      var sent =
          http.send(
              HttpRequest.newBuilder(put.url().toURI())
                  .PUT(HttpRequest.BodyPublishers.ofByteArray(body))
                  .build(),
              BodyHandlers.ofString());
      check(sent.statusCode() == 200, sent.body());
      var get =
          signer.presignGetObject(
              ask ->
                  ask.signatureDuration(Duration.ofMinutes(5))
                      .getObjectRequest(object -> object.bucket(bucket).key("presigned ~key")));
      var got =
          http.send(
              HttpRequest.newBuilder(get.url().toURI()).build(), BodyHandlers.ofByteArray());
      same(got.body(), body, "presigned");
    }
  }

  private void conditions() {
    s3.putObject(
        ask -> ask.bucket(bucket).key("once").ifNoneMatch("*"), RequestBody.fromString("1"));
    try {
      s3.putObject(
          ask -> ask.bucket(bucket).key("once").ifNoneMatch("*"), RequestBody.fromString("2"));
      check(false, "put twice");
    } catch (S3Exception refusal) {
      check(refusal.awsErrorDetails().errorCode().equals("PreconditionFailed"), "" + refusal);
    }
    try {
      get("absent");
      check(false, "absent, and got");
    } catch (NoSuchKeyException refusal) {
      check(refusal.statusCode() == 404, "" + refusal);
    }
  }

  private void listing() {
    List<ObjectIdentifier> found = new ArrayList<>();
    for (var entry :
        s3.listObjectsV2Paginator(ask -> ask.bucket(bucket).maxKeys(3)).contents()) {
      found.add(ObjectIdentifier.builder().key(entry.key()).build());
    }
    check(found.size() == 4 + 5 + 2 + 1 + 1 + 1, found.size() + " keys");
    var gone = s3.deleteObjects(ask -> ask.bucket(bucket).delete(all -> all.objects(found)));
    check(gone.deleted().size() == found.size(), "" + gone.errors());
  }

  /** Runs every part. */
  public static void main(String[] arguments) throws Exception {
    Client client = new Client(URI.create(arguments[0]), arguments[1], Path.of(arguments[2]));
    client.objects();
    client.streams();
    client.multipart();
    client.asynchronous();
    client.presigned();
    client.conditions();
    client.listing();
    System.out.println("done");
  }
}
