import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.protocols.jsoncore.JsonWriter;

/** The signer of the AWS SDK for Java: a JSON list of requests a line in, their signed forms out. */
public final class Sign {
  private static final AwsV4HttpSigner SIGNER = AwsV4HttpSigner.create();

  private static AwsCredentialsIdentity keys(JsonNode asked) {
    String key = asked.field("access_key").get().asString();
    String secret = asked.field("secret_key").get().asString();
    JsonNode token = asked.field("token").get();
    return token.isNull()
        ? AwsCredentialsIdentity.create(key, secret)
        : AwsSessionCredentialsIdentity.create(key, secret, token.asString());
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static SdkHttpRequest signed(JsonNode asked) {
    String[] target = asked.field("target").get().asString().split("\\?", 2);
    SdkHttpRequest.Builder request =
        SdkHttpRequest.builder()
            .method(SdkHttpMethod.fromValue(asked.field("method").get().asString()))
            .protocol("https")
            .host(asked.field("host").get().asString())
            .encodedPath(target[0]);
    if (target.length > 1) {
      for (String piece : target[1].split("&")) {
        String[] pair = piece.split("=", 2);
        request.appendRawQueryParameter(decoded(pair[0]), decoded(pair[1]));
      }
    }
    for (JsonNode pair : asked.field("headers").get().asArray()) {
      request.appendHeader(pair.asArray().get(0).asString(), pair.asArray().get(1).asString());
    }
    byte[] body = Base64.getDecoder().decode(asked.field("body").get().asString());
    JsonNode expires = asked.field("expires").get();
    Instant now = Instant.ofEpochSecond(Long.parseLong(asked.field("now").get().asNumber()));
    boolean exact = !asked.field("payload").get().asString().equals("UNSIGNED-PAYLOAD");
    SignRequest.Builder<AwsCredentialsIdentity> sign =
        SignRequest.builder(keys(asked))
            .request(request.build())
            .payload(ContentStreamProvider.fromByteArray(body))
            .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "s3")
            .putProperty(AwsV4HttpSigner.REGION_NAME, asked.field("region").get().asString())
            .putProperty(AwsV4HttpSigner.DOUBLE_URL_ENCODE, false)
            .putProperty(AwsV4HttpSigner.NORMALIZE_PATH, false)
            .putProperty(AwsV4HttpSigner.PAYLOAD_SIGNING_ENABLED, exact)
            .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(now, ZoneOffset.UTC));
    if (!expires.isNull()) {
      sign.putProperty(
              AwsV4HttpSigner.AUTH_LOCATION, AwsV4FamilyHttpSigner.AuthLocation.QUERY_STRING)
          .putProperty(
              AwsV4HttpSigner.EXPIRATION_DURATION,
              Duration.ofSeconds(Long.parseLong(expires.asNumber())));
    }
    return SIGNER.sign(sign.build()).request();
  }

  public static void main(String[] arguments) throws Exception {
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      JsonWriter answer = JsonWriter.create();
      answer.writeStartArray();
      for (JsonNode asked : JsonNode.parser().parse(line).asArray()) {
        SdkHttpRequest request = signed(asked);
        String query = request.encodedQueryParameters().map(text -> "?" + text).orElse("");
        answer.writeStartObject();
        answer.writeFieldName("target").writeValue(request.encodedPath() + query);
        answer.writeFieldName("headers").writeStartArray();
        for (Map.Entry<String, List<String>> header : request.headers().entrySet()) {
          for (String value : header.getValue()) {
            answer.writeStartArray().writeValue(header.getKey()).writeValue(value).writeEndArray();
          }
        }
        answer.writeEndArray().writeEndObject();
      }
      answer.writeEndArray();
      output.println(new String(answer.getBytes(), StandardCharsets.UTF_8));
    }
  }
}
