package dev.drover.deploy.sim;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/**
 * A stage for which one may wait in the only thread there is: waiting turns the engine that will
 * complete it.
 */
final class Turning<T> extends CompletableFuture<T> {
  private final BooleanSupplier turn;

  private Turning(BooleanSupplier turn) {
    this.turn = turn;
  }

  static <T> Turning<T> of(CompletionStage<T> stage, BooleanSupplier turn) {
    Turning<T> turning = new Turning<>(turn);
    stage.whenComplete(
        (value, failure) -> {
          if (failure == null) {
            turning.complete(value);
          } else {
            turning.completeExceptionally(failure);
          }
        });
    return turning;
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new Turning<>(turn);
  }

  @Override
  public CompletableFuture<T> toCompletableFuture() {
    return this;
  }

  @Override
  public T join() {
    while (!isDone()) {
      if (!turn.getAsBoolean() && !isDone()) {
        throw new IllegalStateException("Nothing is left to do, and a call waits for it");
      }
    }
    return super.join();
  }
}
