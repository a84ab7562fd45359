package dev.drover.agent.link;

import dev.drover.wire.DroverException;
import dev.drover.wire.HostPort;
import dev.drover.wire.Unreached;
import org.jspecify.annotations.Nullable;

/** Says why a link does not come up. */
final class LinkTrouble {
  private LinkTrouble() {}

  /** Returns it in words for a person. */
  static String words(HostPort broker, @Nullable Throwable cause) {
    String peer = "The broker at " + broker;
    return Unreached.why(peer, cause)
        .map(DroverException::forPerson)
        .orElseGet(
            () -> peer + ": " + (cause == null ? "closed" : rootOf(cause).getMessage()) + ".");
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
