package dev.drover.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.config.Build;
import dev.drover.config.Config;
import dev.drover.hub.config.HubConfig;
import dev.drover.hub.enrol.HubKeys;
import dev.drover.term.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubClockTest {
  private static final Instant BUILT = Instant.ofEpochMilli(Build.read().builtMs());

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final CountDownLatch asked = new CountDownLatch(1);

  @TempDir Path data;

  @Test
  void clock_afterTheBuild_isUsedAtOnce() throws InterruptedException {
    assertTrue(await(at(BUILT.plusSeconds(1))));
    assertEquals("", printed.toString(StandardCharsets.UTF_8));
  }

  @Test
  void clock_in1970_isWaitedForUntilTheHubIsAskedToEnd() throws InterruptedException {
    asked.countDown();
    assertFalse(await(at(Instant.EPOCH.plusSeconds(60))));
    String text = printed.toString(StandardCharsets.UTF_8);
    assertTrue(text.startsWith("drover: CLOCK_UNTRUSTED: The clock shows 1970-01-01"), text);
  }

  @Test
  void clock_thatIsSetMeanwhile_letsTheHubGoOn() throws InterruptedException {
    AtomicInteger asks = new AtomicInteger();
    InstantSource set = () -> asks.incrementAndGet() < 3 ? Instant.EPOCH : BUILT.plusSeconds(1);
    assertTrue(await(set));
  }

  @Test
  void clock_beforeTheHubsOwnCa_isWaitedFor() throws InterruptedException {
    Instant made = BUILT.plus(Duration.ofDays(100));
    HubConfig config = Config.read(HubConfig.class, Map.of("data-dir", data.toString()));
    var unused = HubKeys.open(keys(), config, new SecureRandom(), made);
    asked.countDown();
    assertFalse(await(at(made.minus(Duration.ofDays(1)))));
    assertTrue(await(at(made)));
  }

  private boolean await(InstantSource clock) throws InterruptedException {
    PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return HubClock.await(clock, keys(), asked, new Terminal(to, to, false));
  }

  private Path keys() {
    return HubAssembly.keysDirectory(data);
  }

  private static InstantSource at(Instant time) {
    return Clock.fixed(time, ZoneOffset.UTC);
  }
}
