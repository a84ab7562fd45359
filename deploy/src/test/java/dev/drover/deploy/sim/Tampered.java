package dev.drover.deploy.sim;

import dev.drover.machine.Effect;
import dev.drover.machine.Machine;
import dev.drover.machine.Row;
import dev.drover.machine.RowChange;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.machine.TimerChange;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A shipped machine with something wrong between it and its engine. */
final class Tampered<E> implements Machine<E> {
  private final Machine<E> machine;
  private final How<E> how;

  /** What goes wrong in a step. */
  @FunctionalInterface
  interface How<E> {
    Step step(Machine<E> machine, RowReader own, E event, long nowMs);
  }

  Tampered(Machine<E> machine, How<E> how) {
    this.machine = machine;
    this.how = how;
  }

  /** Returns a machine of this kind tampered with, any other as it is. */
  static <E> Machine<?> only(Class<? extends Machine<E>> kind, Machine<?> machine, How<E> how) {
    return kind.isInstance(machine) ? new Tampered<>(kind.cast(machine), how) : machine;
  }

  @Override
  public String name() {
    return machine.name();
  }

  @Override
  public E decode(byte[] event) {
    return machine.decode(event);
  }

  @Override
  public Step step(RowReader own, E event, long nowMs) {
    return how.step(machine, own, event, nowMs);
  }

  /** Returns a step with some of its effects, as they are or changed. */
  static Step effects(Step step, Function<Effect, @Nullable Effect> change) {
    return copy(step, row -> row, change);
  }

  /** Returns a step without some of its effects. */
  static Step without(Step step, Predicate<Effect> gone) {
    return copy(step, row -> row, effect -> gone.test(effect) ? null : effect);
  }

  /** Returns a step with some of its rows, as they are or changed. */
  static Step rows(Step step, Function<RowChange, @Nullable RowChange> change) {
    return copy(step, change, effect -> effect);
  }

  /** Returns a step that writes further rows at its end. */
  static Step plus(Step step, Map<String, byte[]> more) {
    return copy(step, row -> row, effect -> effect, more);
  }

  private static Step copy(
      Step step,
      Function<RowChange, @Nullable RowChange> rows,
      Function<Effect, @Nullable Effect> effects) {
    return copy(step, rows, effects, Map.of());
  }

  private static Step copy(
      Step step,
      Function<RowChange, @Nullable RowChange> rows,
      Function<Effect, @Nullable Effect> effects,
      Map<String, byte[]> more) {
    Step.Builder copy = Step.builder();
    for (RowChange row : step.rows()) {
      RowChange kept = rows.apply(row);
      byte[] value = kept == null ? null : kept.value();
      if (kept != null && value != null) {
        copy.put(kept.row(), value);
      } else if (kept != null) {
        copy.delete(kept.row());
      }
    }
    more.forEach(copy::put);
    for (Effect effect : step.effects()) {
      Effect kept = effects.apply(effect);
      if (kept != null && kept.isSend()) {
        copy.send(kept.sendMachine(), kept.sendKey(), kept.payload());
      } else if (kept != null) {
        copy.effect(kept.kind(), kept.target(), kept.payload());
      }
    }
    for (TimerChange timer : step.timers()) {
      byte[] event = timer.event();
      if (event == null) {
        copy.cancelTimer(timer.name());
      } else {
        copy.timer(timer.name(), timer.atMs(), event);
      }
    }
    byte[] reply = step.reply();
    if (reply != null) {
      copy.reply(reply);
    }
    var refusal = step.refusal();
    if (refusal != null) {
      copy.refuse(refusal);
    }
    return copy.build();
  }

  /** Rows of which one reads differently. */
  record Other(RowReader own, String row, byte[] value) implements RowReader {
    @Override
    public String key() {
      return own.key();
    }

    @Override
    public byte @Nullable [] get(String name) {
      return name.equals(row) ? value : own.get(name);
    }

    @Override
    public List<Row> scan(String prefix, String from, int limit) {
      return own.scan(prefix, from, limit);
    }
  }
}
