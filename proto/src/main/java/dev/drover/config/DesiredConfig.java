package dev.drover.config;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Hashes;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Ids;
import dev.drover.wire.Limits;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What a hub may say of a device's configuration and labels, checked on both sides. */
public final class DesiredConfig {
  private static final Pattern KEY = Pattern.compile("[a-z][a-z0-9]*([.-][a-z0-9]+)*");
  private static final int KEY_CHARS_MAX = 64;

  private DesiredConfig() {}

  /**
   * Checks the form of desired keys and values; whether they mean anything is the device's to say.
   *
   * @throws DroverException {@link ErrorCode#INVALID_ARGUMENT} or {@link ErrorCode#LIMIT_EXCEEDED}
   */
  public static void check(Map<String, String> values) {
    Limits.check("The number of desired keys", values.size(), Limits.DESIRED_KEYS_MAX);
    values.forEach(
        (key, value) -> {
          if (key.length() > KEY_CHARS_MAX || !KEY.matcher(key).matches()) {
            throw new DroverException(
                ErrorCode.INVALID_ARGUMENT, "A desired key looks like runtime.threads.");
          }
          if (value.chars().anyMatch(Character::isISOControl)) {
            throw new DroverException(
                ErrorCode.INVALID_ARGUMENT, "The value of " + key + " has control characters.");
          }
          Limits.check("The length of " + key, value.length(), Limits.DESIRED_VALUE_CHARS_MAX);
        });
  }

  /**
   * Checks the labels of a device: references on both sides.
   *
   * @throws DroverException {@link ErrorCode#INVALID_ARGUMENT} or {@link ErrorCode#LIMIT_EXCEEDED}
   */
  public static void checkLabels(Map<String, String> labels) {
    Limits.check("The number of labels", labels.size(), Limits.LABELS_MAX);
    labels.forEach(
        (key, value) -> {
          Ids.requireReference("label's key", key);
          Ids.requireReference("label's value", value);
        });
  }

  /** Returns the SHA-256 of keys and values in the order of the keys, a line each. */
  public static ByteString sha256(Map<String, String> values) {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(values)
        .forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
    return ByteString.copyFrom(Hashes.sha256(text.toString().getBytes(StandardCharsets.UTF_8)));
  }
}
