package dev.drover.hub.core;

import dev.drover.v1.Device;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.List;

/**
 * Says which devices are meant, by labels and capabilities.
 *
 * <p>A selector is a list of terms with commas between them, all of which must hold; the empty one
 * means every device:
 *
 * <pre>
 * site=hall3, role in (camera, gateway), memory&gt;=2GiB, !retired, floor&gt;2, seen&lt;1h
 * </pre>
 *
 * <p>A term is {@code key=value}, {@code key!=value}, {@code key in (a, b)}, {@code key not in (a,
 * b)}, {@code key} (it is there), {@code !key} (it is not), or one with {@code < <= > >=}. These
 * keys mean what the device is or said of itself. Words: {@code device}, {@code state}, {@code
 * arch}, {@code tool}, {@code power} (mains, battery), {@code network} (unmetered, metered), {@code
 * config} (sent, applied, pending-restart, overridden, refused-key, refused-value), {@code release}
 * (name or the first digits of a manifest's SHA-256), {@code model} (name, first digits of its
 * SHA-256, or {@code resident}). Numbers: {@code cpus}, {@code load} and {@code battery} (percent),
 * {@code temperature} (degrees Celsius), {@code busy}, {@code crashes}, {@code failures}
 * (executions that failed lately, halved each hour); sizes with B, KiB, MiB, GiB, TiB, kB, MB, GB,
 * TB: {@code memory}, {@code memory.available}, {@code disk}; durations with ms, s, m, h, d: {@code
 * seen} (since its last word), {@code skew} (of its clock, either way); {@code version} of the
 * agent. Every other key is a label, which compares as a number where it is one; {@code
 * label.<key>} is the label of that name also where the name is taken. {@code !=}, {@code not in}
 * and {@code !} hold where the key is not there; comparisons do not.
 *
 * <p>Immutable.
 */
public final class Selector {
  /** Selects every device. */
  public static final Selector EVERY = new Selector("", List.of());

  /** One condition. */
  @FunctionalInterface
  interface Term {
    boolean holds(Device device, long nowMs);
  }

  private final String text;
  private final List<Term> terms;

  private Selector(String text, List<Term> terms) {
    this.text = text;
    this.terms = List.copyOf(terms);
  }

  /**
   * Reads a selector.
   *
   * @param text at most {@link Limits#SELECTOR_CHARS_MAX} characters
   * @throws DroverException {@link ErrorCode#SELECTOR_INVALID}; the message has the column, counted
   *     from 1, and under the selector a line with a caret there. {@link ErrorCode#LIMIT_EXCEEDED}
   *     for a text that is too long
   */
  public static Selector parse(String text) {
    Limits.check("The selector's length", text.length(), Limits.SELECTOR_CHARS_MAX);
    List<Term> terms = new SelectorParser(text).parse();
    return terms.isEmpty() ? EVERY : new Selector(text, terms);
  }

  /**
   * Returns whether the device is selected.
   *
   * @param nowMs the hub's time, for how long ago a device was seen or failed
   */
  public boolean matches(Device device, long nowMs) {
    for (Term term : terms) {
      if (!term.holds(device, nowMs)) {
        return false;
      }
    }
    return true;
  }

  /** Returns the text it was read from. */
  @Override
  public String toString() {
    return text;
  }
}
