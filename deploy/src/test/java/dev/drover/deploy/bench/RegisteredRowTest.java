package dev.drover.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What is made of what the probes print. */
class RegisteredRowTest {
  private static List<RegisteredPoint> points(double memory, double more, double most) {
    return List.of(
        new RegisteredPoint(1_000, memory, 10, 20, 1, 83),
        new RegisteredPoint(10_000, more, 11, 21, 2, 833),
        new RegisteredPoint(100_000, most, 29, 22, 3, 8_333));
  }

  @Test
  void all_readsWhatLineSays() {
    List<RegisteredPoint> points = points(100.5, 101, 110);
    String printed =
        points.stream().map(RegisteredPoint::line).collect(Collectors.joining("\n", "log\n", "\n"));
    assertEquals(points, RegisteredPoint.all(printed));
    assertEquals(List.of(), RegisteredPoint.all("Exception in thread\n"));
  }

  @Test
  void figures_areMediansBesideTheStoreAlone() {
    List<Figure> figures =
        RegisteredRow.figures(
            List.of(points(100, 109, 200), points(120, 138, 228), points(90, 180, 270)),
            List.of(points(50, 50, 50), points(60, 60, 69), points(40, 40, 40)));
    var byName = figures.stream().collect(Collectors.toMap(Figure::name, Function.identity()));
    Figure memory = byName.get("1,000 registered: memory");
    assertEquals(100, memory.value());
    assertEquals(50, memory.peerValue());
    assertEquals(3, memory.n());
    assertEquals(3, byName.get("100,000 registered: processor").value());
    assertEquals(22, byName.get("100,000 registered: store").value());
    // 9, 18 and 90 MB for 9,000 devices; 91, 90 and 90 for 90,000.
    assertEquals(2_000, byName.get("one more, to 10,000: memory").value(), 1e-6);
    assertEquals(1_000, byName.get("one more, to 100,000: memory").value(), 1e-6);
    assertEquals(200, byName.get("one more, to 100,000: heap").value(), 1e-6);
    assertEquals(0, byName.get("one more, to 100,000: memory").peerValue());
  }
}
