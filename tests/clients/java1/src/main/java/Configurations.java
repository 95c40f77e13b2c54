import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.model.AbortIncompleteMultipartUpload;
import com.amazonaws.services.s3.model.AccessControlList;
import com.amazonaws.services.s3.model.BucketCrossOriginConfiguration;
import com.amazonaws.services.s3.model.BucketLifecycleConfiguration;
import com.amazonaws.services.s3.model.BucketLoggingConfiguration;
import com.amazonaws.services.s3.model.BucketNotificationConfiguration;
import com.amazonaws.services.s3.model.BucketTaggingConfiguration;
import com.amazonaws.services.s3.model.BucketWebsiteConfiguration;
import com.amazonaws.services.s3.model.CORSRule;
import com.amazonaws.services.s3.model.CanonicalGrantee;
import com.amazonaws.services.s3.model.DeletePublicAccessBlockRequest;
import com.amazonaws.services.s3.model.Filter;
import com.amazonaws.services.s3.model.FilterRule;
import com.amazonaws.services.s3.model.GetBucketPolicyStatusRequest;
import com.amazonaws.services.s3.model.GetPublicAccessBlockRequest;
import com.amazonaws.services.s3.model.Grant;
import com.amazonaws.services.s3.model.GroupGrantee;
import com.amazonaws.services.s3.model.LambdaConfiguration;
import com.amazonaws.services.s3.model.NotificationConfiguration;
import com.amazonaws.services.s3.model.Permission;
import com.amazonaws.services.s3.model.PublicAccessBlockConfiguration;
import com.amazonaws.services.s3.model.QueueConfiguration;
import com.amazonaws.services.s3.model.RedirectRule;
import com.amazonaws.services.s3.model.RoutingRule;
import com.amazonaws.services.s3.model.RoutingRuleCondition;
import com.amazonaws.services.s3.model.S3KeyFilter;
import com.amazonaws.services.s3.model.ServerSideEncryptionByDefault;
import com.amazonaws.services.s3.model.ServerSideEncryptionConfiguration;
import com.amazonaws.services.s3.model.ServerSideEncryptionRule;
import com.amazonaws.services.s3.model.SetBucketEncryptionRequest;
import com.amazonaws.services.s3.model.SetBucketLoggingConfigurationRequest;
import com.amazonaws.services.s3.model.SetPublicAccessBlockRequest;
import com.amazonaws.services.s3.model.StorageClass;
import com.amazonaws.services.s3.model.Tag;
import com.amazonaws.services.s3.model.TagSet;
import com.amazonaws.services.s3.model.TopicConfiguration;
import com.amazonaws.services.s3.model.TransitionDefaultMinimumObjectSize;
import com.amazonaws.services.s3.model.analytics.AnalyticsConfiguration;
import com.amazonaws.services.s3.model.analytics.AnalyticsExportDestination;
import com.amazonaws.services.s3.model.analytics.AnalyticsFilter;
import com.amazonaws.services.s3.model.analytics.AnalyticsPrefixPredicate;
import com.amazonaws.services.s3.model.analytics.AnalyticsS3BucketDestination;
import com.amazonaws.services.s3.model.analytics.AnalyticsS3ExportFileFormat;
import com.amazonaws.services.s3.model.analytics.StorageClassAnalysis;
import com.amazonaws.services.s3.model.analytics.StorageClassAnalysisDataExport;
import com.amazonaws.services.s3.model.analytics.StorageClassAnalysisSchemaVersion;
import com.amazonaws.services.s3.model.inventory.InventoryConfiguration;
import com.amazonaws.services.s3.model.inventory.InventoryDestination;
import com.amazonaws.services.s3.model.inventory.InventoryFilter;
import com.amazonaws.services.s3.model.inventory.InventoryFormat;
import com.amazonaws.services.s3.model.inventory.InventoryFrequency;
import com.amazonaws.services.s3.model.inventory.InventoryIncludedObjectVersions;
import com.amazonaws.services.s3.model.inventory.InventoryPrefixPredicate;
import com.amazonaws.services.s3.model.inventory.InventoryS3BucketDestination;
import com.amazonaws.services.s3.model.inventory.InventorySchedule;
import com.amazonaws.services.s3.model.lifecycle.LifecycleAndOperator;
import com.amazonaws.services.s3.model.lifecycle.LifecycleFilter;
import com.amazonaws.services.s3.model.lifecycle.LifecyclePrefixPredicate;
import com.amazonaws.services.s3.model.lifecycle.LifecycleTagPredicate;
import com.amazonaws.services.s3.model.metrics.MetricsAndOperator;
import com.amazonaws.services.s3.model.metrics.MetricsConfiguration;
import com.amazonaws.services.s3.model.metrics.MetricsFilter;
import com.amazonaws.services.s3.model.metrics.MetricsPrefixPredicate;
import com.amazonaws.services.s3.model.metrics.MetricsTagPredicate;
import com.amazonaws.services.s3.model.ownership.ObjectOwnership;
import com.amazonaws.services.s3.model.ownership.OwnershipControls;
import com.amazonaws.services.s3.model.ownership.OwnershipControlsRule;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** Configurations: each is read back as it was put. */
final class Configurations {
  private static final String FAR = "arn:aws:s3:::reports-of-others";

  private final AmazonS3 s3;

  Configurations(AmazonS3 s3) {
    this.s3 = s3;
  }

  void access(String bucket) {
    s3.setBucketOwnershipControls(
        bucket,
        new OwnershipControls()
            .withRules(
                List.of(new OwnershipControlsRule().withOwnership(ObjectOwnership.ObjectWriter))));
    publicAccessBlock(bucket);
    s3.putObject(bucket, "key", "content");
    AccessControlList acl = s3.getObjectAcl(bucket, "key");
    Check.that(acl.getOwner().getId() != null, "owner");
    var own = new Grant(new CanonicalGrantee(acl.getOwner().getId()), Permission.FullControl);
    Check.that(acl.getGrantsAsList().equals(List.of(own)), "the first ACL: " + acl);
    acl.grantPermission(GroupGrantee.AllUsers, Permission.Read);
    acl.grantPermission(new CanonicalGrantee(acl.getOwner().getId()), Permission.ReadAcp);
    s3.setObjectAcl(bucket, "key", acl);
    sameGrants(acl, s3.getObjectAcl(bucket, "key"));
    AccessControlList ofBucket = s3.getBucketAcl(bucket);
    ofBucket.grantPermission(GroupGrantee.LogDelivery, Permission.Write);
    s3.setBucketAcl(bucket, ofBucket);
    sameGrants(ofBucket, s3.getBucketAcl(bucket));
    policy(bucket);
  }

  private void publicAccessBlock(String bucket) {
    var block =
        new PublicAccessBlockConfiguration()
            .withBlockPublicAcls(true)
            .withIgnorePublicAcls(false)
            .withBlockPublicPolicy(true)
            .withRestrictPublicBuckets(false);
    s3.setPublicAccessBlock(
        new SetPublicAccessBlockRequest()
            .withBucketName(bucket)
            .withPublicAccessBlockConfiguration(block));
    var got = s3.getPublicAccessBlock(new GetPublicAccessBlockRequest().withBucketName(bucket));
    Check.same(block, got.getPublicAccessBlockConfiguration(), "public access block");
    s3.deletePublicAccessBlock(new DeletePublicAccessBlockRequest().withBucketName(bucket));
  }

  private static void sameGrants(AccessControlList put, AccessControlList got) {
    Check.that(put.getOwner().getId().equals(got.getOwner().getId()), "owner");
    Check.that(
        new HashSet<>(put.getGrantsAsList()).equals(new HashSet<>(got.getGrantsAsList())),
        "grants: put " + put + ", got " + got);
  }

  private void policy(String bucket) {
    Check.that(s3.getBucketPolicy(bucket).getPolicyText() == null, "a policy that nobody put");
    String text =
        "{ \"Version\": \"2012-10-17\", \"Statement\": [ { \"Sid\": \"ü\", \"Effect\": \"Allow\","
            + " \"Principal\": \"*\", \"Action\": \"s3:GetObject\","
            + " \"Resource\": \"arn:aws:s3:::" + bucket + "/*\" } ] }";
    s3.setBucketPolicy(bucket, text);
    Check.that(text.equals(s3.getBucketPolicy(bucket).getPolicyText()), "policy");
    var status =
        s3.getBucketPolicyStatus(new GetBucketPolicyStatusRequest().withBucketName(bucket));
    Check.that(status.getPolicyStatus().getIsPublic(), "public");
    s3.deleteBucketPolicy(bucket);
  }

  void rules(String bucket) {
    var tags = new BucketTaggingConfiguration(List.of(new TagSet(Map.of("a", "1", "b +=:/@", ""))));
    s3.setBucketTaggingConfiguration(bucket, tags);
    Check.same(
        tags.getTagSet().getAllTags(),
        s3.getBucketTaggingConfiguration(bucket).getTagSet().getAllTags(),
        "tags");
    lifecycle(bucket);
    cors(bucket);
    website(bucket);
    s3.enableRequesterPays(bucket);
    Check.that(s3.isRequesterPaysEnabled(bucket), "requester pays");
    var encryption =
        new ServerSideEncryptionConfiguration()
            .withRules(
                new ServerSideEncryptionRule()
                    .withApplyServerSideEncryptionByDefault(
                        new ServerSideEncryptionByDefault().withSSEAlgorithm("AES256"))
                    .withBucketKeyEnabled(true));
    s3.setBucketEncryption(
        new SetBucketEncryptionRequest()
            .withBucketName(bucket)
            .withServerSideEncryptionConfiguration(encryption));
    var got = s3.getBucketEncryption(bucket).getServerSideEncryptionConfiguration();
    Check.same(encryption, got, "encryption");
  }

  private void lifecycle(String bucket) {
    var first =
        new BucketLifecycleConfiguration.Rule()
            .withId("first")
            .withStatus(BucketLifecycleConfiguration.ENABLED)
            .withFilter(
                new LifecycleFilter(
                    new LifecycleAndOperator(
                        List.of(
                            new LifecyclePrefixPredicate("logs/"),
                            new LifecycleTagPredicate(new Tag("keep", "no"))))))
            .withExpirationInDays(400)
            .addTransition(
                new BucketLifecycleConfiguration.Transition()
                    .withDays(30)
                    .withStorageClass(StorageClass.StandardInfrequentAccess))
            .addTransition(
                new BucketLifecycleConfiguration.Transition()
                    .withDays(90)
                    .withStorageClass(StorageClass.Glacier))
            .addNoncurrentVersionTransition(
                new BucketLifecycleConfiguration.NoncurrentVersionTransition()
                    .withDays(31)
                    .withNewerNoncurrentVersions(2)
                    .withStorageClass(StorageClass.Glacier))
            .withNoncurrentVersionExpiration(
                new BucketLifecycleConfiguration.NoncurrentVersionExpiration()
                    .withDays(60)
                    .withNewerNoncurrentVersions(3));
    var second =
        new BucketLifecycleConfiguration.Rule()
            .withId("second")
            .withStatus(BucketLifecycleConfiguration.DISABLED)
            .withFilter(new LifecycleFilter(new LifecyclePrefixPredicate("parts/")))
            .withExpirationDate(Date.from(Instant.parse("2040-01-01T00:00:00Z")))
            .withAbortIncompleteMultipartUpload(
                new AbortIncompleteMultipartUpload().withDaysAfterInitiation(7));
    var third =
        new BucketLifecycleConfiguration.Rule()
            .withId("third")
            .withStatus(BucketLifecycleConfiguration.ENABLED)
            .withFilter(new LifecycleFilter(new LifecyclePrefixPredicate("markers/")))
            .withExpiredObjectDeleteMarker(true);
    var put = new BucketLifecycleConfiguration(List.of(first, second, third));
    s3.setBucketLifecycleConfiguration(bucket, put);
    var got = s3.getBucketLifecycleConfiguration(bucket);
    Check.same(put.getRules(), got.getRules(), "lifecycle");
    Check.that(
        got.getTransitionDefaultMinimumObjectSize()
            == TransitionDefaultMinimumObjectSize.ALL_STORAGE_CLASSES_128K,
        "the least size");
    s3.deleteBucketLifecycleConfiguration(bucket);
    Check.that(s3.getBucketLifecycleConfiguration(bucket) == null, "lifecycle, deleted");
  }

  private void cors(String bucket) {
    var put =
        new BucketCrossOriginConfiguration(
            List.of(
                new CORSRule()
                    .withId("one")
                    .withAllowedOrigins(List.of("https://a.example", "https://*.b.example"))
                    .withAllowedMethods(
                        List.of(CORSRule.AllowedMethods.PUT, CORSRule.AllowedMethods.GET))
                    .withAllowedHeaders(List.of("*"))
                    .withExposedHeaders(List.of("ETag", "x-amz-request-id"))
                    .withMaxAgeSeconds(3000),
                new CORSRule()
                    .withId("two")
                    .withAllowedOrigins(List.of("*"))
                    .withAllowedMethods(List.of(CORSRule.AllowedMethods.HEAD))));
    s3.setBucketCrossOriginConfiguration(bucket, put);
    Check.same(put, s3.getBucketCrossOriginConfiguration(bucket), "CORS");
    s3.deleteBucketCrossOriginConfiguration(bucket);
    Check.that(s3.getBucketCrossOriginConfiguration(bucket) == null, "CORS, deleted");
  }

  private void website(String bucket) {
    var put =
        new BucketWebsiteConfiguration("index.html", "error.html")
            .withRoutingRules(
                List.of(
                    new RoutingRule()
                        .withCondition(new RoutingRuleCondition().withKeyPrefixEquals("docs/"))
                        .withRedirect(
                            new RedirectRule().withReplaceKeyPrefixWith("documents/")),
                    new RoutingRule()
                        .withCondition(
                            new RoutingRuleCondition()
                                .withKeyPrefixEquals("") // it is sent, however it is left out
                                .withHttpErrorCodeReturnedEquals("404"))
                        .withRedirect(redirect().withHttpRedirectCode("302"))));
    s3.setBucketWebsiteConfiguration(bucket, put);
    Check.same(put, s3.getBucketWebsiteConfiguration(bucket), "website");
    var elsewhere = new BucketWebsiteConfiguration();
    elsewhere.setRedirectAllRequestsTo(
        new RedirectRule().withHostName("example.com").withProtocol("https"));
    s3.setBucketWebsiteConfiguration(bucket, elsewhere);
    Check.same(elsewhere, s3.getBucketWebsiteConfiguration(bucket), "website elsewhere");
    s3.deleteBucketWebsiteConfiguration(bucket);
    Check.that(s3.getBucketWebsiteConfiguration(bucket) == null, "website, deleted");
  }

  private static RedirectRule redirect() {
    return new RedirectRule()
        .withHostName("example.com")
        .withProtocol("https")
        .withReplaceKeyWith("gone.html");
  }

  void reports(String bucket) {
    var logging = new BucketLoggingConfiguration(bucket, "logs/");
    s3.setBucketLoggingConfiguration(new SetBucketLoggingConfigurationRequest(bucket, logging));
    Check.same(logging, s3.getBucketLoggingConfiguration(bucket), "logging");
    notification(bucket);
    analytics(bucket);
    var metrics =
        new MetricsConfiguration()
            .withId("m")
            .withFilter(
                new MetricsFilter(
                    new MetricsAndOperator(
                        List.of(
                            new MetricsPrefixPredicate("a/"),
                            new MetricsTagPredicate(new Tag("k", "v"))))));
    s3.setBucketMetricsConfiguration(bucket, metrics);
    Check.same(
        metrics, s3.getBucketMetricsConfiguration(bucket, "m").getMetricsConfiguration(), "metrics");
    inventory(bucket);
  }

  private void notification(String bucket) {
    NotificationConfiguration topic =
        new TopicConfiguration("arn:aws:sns:us-east-1:123456789012:topic")
            .withEvents(new HashSet<>(List.of("s3:ObjectRemoved:*")));
    NotificationConfiguration queue =
        new QueueConfiguration("arn:aws:sqs:us-east-1:123456789012:queue", "s3:ObjectCreated:*")
            .withFilter(filter("images/", ".jpg"));
    NotificationConfiguration function =
        new LambdaConfiguration(
                "arn:aws:lambda:us-east-1:123456789012:function:f", "s3:ObjectRestore:*")
            .withFilter(filter("old/", ""));
    var put = new BucketNotificationConfiguration();
    put.addConfiguration("topic", topic);
    put.addConfiguration("queue", queue);
    put.addConfiguration("function", function);
    s3.setBucketNotificationConfiguration(bucket, put);
    var got = s3.getBucketNotificationConfiguration(bucket);
    Check.same(put.getConfigurations(), got.getConfigurations(), "notification");
    s3.setBucketNotificationConfiguration(bucket, new BucketNotificationConfiguration());
    Check.that(
        s3.getBucketNotificationConfiguration(bucket).getConfigurations().isEmpty(),
        "notification, deleted");
  }

  private static Filter filter(String prefix, String suffix) {
    var key =
        new S3KeyFilter()
            .withFilterRules(
                new FilterRule().withName("Prefix").withValue(prefix),
                new FilterRule().withName("Suffix").withValue(suffix));
    return new Filter().withS3KeyFilter(key);
  }

  private void analytics(String bucket) {
    var destination =
        new AnalyticsS3BucketDestination()
            .withBucketArn(FAR)
            .withBucketAccountId("123456789012")
            .withFormat(AnalyticsS3ExportFileFormat.CSV)
            .withPrefix("analysis");
    var put =
        new AnalyticsConfiguration()
            .withId("a")
            .withFilter(new AnalyticsFilter(new AnalyticsPrefixPredicate("images/")))
            .withStorageClassAnalysis(
                new StorageClassAnalysis()
                    .withDataExport(
                        new StorageClassAnalysisDataExport()
                            .withOutputSchemaVersion(StorageClassAnalysisSchemaVersion.V_1)
                            .withDestination(
                                new AnalyticsExportDestination()
                                    .withS3BucketDestination(destination))));
    s3.setBucketAnalyticsConfiguration(bucket, put);
    var got = s3.getBucketAnalyticsConfiguration(bucket, "a").getAnalyticsConfiguration();
    Check.same(put, got, "analytics");
  }

  private void inventory(String bucket) {
    var destination =
        new InventoryS3BucketDestination()
            .withBucketArn(FAR)
            .withAccountId("123456789012")
            .withFormat(InventoryFormat.CSV)
            .withPrefix("inventory");
    var put =
        new InventoryConfiguration()
            .withId("i")
            .withEnabled(true)
            .withDestination(new InventoryDestination().withS3BucketDestination(destination))
            .withSchedule(new InventorySchedule().withFrequency(InventoryFrequency.Daily))
            .withFilter(new InventoryFilter(new InventoryPrefixPredicate("images/")))
            .withIncludedObjectVersions(InventoryIncludedObjectVersions.All)
            .withOptionalFields(List.of("Size", "ETag", "StorageClass"));
    s3.setBucketInventoryConfiguration(bucket, put);
    var got = s3.getBucketInventoryConfiguration(bucket, "i").getInventoryConfiguration();
    Check.same(put, got, "inventory");
  }
}
