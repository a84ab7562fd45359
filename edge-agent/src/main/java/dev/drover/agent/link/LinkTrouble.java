package dev.drover.agent.link;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import dev.drover.wire.Unreached;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Says why a link does not come up. */
final class LinkTrouble {
  private LinkTrouble() {}

  /** Returns it in words for a person. */
  static String words(HostPort broker, @Nullable Throwable cause) {
    String peer = "The broker at " + broker;
    return Unreached.why(peer, cause)
        .map(DroverException::forPerson)
        .orElseGet(() -> refused(peer, cause == null ? "closed" : rootOf(cause).getMessage()));
  }

  private static String refused(String peer, @Nullable String said) {
    String text = String.valueOf(said).strip();
    if (text.toLowerCase(Locale.ROOT).contains("not authorized")) {
      return new DroverException(
              ErrorCode.UNAUTHENTICATED,
              peer + " does not let this device in: it was revoked, or another hub runs there.")
          .withNextStep("Ask the operator for a new token, then: drover enrol --token-file FILE")
          .forPerson();
    }
    return peer + ": " + text + (text.endsWith(".") ? "" : ".");
  }

  /** Returns it in a word or two for the log. */
  static String brief(@Nullable Throwable cause) {
    return cause == null ? "closed" : rootOf(cause).toString();
  }

  private static Throwable rootOf(Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    return root;
  }
}
