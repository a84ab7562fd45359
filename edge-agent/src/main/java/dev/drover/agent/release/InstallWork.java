package dev.drover.agent.release;

import com.google.protobuf.ByteString;
import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.InstallMachine;
import dev.drover.agent.core.InstallState;
import dev.drover.agent.core.Machines;
import dev.drover.agent.exchange.Waiting;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallOrder;
import dev.drover.agent.v1.InstallProgress;
import dev.drover.agent.v1.InstallRow;
import dev.drover.agent.v1.InstallStep;
import dev.drover.agent.v1.SlotRef;
import dev.drover.machine.EffectHandler;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.OwedEffect;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does the pieces of work that the install machine orders, one at a time, on a thread of its own.
 *
 * <p>A piece of work reports progress at most once a second, and ends when the machine refuses it.
 * What is cut short because the process ends stays owed.
 */
public final class InstallWork {
  private static final long PROGRESS_NANOS = 1_000_000_000L;

  private static final Logger LOG = LoggerFactory.getLogger(InstallWork.class);

  private final Engine engine;
  private final Pieces pieces;
  private final AuditTrail audit;
  private final Executor executor;
  private final LongSupplier nanoTime;
  private volatile boolean closing;

  /**
   * Makes the work possible.
   *
   * @param executor runs one task at a time
   * @param nanoTime monotonic time in nanoseconds
   */
  public InstallWork(
      Engine engine, Pieces pieces, AuditTrail audit, Executor executor, LongSupplier nanoTime) {
    this.engine = engine;
    this.pieces = pieces;
    this.audit = audit;
    this.executor = executor;
    this.nanoTime = nanoTime;
  }

  /** One piece of work; tells the progress, which throws to end it. */
  @FunctionalInterface
  private interface Piece {
    SlotRef perform(InstallOrder order, Progress progress);
  }

  /** The pieces of work that make a slot; each may be done again after a crash. */
  public interface Pieces {
    /** Verifies the release's documents and compares its needs with the device's means. */
    SlotRef preflight(InstallOrder order, Progress progress);

    /** Fetches what is missing and checks it whole. */
    SlotRef fetch(InstallOrder order, Progress progress);

    /** Makes the slot. */
    SlotRef stage(InstallOrder order);
  }

  /** Progress of one piece of work. */
  public interface Progress {
    /**
     * Tells how far it is; called as often as one likes.
     *
     * @param permille 0 to 1000
     * @throws DroverException {@code CANCELLED} where it is no longer wanted
     */
    void at(int permille);
  }

  /** Registers the handlers of all pieces; before the engine starts. */
  public void register() {
    engine.handle(Machines.EFFECT_PREFLIGHT, handler(InstallState.PREFLIGHT, pieces::preflight));
    engine.handle(Machines.EFFECT_FETCH, handler(InstallState.FETCHING, pieces::fetch));
    engine.handle(
        Machines.EFFECT_STAGE,
        handler(InstallState.VERIFIED, (order, progress) -> pieces.stage(order)));
  }

  /** Begins to end: what is under way stops and stays owed. */
  public void stop() {
    closing = true;
  }

  private EffectHandler handler(InstallState state, Piece piece) {
    return effect -> {
      CompletableFuture<EffectResult> done = new CompletableFuture<>();
      try {
        executor.execute(() -> perform(effect, state, piece, done));
      } catch (RejectedExecutionException ending) {
        LOG.atInfo().log("The agent ends; the installation goes on at its next start");
      }
      return done;
    };
  }

  private void perform(
      OwedEffect effect, InstallState state, Piece piece, CompletableFuture<EffectResult> done) {
    InstallOrder order = Machines.parse(InstallOrder.parser(), effect.effect().payload());
    String execution = order.getLease().getExecution();
    if (!isCurrent(execution, state)) {
      done.complete(EffectResult.done());
      return;
    }
    InstallStep.Builder step =
        InstallStep.newBuilder()
            .setExecution(execution)
            .setOfState(state.name())
            .setCandidate(order.getCandidate())
            .setAuditKey(ByteString.copyFrom(audit.newKey()));
    try {
      step.setCandidate(piece.perform(order, progress(execution)));
      LOG.atInfo().addKeyValue("execution", execution).addKeyValue("done", state).log("Install");
    } catch (DroverException failed) {
      if (closing) {
        return;
      }
      LOG.atWarn()
          .addKeyValue("execution", execution)
          .addKeyValue("state", state)
          .addKeyValue("code", failed.code())
          .addKeyValue("reason", failed.getMessage())
          .log("Installation failed");
      step.setError(failed.code().number());
    } catch (RuntimeException defect) {
      LOG.atError().setCause(defect).addKeyValue("execution", execution).log("Install failed");
      step.setError(ErrorCode.INTERNAL.number());
    }
    done.complete(
        EffectResult.event(InstallEvent.newBuilder().setStep(step).build().toByteArray()));
  }

  private boolean isCurrent(String execution, InstallState state) {
    return engine.read(
        Machines.INSTALL,
        Machines.INSTALL,
        rows -> {
          InstallRow row =
              Machines.row(
                  rows, InstallMachine.ROW, InstallRow.parser(), InstallRow.getDefaultInstance());
          return row.getState().equals(state.name())
              && row.getLease().getExecution().equals(execution);
        });
  }

  private Progress progress(String execution) {
    return new Progress() {
      private long last = nanoTime.getAsLong() - PROGRESS_NANOS;

      @Override
      public void at(int permille) {
        if (closing) {
          throw new DroverException(ErrorCode.CANCELLED, "The agent ends.");
        }
        long now = nanoTime.getAsLong();
        if (now - last < PROGRESS_NANOS) {
          return;
        }
        last = now;
        Waiting.join(submit(execution, permille));
      }
    };
  }

  private CompletionStage<?> submit(String execution, int permille) {
    InstallProgress progress =
        InstallProgress.newBuilder().setExecution(execution).setPermille(permille).build();
    byte[] event = InstallEvent.newBuilder().setProgress(progress).build().toByteArray();
    return engine
        .submit(Machines.INSTALL, Machines.INSTALL, event)
        .thenApply(reply -> reply.orThrow());
  }
}
