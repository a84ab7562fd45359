package dev.drover.deploy.demo;

import dev.drover.term.TextTable;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstallPhase;
import dev.drover.v1.Job;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The jobs of a check while they go on, a row each, with what every device is at: what {@code job
 * watch} shows of one job, for several beside each other. Not thread-safe.
 */
final class LiveWork {
  private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

  private final Function<String, Map<String, Execution>> executions;
  private final LongSupplier nanoTime;
  private final Map<String, Job> jobs = new LinkedHashMap<>();
  private final Map<String, Map<String, Execution>> seen = new LinkedHashMap<>();
  private long lookedNanos;

  /**
   * Makes a view of nothing.
   *
   * @param executions of a job, by device
   */
  LiveWork(Function<String, Map<String, Execution>> executions, LongSupplier nanoTime) {
    this.executions = executions;
    this.nanoTime = nanoTime;
    this.lookedNanos = nanoTime.getAsLong() - EVERY_NANOS;
  }

  /** Learns of a job that was made, or how far it is. */
  void add(Job job) {
    jobs.put(job.getJob(), job);
  }

  /** Forgets all jobs. */
  void clear() {
    jobs.clear();
    seen.clear();
  }

  /** Looks at what may have changed, if that is a while ago; returns the table. */
  String look() {
    if (jobs.isEmpty()) {
      return "";
    }
    if (nanoTime.getAsLong() - lookedNanos >= EVERY_NANOS) {
      jobs.keySet().stream().filter(this::goesOn).forEach(this::look);
      lookedNanos = nanoTime.getAsLong();
    }
    List<String> header = new ArrayList<>(List.of("JOB"));
    Scene.DEVICES.forEach(device -> header.add(device.toUpperCase(Locale.ROOT)));
    TextTable table = new TextTable(header.toArray(String[]::new));
    jobs.forEach((id, job) -> table.row(row(job, seen.getOrDefault(id, Map.of()))));
    return table.render();
  }

  private boolean goesOn(String job) {
    Map<String, Execution> before = seen.getOrDefault(job, Map.of());
    return before.size() < Scene.DEVICES.size()
        || before.values().stream().anyMatch(one -> one.getEndedMs() == 0);
  }

  private void look(String job) {
    try {
      seen.put(job, executions.apply(job));
    } catch (StatusRuntimeException away) {
      // What was seen before stays: the hub may be the one that is killed.
      return;
    }
  }

  private static Object[] row(Job job, Map<String, Execution> executions) {
    List<Object> row = new ArrayList<>(List.of(job.getJob() + " " + job.getSpec().getName()));
    for (String device : Scene.DEVICES) {
      row.add(inWords(executions.getOrDefault(device, Execution.getDefaultInstance())));
    }
    return row.toArray();
  }

  private static String inWords(Execution execution) {
    if (execution.getState() == ExecutionState.EXECUTION_STATE_UNSPECIFIED) {
      return "-";
    }
    if (execution.getState() == ExecutionState.SUCCEEDED && execution.getAnswerCount() == 1) {
      return new TreeMap<>(execution.getAnswerMap()).firstEntry().getValue();
    }
    if (execution.getInstall() == InstallPhase.FETCHING) {
      return "fetching " + execution.getProgressPermille() / 10 + "%";
    }
    boolean installs = execution.getInstall() != InstallPhase.INSTALL_PHASE_UNSPECIFIED;
    boolean open = execution.getEndedMs() == 0;
    String state = installs && open ? execution.getInstall().name() : execution.getState().name();
    return state.toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
