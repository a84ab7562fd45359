package dev.drover.deploy.bench;

/**
 * What a figure must keep to.
 *
 * @param ofRatio whether it bounds the ratio to the peer, else the value itself
 * @param most whether it is the most that is allowed, else the least
 * @param bound inclusive
 */
record Budget(boolean ofRatio, boolean most, double bound) {
  static Budget atMost(double value) {
    return new Budget(false, true, value);
  }

  static Budget atLeast(double value) {
    return new Budget(false, false, value);
  }

  static Budget ratioAtMost(double ratio) {
    return new Budget(true, true, ratio);
  }

  static Budget ratioAtLeast(double ratio) {
    return new Budget(true, false, ratio);
  }

  boolean holds(double value, double ratio) {
    double measured = ofRatio ? ratio : value;
    return most ? measured <= bound : measured >= bound;
  }

  /** Returns it as {@code <= 80} for a value, {@code <= 1.2 x} for a ratio. */
  String inWords() {
    return (most ? "<= " : ">= ") + Figure.number(bound) + (ofRatio ? " x" : "");
  }
}
