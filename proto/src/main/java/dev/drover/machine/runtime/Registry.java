package dev.drover.machine.runtime;

import dev.drover.machine.Effect;
import dev.drover.machine.EffectHandler;
import dev.drover.machine.Machine;
import dev.drover.machine.MachineLimits;
import dev.drover.machine.Step;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The machines and handlers of an engine. Thread-safe. */
final class Registry {
  private final Map<String, Machine<?>> machines = new ConcurrentHashMap<>();
  private final Map<String, EffectHandler> handlers = new ConcurrentHashMap<>();

  void register(Machine<?> machine) {
    String name = MachineLimits.checkName("The machine", machine.name());
    if (machines.putIfAbsent(name, machine) != null) {
      throw new DroverException(ErrorCode.ALREADY_EXISTS, "There is a machine " + name + ".");
    }
  }

  void handle(String kind, EffectHandler handler) {
    MachineLimits.checkName("The effect kind", kind);
    if (kind.equals(Effect.SEND) || handlers.putIfAbsent(kind, handler) != null) {
      throw new DroverException(ErrorCode.ALREADY_EXISTS, "There is a handler of " + kind + ".");
    }
  }

  /**
   * Decodes an event for a machine.
   *
   * @throws DroverException if there is no such machine or it does not parse
   */
  Prepared<?> prepare(String machine, byte[] event) {
    Machine<?> found = machines.get(machine);
    if (found == null) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "There is no machine " + machine + ".");
    }
    return Prepared.of(found, event);
  }

  EffectHandler handler(String kind) {
    EffectHandler handler = handlers.get(kind);
    if (handler == null) {
      throw new IllegalStateException("No handler of effects of kind " + kind);
    }
    return handler;
  }

  /** Throws if a step owes something that nobody here could do. */
  void check(Step step) {
    for (Effect effect : step.effects()) {
      if (effect.isSend()) {
        requireMachine(effect.sendMachine());
      } else {
        handler(effect.kind());
      }
    }
  }

  /**
   * Throws if what is owed from before cannot be done.
   *
   * @throws DroverException {@link ErrorCode#INTERNAL}
   */
  void checkRecovered(Owed owed) {
    boolean known = owed.isSend() || handlers.containsKey(owed.kind);
    if (!known || !machines.containsKey(owed.from.machine())) {
      throw new DroverException(
          ErrorCode.INTERNAL,
          "Something is owed by machine "
              + owed.from.machine()
              + " of kind "
              + owed.kind
              + ", and one of them is not registered.");
    }
  }

  private void requireMachine(String machine) {
    if (!machines.containsKey(machine)) {
      throw new IllegalStateException("No machine " + machine);
    }
  }
}
