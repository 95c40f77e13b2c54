import com.amazonaws.services.s3.model.AmazonS3Exception;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Random;

/** What must hold. */
final class Check {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Check() {}

  static void that(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  /** Compares two values of the SDK, few of which know equality, by all that they show. */
  static void same(Object put, Object got, String what) {
    var first = JSON.valueToTree(put);
    var second = JSON.valueToTree(got);
    that(first.equals(second), what + ": put " + first + ", got " + second);
  }

  /** Something that S3 refuses with this code. */
  static void refused(String code, Runnable attempt) {
    try {
      attempt.run();
    } catch (AmazonS3Exception refusal) {
      that(code.equals(refusal.getErrorCode()), "not " + code + ": " + refusal);
      that(refusal.getRequestId() != null, "no request id: " + refusal);
      that(refusal.getExtendedRequestId() != null, "no second request id: " + refusal);
      return;
    }
    throw new AssertionError("done, and not refused as " + code);
  }

  static byte[] content(long seed, int size) {
    byte[] data = new byte[size];
    new Random(seed).nextBytes(data);
    return data;
  }
}
