package dev.drover.hub;

import dev.drover.config.Build;
import dev.drover.hub.enrol.HubKeys;
import dev.drover.term.Terminal;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a hub from starting in 1970, as a board without a battery does until a time service has
 * answered: certificates that it made then would have ended as soon as the clock is set, its CA's
 * among them.
 */
final class HubClock {
  private static final long PAUSE_SECONDS = 1;

  private HubClock() {}

  /**
   * Waits until the clock shows a time that can be; says once what it waits for.
   *
   * @param keys directory of the hub's keys, which may not exist yet
   * @param asked ends the wait when it is counted down
   * @return whether the clock can be used; false when the hub was asked to end before
   */
  static boolean await(InstantSource clock, Path keys, CountDownLatch asked, Terminal terminal)
      throws InterruptedException {
    long leastMs = Math.max(Build.read().builtMs(), issuedMs(keys));
    if (clock.millis() >= leastMs) {
      return true;
    }
    terminal.fail(
        new DroverException(
                ErrorCode.CLOCK_UNTRUSTED,
                "The clock shows "
                    + Terminal.time(clock.millis())
                    + ", which is past; the hub waits until it is set.")
            .withNextStep("Set the clock, or let a time service do it; the hub then goes on."));
    while (clock.millis() < leastMs) {
      if (asked.await(PAUSE_SECONDS, TimeUnit.SECONDS)) {
        return false;
      }
    }
    return true;
  }

  private static long issuedMs(Path keys) {
    return Files.exists(keys.resolve("ca.crt"))
        ? HubKeys.caCertificate(keys).getNotBefore().getTime()
        : 0;
  }
}
