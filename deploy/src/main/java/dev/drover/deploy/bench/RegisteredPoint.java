package dev.drover.deploy.bench;

import java.util.List;

/**
 * What a process takes that has so many devices registered.
 *
 * @param memory megabytes
 * @param heap megabytes of it that the heap's objects take after a collection
 * @param disk megabytes
 * @param processor percent of one
 * @param heartbeats taken while its processor time was measured
 */
record RegisteredPoint(
    int devices, double memory, double heap, double disk, double processor, long heartbeats) {
  private static final String LINE = "result ";

  /** Returns the points in what a probe printed. */
  static List<RegisteredPoint> all(String output) {
    return output
        .lines()
        .filter(line -> line.startsWith(LINE))
        .map(line -> of(line.substring(LINE.length()).split(" ", -1)))
        .toList();
  }

  private static RegisteredPoint of(String[] words) {
    return new RegisteredPoint(
        Integer.parseInt(words[0]),
        Double.parseDouble(words[1]),
        Double.parseDouble(words[2]),
        Double.parseDouble(words[3]),
        Double.parseDouble(words[4]),
        Long.parseLong(words[5]));
  }

  /** Returns the line that {@link #all} reads. */
  String line() {
    return LINE
        + String.join(
            " ",
            Integer.toString(devices),
            Double.toString(memory),
            Double.toString(heap),
            Double.toString(disk),
            Double.toString(processor),
            Long.toString(heartbeats));
  }
}
