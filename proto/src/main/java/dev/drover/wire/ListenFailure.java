package dev.drover.wire;

import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a listener did not start, from what the operating system said. */
public final class ListenFailure {
  private static final int CAUSES_MAX = 8;

  private ListenFailure() {}

  /**
   * Returns the failure: {@code PORT_IN_USE}, {@code CONFIG_INVALID_VALUE} where the address is not
   * of this machine, {@code PERMISSION_DENIED} for a port that only root may take, else {@code
   * INTERNAL}.
   *
   * @param who begins a sentence, such as {@code The API}
   * @param cause of any transport, as it was thrown
   */
  public static DroverException of(String who, String host, int port, Throwable cause) {
    String said = said(cause);
    if (said.contains("in use")) {
      return new DroverException(
          ErrorCode.PORT_IN_USE,
          who + " cannot listen on port " + port + ": another process has it.",
          cause);
    }
    if (said.contains("cannot assign")
        || said.contains("unresolved")
        || said.contains("unknownhost")) {
      return new DroverException(
              ErrorCode.CONFIG_INVALID_VALUE,
              who + " cannot listen on " + host + ": this machine has no such address.",
              cause)
          .withNextStep("Bind to an address of this machine, or to :: for all of them.");
    }
    if (said.contains("permission denied")) {
      return new DroverException(
              ErrorCode.PERMISSION_DENIED, who + " may not listen on port " + port + ".", cause)
          .withNextStep("Choose a port above 1023.");
    }
    return new DroverException(
        ErrorCode.INTERNAL, who + " cannot listen on " + host + " port " + port + ".", cause);
  }

  private static String said(Throwable failure) {
    StringBuilder said = new StringBuilder();
    @Nullable Throwable cause = failure;
    for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
      boolean unresolved = cause instanceof UnresolvedAddressException;
      said.append(unresolved ? "unresolved" : cause.toString()).append('\n');
      cause = cause.getCause();
    }
    return said.toString().toLowerCase(Locale.ROOT);
  }
}
