package dev.drover.machine;

import org.jspecify.annotations.Nullable;

/** What a machine answers to the submitter of an event; what it says is durable. */
public final class Reply {
  private static final byte[] EMPTY = {};

  private final byte[] value;
  private final @Nullable Refusal refusal;

  /**
   * Makes a reply.
   *
   * @param value the answer, or null for none; the array is not copied
   * @param refusal why the event was refused, or null where it was accepted
   */
  public Reply(byte @Nullable [] value, @Nullable Refusal refusal) {
    this.value = value == null ? EMPTY : value;
    this.refusal = refusal;
  }

  /** Returns the answer, empty where the machine gave none; not to be changed. */
  public byte[] value() {
    return value;
  }

  /** Returns why the machine refused the event, or null where it accepted it. */
  public @Nullable Refusal refusal() {
    return refusal;
  }

  /** Returns whether the machine accepted the event. */
  public boolean accepted() {
    return refusal == null;
  }

  /**
   * Returns the answer of an accepted event.
   *
   * @throws dev.drover.wire.DroverException with the refusal's code, if it was refused
   */
  public byte[] orThrow() {
    if (refusal != null) {
      throw refusal.toException();
    }
    return value;
  }
}
