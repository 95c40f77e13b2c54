import com.amazonaws.auth.EnvironmentVariableCredentialsProvider;
import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.AmazonS3ClientBuilder;
import com.amazonaws.services.s3.model.CreateBucketRequest;
import com.amazonaws.services.s3.model.S3VersionSummary;
import com.amazonaws.services.s3.model.VersionListing;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * AWS SDK for Java v1: what it reads back is what was put. Its parsers read an answer as it
 * comes, so that they depend on the order of its elements. Argument: endpoint URL. The key comes
 * from the environment.
 */
public final class Client {
  private final AmazonS3 s3;

  private Client(String endpoint) {
    s3 =
        AmazonS3ClientBuilder.standard()
            .withEndpointConfiguration(new EndpointConfiguration(endpoint, "us-east-1"))
            .withPathStyleAccessEnabled(true)
            .withCredentials(new EnvironmentVariableCredentialsProvider())
            .build();
  }

  /** Gives a new bucket to a part, and removes it with all that is in it. */
  private void inBucket(Consumer<String> part) {
    String bucket = "java1-" + UUID.randomUUID();
    s3.createBucket(new CreateBucketRequest(bucket));
    part.accept(bucket);
    VersionListing page = s3.listVersions(bucket, null);
    while (true) {
      for (S3VersionSummary one : page.getVersionSummaries()) {
        s3.deleteVersion(bucket, one.getKey(), one.getVersionId());
      }
      if (!page.isTruncated()) {
        break;
      }
      page = s3.listNextBatchOfVersions(page);
    }
    s3.deleteBucket(bucket);
    Check.that(!s3.doesBucketExistV2(bucket), "deleted, and there");
  }

  /** Runs every part. */
  public static void main(String[] arguments) {
    Client client = new Client(arguments[0]);
    Objects objects = new Objects(client.s3);
    Listings listings = new Listings(client.s3);
    Configurations configurations = new Configurations(client.s3);
    client.inBucket(objects::all);
    client.inBucket(listings::buckets);
    client.inBucket(listings::keys);
    client.inBucket(listings::versions);
    client.inBucket(listings::uploads);
    client.inBucket(configurations::access);
    client.inBucket(configurations::rules);
    client.inBucket(configurations::reports);
    client.s3.shutdown();
    System.out.println("done");
  }
}
