package dev.drover.agent.run;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.Machines;
import dev.drover.agent.core.RunMachine;
import dev.drover.agent.core.TurnMachine;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.agent.store.DeviceEngine;
import dev.drover.agent.v1.RunDue;
import dev.drover.agent.v1.RunEvent;
import dev.drover.agent.v1.RunExpired;
import dev.drover.agent.v1.RunOffer;
import dev.drover.agent.v1.RunResult;
import dev.drover.agent.v1.RunRow;
import dev.drover.agent.v1.RunStarted;
import dev.drover.machine.Effect;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.OwedEffect;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Lease;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a run whose thread comes late. */
class ExecutionRunnerTest {
  private static final String EXECUTION = "j1-1";
  private static final String BOOT = "boot";

  @TempDir private Path directory;
  private final List<String> performed = new CopyOnWriteArrayList<>();
  private final Lanes lanes = new Lanes();
  private Engine engine;
  private ExecutionRunner runner;

  /** Threads that are all busy until the test lets one of them take the next task. */
  private static final class Lanes extends AbstractExecutorService {
    final BlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>();
    volatile boolean full;

    @Override
    public void execute(Runnable task) {
      if (full) {
        throw new RejectedExecutionException();
      }
      waiting.add(task);
    }

    void runNext() throws InterruptedException {
      Runnable next = waiting.poll(60, TimeUnit.SECONDS);
      assertTrue(next != null, "nothing to run");
      next.run();
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }

  private ExecutionState outcome = ExecutionState.SUCCEEDED;

  private final class Noted implements ExecutionRunner.Work {
    @Override
    public RunResult perform(RunRow row, boolean again, CallContext context) {
      performed.add(context.idempotencyKey() + (again ? " again" : ""));
      return RunResult.newBuilder().setState(outcome).build();
    }

    @Override
    public void admit(RunRow row) {}
  }

  @BeforeEach
  void start() {
    engine =
        DeviceEngine.open(
            directory.resolve("store"),
            EngineTime.of(Clock.systemUTC(), System::nanoTime),
            EngineListener.ofFailure(code -> {}));
    engine.register(new TurnMachine(2, false));
    engine.register(new RunMachine());
    engine.register(new UplinkMachine());
    runner = new ExecutionRunner(engine, new Noted(), lanes, BOOT);
    engine.handle(Machines.EFFECT_RUN, runner);
    engine.handle(Machines.EFFECT_CANCEL_RUN, runner.canceller());
    engine.handle(Machines.EFFECT_LOOK, owed -> EffectResult.doneStage());
    engine.handle(Machines.EFFECT_UPLINK_WAKE, owed -> EffectResult.doneStage());
    engine.start();
  }

  @AfterEach
  void stop() {
    engine.close();
  }

  private void send(RunEvent.Builder event) throws Exception {
    var unused =
        engine
            .submit(Machines.RUN, EXECUTION, event.build().toByteArray())
            .toCompletableFuture()
            .get(60, TimeUnit.SECONDS);
  }

  private RunEvent.Builder offer(int attempt, long notBeforeMs) {
    long hourMs = engine.nowMs() + 3_600_000;
    Lease.Builder lease =
        Lease.newBuilder()
            .setExecution(EXECUTION)
            .setAttempt(attempt)
            .setNotBeforeMs(notBeforeMs)
            .setExpiresMs(hourMs)
            .setDeadlineMs(hourMs);
    return RunEvent.newBuilder().setOffer(RunOffer.newBuilder().setLease(lease).setBootId(BOOT));
  }

  private RunRow row() {
    return engine.read(
        Machines.RUN,
        EXECUTION,
        rows -> Machines.row(rows, "run", RunRow.parser(), RunRow.getDefaultInstance()));
  }

  @Test
  void attemptThatIsOver_doesNotStartTheNextOne_beforeItsTurn() throws Exception {
    send(offer(1, 0));
    await().until(() -> lanes.waiting.size() == 1);
    send(RunEvent.newBuilder().setExpired(RunExpired.newBuilder().setAttempt(1)));
    assertEquals(ExecutionState.REJECTED, row().getState());
    send(offer(2, engine.nowMs() + 1_800_000));
    assertEquals(ExecutionState.ACCEPTED, row().getState());

    lanes.runNext();
    assertEquals(List.of(), performed);
    assertEquals(ExecutionState.ACCEPTED, row().getState());

    send(RunEvent.newBuilder().setDue(RunDue.newBuilder().setAttempt(2).setBootId(BOOT)));
    lanes.runNext();
    assertEquals(List.of(EXECUTION + "/2"), performed);
    await().until(() -> row().getState() == ExecutionState.SUCCEEDED);
  }

  @Test
  void attemptAfterAnUnknownOutcome_isOneThatMayHaveBeenDone() throws Exception {
    outcome = ExecutionState.OUTCOME_UNKNOWN;
    send(offer(1, 0));
    lanes.runNext();
    await().until(() -> row().getState() == ExecutionState.OUTCOME_UNKNOWN);

    send(offer(2, 0));
    lanes.runNext();
    assertEquals(List.of(EXECUTION + "/1", EXECUTION + "/2 again"), performed);
  }

  private boolean staysOwed() {
    Effect effect = Effect.of(Machines.EFFECT_RUN, EXECUTION, new byte[0]);
    CompletableFuture<EffectResult> performed =
        runner
            .perform(new OwedEffect(Machines.RUN, EXECUTION, 1, 1, true, effect))
            .toCompletableFuture();
    assertTrue(performed.isDone());
    return performed.isCompletedExceptionally();
  }

  /** A refusal would say of it that nothing was done. */
  @Test
  void runThatFindsNoThread_isRefused_butStaysOwedWhereItMayHaveBegun() throws Exception {
    send(offer(1, 0));
    await().until(() -> lanes.waiting.size() == 1);
    lanes.full = true;
    assertFalse(staysOwed());
    send(RunEvent.newBuilder().setStarted(RunStarted.newBuilder().setAttempt(1)));
    assertTrue(staysOwed());
    // The engine does not close before what was handed over has ended.
    lanes.runNext();
  }
}
