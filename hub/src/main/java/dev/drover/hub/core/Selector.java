package dev.drover.hub.core;

import dev.drover.v1.Device;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.List;
import java.util.function.Predicate;

/**
 * Says which devices are meant, by labels and capabilities.
 *
 * <p>A selector is a list of terms with commas between them, all of which must hold; the empty one
 * means every device:
 *
 * <pre>
 * site=hall3, role in (camera, gateway), memory&gt;=2GiB, !retired, arch=aarch64, model=resident
 * </pre>
 *
 * <p>A term is {@code key=value}, {@code key!=value}, {@code key in (a, b)}, {@code key not in (a,
 * b)}, {@code key} (it is there), {@code !key} (it is not), or, for numbers, one with {@code < <= >
 * >=}. These keys mean what the device is or said of itself: {@code device}, {@code state}, {@code
 * arch}, {@code version}, {@code tool}, {@code release} (name or the first digits of a manifest's
 * SHA-256), {@code model} (name, first digits of its SHA-256, or {@code resident}), and the numbers
 * {@code cpus}, {@code memory}, {@code memory.available}, {@code disk} (bytes, with B, KiB, MiB,
 * GiB, TiB, kB, MB, GB, TB), {@code load} (percent), {@code temperature} (degrees Celsius), {@code
 * busy}. Every other key is a label; {@code label.<key>} is the label of that name also where the
 * name is taken. {@code !=}, {@code not in} and {@code !} hold where the key is not there;
 * comparisons do not.
 *
 * <p>Immutable.
 */
public final class Selector {
  /** Selects every device. */
  public static final Selector EVERY = new Selector("", List.of());

  private final String text;
  private final List<Predicate<Device>> terms;

  private Selector(String text, List<Predicate<Device>> terms) {
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
    List<Predicate<Device>> terms = new SelectorParser(text).parse();
    return terms.isEmpty() ? EVERY : new Selector(text, terms);
  }

  /** Returns whether the device is selected. */
  public boolean matches(Device device) {
    return terms.stream().allMatch(term -> term.test(device));
  }

  /** Returns the text it was read from. */
  @Override
  public String toString() {
    return text;
  }
}
