package dev.drover.machine;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/**
 * Something that a step owes: an event for another machine, or an action on the world that an
 * {@link EffectHandler} performs.
 */
public final class Effect {
  /** Kind of an effect that is an event for another machine, delivered by the engine itself. */
  public static final String SEND = "send";

  private static final char SEPARATOR = '|';

  private final String kind;
  private final String target;
  private final byte[] payload;

  private Effect(String kind, String target, byte[] payload) {
    this.kind = MachineLimits.checkName("The effect's kind", kind);
    this.target = target;
    this.payload =
        MachineLimits.checkBytes("The effect's payload", payload, MachineLimits.EVENT_BYTES_MAX);
  }

  /**
   * Makes an effect for a handler.
   *
   * @param kind which handler performs it; not {@link #SEND}
   * @param target whom it is for, in the handler's terms (a device, a topic); not empty
   * @param payload what to do, in the handler's format; the array is not copied
   */
  public static Effect of(String kind, String target, byte[] payload) {
    if (kind.equals(SEND)) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "Use Effect.send for events.");
    }
    return new Effect(kind, target, payload);
  }

  /** Makes an effect that is an event for the given key of a machine; the array is not copied. */
  public static Effect send(String machine, String key, byte[] event) {
    MachineLimits.checkName("The target machine", machine);
    MachineLimits.checkKey("The target key", key);
    return new Effect(SEND, machine + SEPARATOR + key, event);
  }

  /** Returns an effect as it was stored. */
  public static Effect stored(String kind, String target, byte[] payload) {
    return new Effect(kind, target, payload);
  }

  /** Returns the kind, which decides who performs it. */
  public String kind() {
    return kind;
  }

  /** Returns whom it is for. */
  public String target() {
    return target;
  }

  /** Returns what to do; not to be changed. */
  public byte[] payload() {
    return payload;
  }

  /** Returns whether this is an event for another machine. */
  public boolean isSend() {
    return kind.equals(SEND);
  }

  /** Returns the machine that a {@link #SEND} goes to. */
  public String sendMachine() {
    return target.substring(0, target.indexOf(SEPARATOR));
  }

  /** Returns the key that a {@link #SEND} goes to. */
  public String sendKey() {
    return target.substring(target.indexOf(SEPARATOR) + 1);
  }
}
