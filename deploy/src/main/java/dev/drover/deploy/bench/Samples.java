package dev.drover.deploy.bench;

import java.util.ArrayList;
import java.util.List;

/** Values of one figure, each measured alone. Not thread-safe. */
final class Samples {
  private final List<Double> values = new ArrayList<>();

  void add(double value) {
    values.add(value);
  }

  int count() {
    return values.size();
  }

  /** Returns the mean, not a number for none. */
  double mean() {
    return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }

  /** Returns the latest value, not a number for none. */
  double last() {
    return values.isEmpty() ? Double.NaN : values.get(values.size() - 1);
  }

  /** Returns the largest value, not a number for none. */
  double most() {
    return values.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
  }

  /** Returns the value in the middle, the mean of both for an even count, not a number for none. */
  double median() {
    List<Double> sorted = values.stream().sorted().toList();
    if (sorted.isEmpty()) {
      return Double.NaN;
    }
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
