package dev.drover.deploy.bench;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One measured figure beside its peer.
 *
 * @param name what was measured
 * @param value median of the samples; not a number where measuring failed
 * @param unit of the value and the peer's
 * @param n samples
 * @param peer what it is compared with
 * @param peerValue median of the peer, not a number where the peer is missing
 * @param budget what it must keep to, if anything
 * @param absent whether nothing was measured because this machine lacks what it needs
 */
record Figure(
    String name,
    double value,
    String unit,
    int n,
    String peer,
    double peerValue,
    @Nullable Budget budget,
    boolean absent) {

  Figure(
      String name,
      double value,
      String unit,
      int n,
      String peer,
      double peerValue,
      @Nullable Budget budget) {
    this(name, value, unit, n, peer, peerValue, budget, false);
  }

  static Figure of(String name, Samples samples, String unit, String peer, double peerValue) {
    return new Figure(name, samples.median(), unit, samples.count(), peer, peerValue, null);
  }

  /** Returns a figure that could not be measured. */
  static Figure failed(String name, String cause) {
    return new Figure(name, Double.NaN, "", 0, cause, Double.NaN, null);
  }

  /** Returns a figure that this machine lacks something for; it is accepted as a peer's lack is. */
  static Figure absent(String name, String cause) {
    return new Figure(name, Double.NaN, "", 0, cause, Double.NaN, null, true);
  }

  Figure within(Budget limit) {
    return new Figure(name, value, unit, n, peer, peerValue, limit, absent);
  }

  /** Returns value by peer, not a number where one of them is missing. */
  double ratio() {
    return peerValue == 0 ? Double.NaN : value / peerValue;
  }

  boolean hasPeer() {
    return !Double.isNaN(peerValue);
  }

  /**
   * Returns whether it was measured, has its peer and keeps to its budget.
   *
   * @param withoutPeer whether a missing peer is accepted, and then a budget that needs it; the
   *     same for what this machine lacks
   */
  boolean ok(boolean withoutPeer) {
    if (Double.isNaN(value)) {
      return absent && withoutPeer;
    }
    if (!hasPeer()) {
      return withoutPeer && (budget == null || budget.ofRatio() || budget.holds(value, 0));
    }
    return budget == null || budget.holds(value, ratio());
  }

  /** Says it in a line, so that a run which is ended early keeps what it measured. */
  String inWords() {
    return Double.isNaN(value)
        ? name + ": " + peer
        : name + ": " + number(value) + " " + unit + ", peer " + number(peerValue);
  }

  /** Returns a number in three or more significant digits, a dash for none. */
  static String number(double value) {
    if (!Double.isFinite(value)) {
      return "-";
    }
    double size = Math.abs(value);
    if (size >= 100) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    String format = size >= 10 ? "%.1f" : size >= 0.1 ? "%.2f" : "%.4f";
    String text = String.format(Locale.ROOT, format, value);
    return text.replaceFirst("\\.?0+$", "");
  }
}
