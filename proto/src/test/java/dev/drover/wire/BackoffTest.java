package dev.drover.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration MAX = Duration.ofSeconds(5);

  @Test
  void waits_spreadOverAGrowingBound_upToTheMaximum() {
    long[] longest = new long[12];
    SplittableRandom random = new SplittableRandom(7);
    for (int run = 0; run < 2_000; run++) {
      Backoff backoff = new Backoff(FIRST, MAX, random);
      for (int i = 0; i < longest.length; i++) {
        long wait = backoff.next().toMillis();
        assertTrue(wait >= 1 && wait <= bound(i), "wait " + wait);
        longest[i] = Math.max(longest[i], wait);
      }
    }
    for (int i = 0; i < longest.length; i++) {
      assertTrue(longest[i] > bound(i) * 0.9, "attempt " + i);
    }
  }

  private static double bound(int attempt) {
    return Math.min(5_000, 100 * Math.pow(1.5, attempt));
  }

  @Test
  void waits_untilThePeerIsBack_areAboutAsLongAsItWasAway() {
    long over = 0;
    SplittableRandom random = new SplittableRandom(11);
    int runs = 1_000;
    for (int run = 0; run < runs; run++) {
      Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(1), random);
      long at = 0;
      while (at < 10_000) {
        at += backoff.next().toMillis();
      }
      over += at - 10_000;
    }
    assertTrue(over / runs < 5_000, "on average " + over / runs + " ms late");
  }

  @Test
  void manyAttempts_doNotOverflow() {
    Backoff backoff = new Backoff(FIRST, Duration.ofDays(1), new SplittableRandom(1));
    for (int i = 0; i < 10_000; i++) {
      assertTrue(backoff.next().compareTo(Duration.ofDays(1)) <= 0);
    }
  }

  @Test
  void success_onlyIfItLasted_startsAgain() {
    for (boolean lasted : new boolean[] {true, false}) {
      long longest = 0;
      SplittableRandom random = new SplittableRandom(3);
      for (int run = 0; run < 500; run++) {
        Backoff backoff = new Backoff(FIRST, MAX, random);
        for (int i = 0; i < 6; i++) {
          backoff.next();
        }
        Duration stable = FIRST.multipliedBy(10);
        backoff.lasted(lasted ? stable : stable.minusMillis(1));
        longest = Math.max(longest, backoff.next().toMillis());
      }
      assertEquals(lasted, longest <= 100);
    }
  }

  @Test
  void bounds_thatMakeNoSense_areRefused() {
    SplittableRandom random = new SplittableRandom(1);
    assertThrows(DroverException.class, () -> new Backoff(Duration.ZERO, MAX, random));
    assertThrows(DroverException.class, () -> new Backoff(MAX, FIRST, random));
  }
}
