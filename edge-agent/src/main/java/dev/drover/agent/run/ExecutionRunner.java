package dev.drover.agent.run;

import dev.drover.agent.core.Caller;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.RunMachine;
import dev.drover.agent.core.RunState;
import dev.drover.agent.exchange.Waiting;
import dev.drover.agent.v1.RunEvent;
import dev.drover.agent.v1.RunFinished;
import dev.drover.agent.v1.RunResult;
import dev.drover.agent.v1.RunRow;
import dev.drover.agent.v1.RunStarted;
import dev.drover.machine.EffectHandler;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.OwedEffect;
import dev.drover.v1.ExecutionState;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs executions: the handler of {@link Machines#EFFECT_RUN}.
 *
 * <p>Before anything is done, {@code started} is made durable; so a process that finds an execution
 * started knows that an earlier one may have done it, and lets the work decide. What is cut short
 * because this process ends stays owed and is taken up by the next one. Thread-safe.
 */
public final class ExecutionRunner implements EffectHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ExecutionRunner.class);

  private final Engine engine;
  private final Work work;
  private final ExecutorService executor;
  private final String bootId;
  private final Map<String, CallContext> running = new ConcurrentHashMap<>();
  private volatile Runnable busyChanged = () -> {};
  private volatile boolean closing;

  /** What an execution consists of. */
  interface Work {
    /**
     * Does it.
     *
     * @param again whether an earlier process, or an attempt before, may have done it
     * @return the outcome; failures are thrown
     */
    RunResult perform(RunRow row, boolean again, CallContext context);

    /** Throws where it must not be started at all, before anything is made durable. */
    void admit(RunRow row);
  }

  /**
   * Makes a runner.
   *
   * @param executor bounded; what it rejects is reported as such
   * @param bootId identity of the machine's present boot
   */
  public ExecutionRunner(Engine engine, TaskWork work, ExecutorService executor, String bootId) {
    this(engine, (Work) work, executor, bootId);
  }

  ExecutionRunner(Engine engine, Work work, ExecutorService executor, String bootId) {
    this.engine = engine;
    this.work = work;
    this.executor = executor;
    this.bootId = bootId;
  }

  /** Returns how many executions run or wait. */
  public int busy() {
    return running.size();
  }

  /** Sets what is done, quickly, whenever {@link #busy} has changed. */
  public void onBusyChange(Runnable task) {
    busyChanged = task;
  }

  /** Stops an execution that runs here; does nothing for another one. */
  public void cancel(String execution) {
    CallContext context = running.get(execution);
    if (context != null) {
      context.cancel();
    }
  }

  /** Returns the handler of {@link Machines#EFFECT_CANCEL_RUN}. */
  public EffectHandler canceller() {
    return effect -> {
      cancel(effect.effect().target());
      return EffectResult.doneStage();
    };
  }

  /** Begins to end: cancels what runs and leaves it owed. */
  public void stop() {
    closing = true;
    running.values().forEach(CallContext::cancel);
  }

  @Override
  public CompletionStage<EffectResult> perform(OwedEffect effect) {
    CompletableFuture<EffectResult> done = new CompletableFuture<>();
    String execution = effect.key();
    RunRow row = row(execution);
    if (!isOf(row, effect.effect().payload())) {
      return EffectResult.doneStage();
    }
    int attempt = row.getLease().getAttempt();
    CallContext context =
        new CallContext(
            Caller.HUB, execution + "/" + attempt, engine::nowMs, row.getDeadlineAtMs());
    running.put(execution, context);
    busyChanged.run();
    try {
      executor.execute(() -> finish(execution, attempt, context, done));
    } catch (RejectedExecutionException full) {
      running.remove(execution, context);
      busyChanged.run();
      if (RunState.of(row.getState()) == RunState.RUNNING) {
        // An earlier process may have done it: it stays owed until there is room.
        done.completeExceptionally(full);
      } else {
        done.complete(outcome(row, failure(ExecutionState.REJECTED, ErrorCode.RESOURCE_EXHAUSTED)));
      }
    }
    return done;
  }

  /** Returns whether the attempt is still the one whose turn had come. */
  private static boolean isOf(RunRow row, byte[] attempt) {
    String asText = Integer.toString(row.getLease().getAttempt());
    boolean running = RunState.of(row.getState()) == RunState.RUNNING;
    return running
        || attempt.length == 0
        || asText.equals(new String(attempt, StandardCharsets.US_ASCII));
  }

  private void finish(
      String execution, int attempt, CallContext context, CompletableFuture<EffectResult> done) {
    try {
      EffectResult result = run(execution, attempt, context);
      if (!closing) {
        done.complete(result);
      }
    } catch (DroverException notNow) {
      done.completeExceptionally(notNow);
    } catch (RuntimeException | StackOverflowError defect) {
      // Of an OutOfMemoryError the process ends.
      LOG.atError().setCause(defect).addKeyValue("execution", execution).log("A run failed");
      done.completeExceptionally(defect);
    } finally {
      running.remove(execution, context);
      busyChanged.run();
    }
  }

  /** Does the work of one effect; throws only where it is to be tried again. */
  private EffectResult run(String execution, int attempt, CallContext context) {
    RunRow row = row(execution);
    RunState state = RunState.of(row.getState());
    boolean begun = state == RunState.RUNNING;
    // While this waited for a thread its lease may have ended, and a new one waits for its turn.
    boolean waits = state == RunState.ACCEPTED && row.getLease().getAttempt() == attempt;
    if (!waits && !begun) {
      return EffectResult.done();
    }
    if (!begun) {
      if (!row.getBootId().equals(bootId)) {
        // Its clock ran on monotonic time, and that began anew.
        return outcome(row, failure(ExecutionState.REJECTED, ErrorCode.LEASE_EXPIRED));
      }
      try {
        work.admit(row);
      } catch (DroverException refused) {
        return outcome(row, failure(ExecutionState.REJECTED, refused.code()));
      }
      if (!started(row)) {
        return EffectResult.done();
      }
    }
    if (row(execution).getStopRequested()) {
      context.cancel();
    }
    return outcome(row, perform(row, begun || row.getInDoubt(), context));
  }

  private RunResult perform(RunRow row, boolean again, CallContext context) {
    try {
      return work.perform(row, again, context);
    } catch (DroverException failed) {
      LOG.atInfo()
          .addKeyValue("execution", row.getLease().getExecution())
          .addKeyValue("code", failed.code())
          .log("Execution failed");
      return failure(stateOf(failed.code()), failed.code());
    } catch (RuntimeException defect) {
      LOG.atError()
          .setCause(defect)
          .addKeyValue("execution", row.getLease().getExecution())
          .log("Execution failed unexpectedly");
      return failure(ExecutionState.FAILED, ErrorCode.INTERNAL);
    }
  }

  private static ExecutionState stateOf(ErrorCode code) {
    return switch (code) {
      case CANCELLED -> ExecutionState.CANCELLED;
      case OUTCOME_UNKNOWN -> ExecutionState.OUTCOME_UNKNOWN;
      case ANSWER_BUDGET_SPENT, QUESTION_NOT_SIGNED, POLICY_DENIED -> ExecutionState.REJECTED;
      default -> ExecutionState.FAILED;
    };
  }

  private boolean started(RunRow row) {
    RunStarted started = RunStarted.newBuilder().setAttempt(row.getLease().getAttempt()).build();
    byte[] event = RunEvent.newBuilder().setStarted(started).build().toByteArray();
    String execution = row.getLease().getExecution();
    try {
      return Waiting.join(engine.submit(Machines.RUN, execution, event)).accepted();
    } catch (DroverException refused) {
      if (refused.code() == ErrorCode.ILLEGAL_TRANSITION) {
        return false;
      }
      throw refused;
    }
  }

  private RunRow row(String execution) {
    return engine.read(
        Machines.RUN,
        execution,
        rows -> Machines.row(rows, RunMachine.ROW, RunRow.parser(), RunRow.getDefaultInstance()));
  }

  private static RunResult failure(ExecutionState state, ErrorCode code) {
    return RunResult.newBuilder().setState(state).setError(code.number()).build();
  }

  private static EffectResult outcome(RunRow row, RunResult result) {
    RunFinished finished =
        RunFinished.newBuilder().setAttempt(row.getLease().getAttempt()).setResult(result).build();
    return EffectResult.event(RunEvent.newBuilder().setFinished(finished).build().toByteArray());
  }
}
