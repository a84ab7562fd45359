package dev.drover.deploy.sim;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The simulation finds each of the defects that were put in by hand, within so many seeds. */
class SeededDefectsTest {
  private static final int SEEDS_MAX = 200;

  /** Seeds in which many of them show, looked at first: what is found early costs little. */
  private static final List<Long> FIRST =
      List.of(1L, 2L, 3L, 12L, 17L, 22L, 26L, 36L, 64L, 72L, 84L, 98L);

  @TestFactory
  Stream<DynamicTest> simulation_findsIt() {
    return Defects.all().entrySet().stream()
        .map(defect -> DynamicTest.dynamicTest(defect.getKey(), () -> find(defect)));
  }

  private static void find(Map.Entry<String, Supplier<Variant>> defect) {
    Set<Long> seeds = new LinkedHashSet<>(FIRST);
    for (long seed = 1; seed <= SEEDS_MAX; seed++) {
      seeds.add(seed);
    }
    List<Long> lived = new ArrayList<>();
    for (long seed : seeds) {
      lived.add(seed);
      SimOptions options = SimOptions.of(seed);
      if (new SimWorld(options, defect.getValue().get(), null).live().violation().isPresent()) {
        return;
      }
    }
    throw new AssertionError("Not found by seeds " + lived + ": " + defect.getKey());
  }
}
