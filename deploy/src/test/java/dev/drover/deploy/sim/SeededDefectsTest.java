package dev.drover.deploy.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The simulation finds each of the defects that were put in by hand, within so many seeds, by an
 * invariant that is about it; what is shipped breaks none in the same seed.
 */
class SeededDefectsTest {
  private static final int SEEDS_MAX = 200;

  /** Seeds that find all of them, looked at first: what is found early costs little. */
  private static final List<Long> FIRST = List.of(3L, 6L, 7L, 14L, 10L, 9L, 25L, 13L, 29L, 54L);

  /** Worlds have nothing in common but the tables, which count for all. */
  private static final ExecutorService WORKERS = Executors.newFixedThreadPool(2);

  /** What breaks in a seed as it is shipped: many defects show in the same ones. */
  private static final ConcurrentMap<Long, Optional<Violation>> SHIPPED = new ConcurrentHashMap<>();

  @AfterAll
  static void stop() {
    WORKERS.shutdownNow();
  }

  @TestFactory
  Stream<DynamicTest> simulation_findsIt() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Defects.Defect defect : Defects.all()) {
      CompletableFuture<Void> found = CompletableFuture.runAsync(() -> find(defect), WORKERS);
      tests.add(DynamicTest.dynamicTest(defect.what(), () -> await(found)));
    }
    return tests.stream();
  }

  private static void await(CompletableFuture<Void> found) throws Throwable {
    try {
      found.get();
    } catch (ExecutionException failed) {
      throw failed.getCause();
    }
  }

  private static void find(Defects.Defect defect) {
    Set<Long> seeds = new LinkedHashSet<>(FIRST);
    for (long seed = 1; seed <= SEEDS_MAX; seed++) {
      seeds.add(seed);
    }
    Map<Long, String> others = new LinkedHashMap<>();
    for (long seed : seeds) {
      Optional<Violation> broken = live(seed, defect.variant().get());
      if (broken.isPresent() && defect.breaks().contains(broken.get().invariant())) {
        assertEquals(
            Optional.empty(),
            SHIPPED.computeIfAbsent(seed, s -> live(s, Variant.SHIPPED)),
            "as it is shipped");
        return;
      }
      broken.ifPresent(other -> others.put(seed, other.invariant()));
    }
    throw new AssertionError("Not found, only by others: " + others);
  }

  private static Optional<Violation> live(long seed, Variant variant) {
    return new SimWorld(SimOptions.of(seed), variant, null).live().violation();
  }
}
