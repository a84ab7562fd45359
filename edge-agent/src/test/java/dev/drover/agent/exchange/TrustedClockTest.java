package dev.drover.agent.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.agent.exchange.TrustedClock.Finding;
import dev.drover.v1.TimeAnswer;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustedClockTest {
  private static final long BUILT = Instant.parse("2026-11-01T00:00:00Z").toEpochMilli();
  private static final long NOW = Instant.parse("2026-12-01T00:00:00Z").toEpochMilli();
  private static final long YEARS = 9L * 365 * 24 * 3600 * 1000;
  private static final long MINUTE = 60_000;

  @TempDir Path directory;

  private final AtomicLong wall = new AtomicLong(NOW);
  private final AtomicLong nanos = new AtomicLong(-7);
  private TrustedClock clock;
  private TimeExchange time;

  @BeforeEach
  void start() {
    clock =
        new TrustedClock(
            () -> Instant.ofEpochMilli(wall.get()), nanos::get, directory.resolve("time"), BUILT);
    time = new TimeExchange(clock, new SecureRandom(), nanos::get);
  }

  @Test
  void boardThatBootsIn1970_beginsAtTheBuildAndFollowsWhatIsProved() {
    wall.set(5);
    assertEquals(BUILT, clock.millis());
    assertEquals(Finding.WAS_BEHIND, clock.proved(NOW));
    pass(1000);
    assertEquals(NOW + 1000, clock.millis());
    start();
    assertEquals(NOW, clock.millis());
  }

  @Test
  void signedTime_alone_neverSetsTheClockBack() {
    wall.set(NOW + YEARS);
    assertEquals(Finding.DOUBTED, clock.proved(NOW));
    assertEquals(NOW + YEARS, clock.millis());
  }

  @Test
  void answer_setsAClockYearsAheadBackAndItStaysThere() {
    wall.set(NOW + YEARS);
    assertTrue(answer(time.ask(), NOW));
    assertEquals(NOW, clock.millis());
    pass(5000);
    assertEquals(NOW + 5000, clock.millis());
    assertEquals(Finding.AGREES, clock.proved(NOW + 5000));
  }

  @Test
  void answer_thenSystemClockIsSet_isFollowedAgain() {
    wall.set(NOW + YEARS);
    answer(time.ask(), NOW);
    wall.set(NOW + 30_000);
    assertEquals(NOW + 30_000, clock.millis());
  }

  @Test
  void hubThatWasYearsAheadOnce_canBeCorrected() {
    clock.proved(NOW + YEARS);
    assertEquals(NOW + YEARS, clock.millis());
    assertTrue(answer(time.ask(), NOW));
    assertEquals(NOW, clock.millis());
    start();
    assertEquals(NOW, clock.millis());
  }

  @Test
  void oldProofAfterAnAnswer_isDoubtedNotBelieved() {
    clock.proved(NOW + YEARS);
    answer(time.ask(), NOW);
    assertEquals(Finding.DOUBTED, clock.proved(NOW + YEARS));
    assertEquals(NOW, clock.millis());
  }

  @Test
  void answer_beforeTheBuild_isRefused() {
    byte[] nonce = time.ask();
    assertEquals(ErrorCode.CLOCK_UNTRUSTED, codeOf(() -> answer(nonce, BUILT - 1)));
    assertEquals(NOW, clock.millis());
  }

  @Test
  void answer_toAnotherOrALateQuestion_isRefused() {
    byte[] first = time.ask();
    byte[] second = time.ask();
    assertEquals(ErrorCode.LEASE_REPLAYED, codeOf(() -> answer(first, NOW - MINUTE * 60)));
    pass(TimeExchange.PATIENCE_MS + 1);
    assertEquals(ErrorCode.LEASE_REPLAYED, codeOf(() -> answer(second, NOW - MINUTE * 60)));
    assertEquals(NOW + TimeExchange.PATIENCE_MS + 1, clock.millis());
  }

  @Test
  void answer_twice_countsOnce() {
    byte[] nonce = time.ask();
    assertFalse(answer(nonce, NOW));
    assertEquals(ErrorCode.LEASE_REPLAYED, codeOf(() -> answer(nonce, NOW)));
  }

  @Test
  void doubt_asksOnceAMinuteAndWaitsForTheAnswer() {
    assertFalse(time.waiting());
    byte[] nonce = time.askInDoubt().orElseThrow();
    assertTrue(time.waiting());
    assertTrue(time.askInDoubt().isEmpty());
    answer(nonce, NOW);
    assertFalse(time.waiting());
    pass(TimeExchange.PAUSE_MS - 1);
    assertTrue(time.askInDoubt().isEmpty());
    pass(1);
    assertTrue(time.askInDoubt().isPresent());
  }

  private void pass(long ms) {
    wall.addAndGet(ms);
    nanos.addAndGet(ms * 1_000_000);
  }

  private boolean answer(byte[] nonce, long ms) {
    return time.answered(
        TimeAnswer.newBuilder().setNonce(ByteString.copyFrom(nonce)).setTimeMs(ms).build());
  }

  private static ErrorCode codeOf(Runnable call) {
    return assertThrows(DroverException.class, call::run).code();
  }
}
