package dev.drover.machine;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an event changes: rows, timers, effects and an answer, which become durable together.
 *
 * <p>Immutable. Arrays given to the builder are not copied and are not to be changed afterwards.
 */
public final class Step {
  private static final Step NOTHING = builder().build();

  private final List<RowChange> rows;
  private final List<Effect> effects;
  private final List<TimerChange> timers;
  private final byte @Nullable [] reply;
  private final @Nullable Refusal refusal;

  private Step(Builder builder) {
    this.rows = List.copyOf(builder.rows);
    this.effects = List.copyOf(builder.effects);
    this.timers = List.copyOf(builder.timers);
    this.reply = builder.reply;
    this.refusal = builder.refusal;
  }

  /** Returns a builder of a step that changes nothing yet. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the step that changes nothing and answers nothing. */
  public static Step nothing() {
    return NOTHING;
  }

  /** Returns a step that changes nothing and only answers. */
  public static Step reply(byte[] reply) {
    return builder().reply(reply).build();
  }

  /** Returns a step that changes nothing and refuses the event. */
  public static Step refuse(ErrorCode code, String message) {
    return builder().refuse(code, message).build();
  }

  /** Returns the row changes in the order they were made; a later one of a row wins. */
  public List<RowChange> rows() {
    return rows;
  }

  /** Returns the effects in the order they are to be performed. */
  public List<Effect> effects() {
    return effects;
  }

  /** Returns the timer changes in the order they were made; a later one of a name wins. */
  public List<TimerChange> timers() {
    return timers;
  }

  /** Returns the answer to the submitter, or null for none. */
  public byte @Nullable [] reply() {
    return reply;
  }

  /** Returns why the event is refused, or null where it is accepted. */
  public @Nullable Refusal refusal() {
    return refusal;
  }

  /** Collects a step. Not thread-safe. */
  public static final class Builder {
    private final List<RowChange> rows = new ArrayList<>(4);
    private final List<Effect> effects = new ArrayList<>(2);
    private final List<TimerChange> timers = new ArrayList<>(1);
    private byte @Nullable [] reply;
    private @Nullable Refusal refusal;

    private Builder() {}

    /**
     * Writes a row of this key.
     *
     * @throws DroverException {@link ErrorCode#LIMIT_EXCEEDED} where {@link MachineLimits} says so
     */
    public Builder put(String row, byte[] value) {
      MachineLimits.checkKey("The row's name", row);
      MachineLimits.checkBytes("The row", value, MachineLimits.ROW_BYTES_MAX);
      return add(rows, new RowChange(row, value), MachineLimits.STEP_ROWS_MAX);
    }

    /** Deletes a row of this key; one that does not exist is left so. */
    public Builder delete(String row) {
      MachineLimits.checkKey("The row's name", row);
      return add(rows, new RowChange(row, null), MachineLimits.STEP_ROWS_MAX);
    }

    /** Owes an effect to the handler of its kind. */
    public Builder effect(String kind, String target, byte[] payload) {
      return add(effects, Effect.of(kind, target, payload), MachineLimits.STEP_EFFECTS_MAX);
    }

    /** Owes an event to a key of a machine, this one included; delivered exactly once. */
    public Builder send(String machine, String key, byte[] event) {
      return add(effects, Effect.send(machine, key, event), MachineLimits.STEP_EFFECTS_MAX);
    }

    /**
     * Sets a timer of this key; one of the same name is replaced.
     *
     * @param name unique within the key
     * @param atMs engine time in milliseconds at or after which the event is delivered, once; one
     *     that is past fires at once
     * @param event what this machine gets then
     */
    public Builder timer(String name, long atMs, byte[] event) {
      MachineLimits.checkKey("The timer's name", name);
      MachineLimits.checkBytes("The timer's event", event, MachineLimits.EVENT_BYTES_MAX);
      TimerChange change = new TimerChange(name, Math.max(0, atMs), event);
      return add(timers, change, MachineLimits.STEP_TIMERS_MAX);
    }

    /** Cancels a timer of this key; one that does not exist is left so. */
    public Builder cancelTimer(String name) {
      MachineLimits.checkKey("The timer's name", name);
      return add(timers, new TimerChange(name, 0, null), MachineLimits.STEP_TIMERS_MAX);
    }

    /** Answers the submitter. */
    public Builder reply(byte[] reply) {
      this.reply = reply;
      return this;
    }

    /** Refuses the event; row changes made beside it, such as a counter, are kept. */
    public Builder refuse(ErrorCode code, String message) {
      return refuse(new Refusal(code, message));
    }

    /** Refuses the event, like {@link #refuse(ErrorCode, String)}. */
    public Builder refuse(Refusal why) {
      this.refusal = why;
      return this;
    }

    /** Returns the step. */
    public Step build() {
      return new Step(this);
    }

    private <T> Builder add(List<T> list, T item, int countMax) {
      if (list.size() >= countMax) {
        throw new DroverException(
            ErrorCode.LIMIT_EXCEEDED, "A step has more than " + countMax + " changes of a kind.");
      }
      list.add(item);
      return this;
    }
  }
}
