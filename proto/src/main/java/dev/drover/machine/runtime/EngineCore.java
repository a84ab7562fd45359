package dev.drover.machine.runtime;

import dev.drover.machine.EffectHandler;
import dev.drover.machine.EffectResult;
import dev.drover.machine.EngineHealth;
import dev.drover.machine.Machine;
import dev.drover.machine.MachineLimits;
import dev.drover.machine.Reply;
import dev.drover.machine.RowReader;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An engine without threads: whoever calls {@link #turn} is its committer.
 *
 * <p>{@code dev.drover.engine.StoreEngine} turns it on a thread of its own, a simulation by hand.
 * {@link #submit}, {@link #read}, {@link #scanKeys}, {@link #nowMs} and {@link #health} are
 * thread-safe; {@link #turn} and {@link #finish} belong to the committer.
 */
public final class EngineCore {
  private static final Logger LOG = LoggerFactory.getLogger(EngineCore.class);

  private static final long NANOS_PER_MS = 1_000_000;

  /** Longest pause between two turns when nothing happens. */
  private static final long PAUSE_NANOS_MAX = 60_000 * NANOS_PER_MS;

  /** How long the end of an effect waits for a group to ride on before it makes one. */
  private static final long LINGER_NANOS = 1000 * NANOS_PER_MS;

  private static final int LINGERING_MAX = 512;

  /** Three kinds of input take turns in being first, so that none starves another. */
  private static final int SOURCES = 3;

  private enum Phase {
    NEW,
    RUNNING,
    CLOSED
  }

  private final GuardedStore guarded;
  private final Registry registry = new Registry();
  private final Counters counters = new Counters();
  private final Timers timers = new Timers();
  private final EngineState state;
  private final EngineListener listener;
  private final TimeKeeper time;
  private final Inbox inbox;
  private final Answers answers;
  private final Outbox outbox;
  private final List<Owed> lingering = new ArrayList<>();
  private long lingerUntilNanos;
  private long nextSeq;
  private int turns;
  private volatile Phase phase = Phase.NEW;
  private volatile boolean finished;

  /**
   * Opens an engine over a store and brings the store to the schema's version.
   *
   * @param callbacks runs replies, in order
   * @param effects runs handlers
   * @throws DroverException {@link ErrorCode#STORE_TOO_NEW} or {@link ErrorCode#STORE_FAILED}; the
   *     store is then still open
   */
  public EngineCore(Store store, EngineOptions options, Executor callbacks, Executor effects) {
    this.guarded = new GuardedStore(store);
    this.state = new EngineState(store, options.limits(), registry, timers, counters);
    this.listener = options.listener();
    this.inbox = new Inbox(options.limits());
    this.answers = new Answers(inbox, callbacks);
    this.outbox =
        new Outbox(registry, guarded, effects, inbox::post, options.limits().performingMax());
    try {
      options.schema().prepare(store);
      this.time = TimeKeeper.open(options.time(), store);
      byte[] seq = store.get(Space.META, Keys.META_SEQ);
      this.nextSeq = seq == null ? 1 : Keys.toLong(seq);
      timers.refresh(store);
    } catch (StoreFailure e) {
      throw e.toException();
    }
  }

  /** See {@link dev.drover.machine.Engine#register}. */
  public void register(Machine<?> machine) {
    registry.register(machine);
  }

  /** See {@link dev.drover.machine.Engine#handle}. */
  public void handle(String kind, EffectHandler handler) {
    registry.handle(kind, handler);
  }

  /** See {@link dev.drover.machine.Engine#start}; turns may follow. */
  public void start() {
    if (phase != Phase.NEW) {
      throw new DroverException(ErrorCode.INTERNAL, "The engine was started before.");
    }
    try {
      counters.owed.set(outbox.recover());
    } catch (StoreFailure e) {
      throw e.toException();
    }
    phase = Phase.RUNNING;
  }

  /** See {@link dev.drover.machine.Engine#submit}. */
  public CompletionStage<Reply> submit(String machine, String key, byte[] event) {
    try {
      if (phase != Phase.RUNNING) {
        throw new DroverException(ErrorCode.UNAVAILABLE, "The engine is not running.");
      }
      checkWorks();
      MachineLimits.checkKey("The key", key);
      MachineLimits.checkBytes("The event", event, MachineLimits.EVENT_BYTES_MAX);
      Prepared<?> prepared = registry.prepare(machine, event);
      if (counters.owed.get() >= state.limits().owedMax()) {
        throw new DroverException(ErrorCode.RESOURCE_EXHAUSTED, "Too many effects are owed.");
      }
      Input.Submission submission =
          new Input.Submission(new MailKey(machine, key), prepared, event.length);
      inbox.submit(submission);
      if (finished) {
        answers.refuse(List.of(submission));
      }
      return submission.future;
    } catch (DroverException refused) {
      if (refused.code() == ErrorCode.RESOURCE_EXHAUSTED) {
        counters.refused.incrementAndGet();
      }
      return CompletableFuture.failedFuture(refused);
    }
  }

  /** See {@link dev.drover.machine.Engine#read}. */
  public <T> T read(String machine, String key, Function<RowReader, T> reader) {
    MachineLimits.checkKey("The key", key);
    try {
      return guarded.read(view -> reader.apply(new Rows(view, machine, key)));
    } catch (StoreFailure e) {
      throw e.toException();
    }
  }

  /** See {@link dev.drover.machine.Engine#scanKeys}. */
  public List<String> scanKeys(String machine, String afterKey, int limit) {
    try {
      return guarded.read(view -> KeyScan.keys(view, machine, afterKey, limit));
    } catch (StoreFailure e) {
      throw e.toException();
    }
  }

  /** See {@link dev.drover.machine.Engine#nowMs}. */
  public long nowMs() {
    boolean before = time.wanted();
    long nowMs = time.shownMs();
    if (!before && time.wanted()) {
      inbox.post(Input.WAKE);
    }
    return nowMs;
  }

  /** See {@link dev.drover.machine.Engine#health}. */
  public EngineHealth health() {
    return new EngineHealth(
        Optional.ofNullable(answers.failure()),
        inbox.waiting(),
        counters.owed.get(),
        counters.events.get(),
        counters.groups.get(),
        counters.refused.get(),
        counters.retries.get(),
        counters.dropped.get());
  }

  /**
   * Makes at most one group durable and lets its replies and effects go.
   *
   * @param pauseNanosMax how long to wait for something to do; 0 for not at all
   * @return whether anything was done
   */
  public boolean turn(long pauseNanosMax) throws InterruptedException {
    if (answers.failure() != null) {
      inbox.await(pauseNanosMax);
      return refuseWaiting();
    }
    outbox.perform(time.monotonicNanos());
    inbox.await(Math.min(pauseNanosMax, untilWakeNanos()));
    Group group = new Group(state, time.groupMs(), nextSeq);
    boolean worked;
    try {
      worked = fill(group);
      commit(group);
    } catch (RuntimeException e) {
      fail(e instanceof StoreFailure medium ? medium.code() : ErrorCode.INTERNAL, e);
      answers.refuse(group.submissions());
      return true;
    }
    outbox.perform(time.monotonicNanos());
    return worked;
  }

  /** Returns how long nothing is to be done unless something is submitted, in nanoseconds. */
  public long untilWakeNanos() {
    long now = time.monotonicNanos();
    if (outbox.hasSends() || time.wanted()) {
      return 0;
    }
    long wait = Math.min(PAUSE_NANOS_MAX, outbox.untilRetryNanos(now));
    if (!lingering.isEmpty()) {
      wait = Math.min(wait, Math.max(0, lingerUntilNanos - now));
    }
    long timerMs = timers.earliestMs() - time.groupMs();
    return timerMs <= 0 ? 0 : Math.min(wait, Math.min(timerMs, PAUSE_NANOS_MAX) * NANOS_PER_MS);
  }

  /** Refuses events from now on; those accepted are still to be turned. Any thread. */
  public void stopAccepting() {
    phase = Phase.CLOSED;
    inbox.post(Input.WAKE);
  }

  /** Performs no further effect. For the committer. */
  public void stopPerforming() {
    outbox.stop();
  }

  /** Returns whether no accepted event waits and no effect is being performed. */
  public boolean idle() {
    return inbox.waiting() == 0 && outbox.performing() == 0;
  }

  /** Makes the last batch durable: ends of effects and the exact time. For the committer. */
  public void finish() {
    if (answers.failure() != null) {
      return;
    }
    try {
      Group group = new Group(state, time.groupMs(), nextSeq);
      endLingering(group);
      time.close(group.overlay());
      state.store().commit(group.overlay());
    } catch (StoreFailure e) {
      fail(e.code(), e);
    }
  }

  /** Refuses everything from now on because of a defect or a failed disk. Any thread. */
  public void fail(ErrorCode code, Throwable cause) {
    boolean news = answers.fail(code);
    LOG.atError().addKeyValue("code", code).setCause(cause).log("the engine stopped");
    if (news) {
      listener.failed(code);
    }
  }

  /** Answers every event that still waits with the failure or {@code UNAVAILABLE}; at the end. */
  public void refuseRest() {
    finished = true;
    refuseWaiting();
  }

  /** Closes the store; waits for readers. */
  public void closeStore() {
    guarded.close();
  }

  private void checkWorks() {
    ErrorCode code = answers.failure();
    if (code != null) {
      throw new DroverException(code, "The engine refuses everything since its store failed.");
    }
  }

  private boolean fill(Group group) {
    boolean worked = lingerEnds();
    int first = turns++;
    for (int i = 0; i < SOURCES; i++) {
      switch (Math.floorMod(first + i, SOURCES)) {
        case 0 -> worked |= takeInputs(group);
        case 1 -> worked |= takeSends(group);
        default -> worked |= takeTimers(group);
      }
    }
    group.finish();
    return worked;
  }

  private boolean takeInputs(Group group) {
    boolean worked = false;
    while (!group.full() && lingering.size() < LINGERING_MAX) {
      Input input = inbox.next();
      if (input == null) {
        break;
      }
      worked = true;
      if (input instanceof Input.Submission submission) {
        group.submission(submission);
      } else if (input instanceof Input.Performed performed) {
        takePerformed(group, performed);
      }
    }
    return worked;
  }

  private void takePerformed(Group group, Input.Performed performed) {
    EffectResult result = performed.result;
    if (result == null) {
      counters.retries.incrementAndGet();
      outbox.failed(performed.owed, time.monotonicNanos());
      return;
    }
    outbox.done(performed.owed);
    if (result.event() != null) {
      group.performed(performed.owed, result.event());
    } else {
      if (lingering.isEmpty()) {
        lingerUntilNanos = time.monotonicNanos() + LINGER_NANOS;
      }
      lingering.add(performed.owed);
    }
  }

  private boolean takeSends(Group group) {
    boolean worked = false;
    while (!group.full()) {
      Owed send = outbox.nextSend();
      if (send == null) {
        break;
      }
      group.send(send);
      worked = true;
    }
    return worked;
  }

  private boolean takeTimers(Group group) {
    List<Timers.Due> due = timers.due(state.store(), group.nowMs(), group.room());
    due.forEach(group::timer);
    return !due.isEmpty();
  }

  private boolean lingerEnds() {
    return lingering.size() >= LINGERING_MAX
        || (!lingering.isEmpty() && lingerUntilNanos - time.monotonicNanos() <= 0);
  }

  private void endLingering(Group group) {
    lingering.forEach(owed -> group.performed(owed, null));
    lingering.clear();
  }

  private void commit(Group group) {
    Overlay overlay = group.overlay();
    if (overlay.size() > 0 || lingerEnds() || time.wanted()) {
      endLingering(group);
      long reservedMs = time.reserve(overlay, group.nowMs());
      if (overlay.size() > 0) {
        long beginNanos = time.monotonicNanos();
        state.store().commit(overlay);
        counters.groups.incrementAndGet();
        listener.committed(group.events(), overlay.netBytes(), time.monotonicNanos() - beginNanos);
      }
      time.reserved(reservedMs);
    }
    nextSeq = group.nextSeq();
    counters.events.addAndGet(group.events());
    counters.owed.addAndGet(group.owed().size() - group.removed());
    timers.committed(state.store());
    outbox.add(group.owed());
    answers.give(group.answers());
  }

  private boolean refuseWaiting() {
    List<Input.Submission> refused = new ArrayList<>();
    boolean worked = false;
    for (Input input = inbox.next(); input != null; input = inbox.next()) {
      worked = true;
      if (input instanceof Input.Submission submission) {
        refused.add(submission);
      } else if (input instanceof Input.Performed) {
        outbox.abandoned();
      }
    }
    answers.refuse(refused);
    return worked;
  }
}
