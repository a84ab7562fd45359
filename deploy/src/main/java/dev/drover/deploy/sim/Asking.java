package dev.drover.deploy.sim;

import dev.drover.agent.exchange.Waiting;
import dev.drover.hub.fleet.FleetService;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How operators ask the hub: who gets no answer asks again, with the same idempotency key, until
 * the hub answers or patience is over.
 */
final class Asking {
  private static final long ANSWER_MS_MAX = 15_000;

  /** How often a patient operator asks. */
  static final int TRIES_MAX = 60;

  private final SimWorld world;
  private int unanswered;

  Asking(SimWorld world) {
    this.world = world;
  }

  /** Returns how many requests still wait for an answer. */
  int unanswered() {
    return unanswered;
  }

  /** Counts something that will be asked later as if it waited for its answer. */
  void planned(long ms, Runnable then) {
    unanswered++;
    world.after(
        ms,
        () -> {
          unanswered--;
          then.run();
        });
  }

  /** Asks the hub until it answers; what it refuses is only noted. */
  <T> void ask(String what, Function<FleetService, CompletionStage<T>> call, Consumer<T> then) {
    ask(what, TRIES_MAX, call, then, refused -> {});
  }

  /** Asks the hub until it answers, and learns what it refused. */
  <T> void ask(
      String what,
      int triesMax,
      Function<FleetService, CompletionStage<T>> call,
      Consumer<T> then,
      Consumer<ErrorCode> refused) {
    unanswered++;
    new Asked<>(what, triesMax, call, then, refused).again();
  }

  private final class Asked<T> {
    private final String what;
    private final int triesMax;
    private final Function<FleetService, CompletionStage<T>> call;
    private final Consumer<T> then;
    private final Consumer<ErrorCode> refused;
    private int tries;
    private boolean over;

    Asked(
        String what,
        int triesMax,
        Function<FleetService, CompletionStage<T>> call,
        Consumer<T> then,
        Consumer<ErrorCode> refused) {
      this.what = what;
      this.triesMax = triesMax;
      this.call = call;
      this.then = then;
      this.refused = refused;
    }

    void again() {
      if (over) {
        return;
      }
      if (tries == triesMax) {
        world.trace().line("operator: gives up %s", what);
        over = true;
        unanswered--;
        return;
      }
      int ofTry = ++tries;
      world.hub().guard(() -> world.hub().fleet().ifPresent(fleet -> begin(fleet, ofTry)));
      world.after(ANSWER_MS_MAX, this::again);
    }

    private void begin(FleetService fleet, int ofTry) {
      world.trace().line("operator: %s, try %d", what, ofTry);
      var unused =
          call.apply(fleet)
              .whenComplete(
                  (answer, failure) -> {
                    // What the operator does next is no part of the hub's process.
                    world.after(1, () -> answered(answer, failure));
                  });
    }

    private void answered(T answer, @Nullable Throwable failure) {
      if (over) {
        return;
      }
      DroverException refusal = failure == null ? null : Waiting.cause(failure);
      boolean retry = refusal != null && refusal.code().retryable();
      world
          .trace()
          .line("operator: %s %s", what, refusal == null ? "done" : refusal.code().toString());
      if (retry) {
        return;
      }
      over = true;
      unanswered--;
      if (refusal == null) {
        then.accept(answer);
      } else {
        refused.accept(refusal.code());
      }
    }
  }
}
