package dev.drover.hub.fleet;

import dev.drover.hub.core.JobRows;
import dev.drover.hub.core.RegistryRows;
import dev.drover.v1.DeviceState;
import dev.drover.v1.Group;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.wire.JobStates;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Counts devices, jobs and executions by state. Jobs that ended are counted once and remembered in
 * sum, so that a count reads the devices, the jobs since the oldest one that still runs, and the
 * newest of those that ended without a device's word, which may come late. Thread-safe.
 */
public final class Census {
  /** Most jobs that ended and are read each time all the same. */
  static final int SILENT_MAX = 200;

  private static final int PAGE = 500;

  private final Machines machines;
  private final DeviceService devices;
  private final Tally settled = new Tally();

  /** Jobs that ended, of which devices that were not heard may still tell something else. */
  private final Set<String> silent = new LinkedHashSet<>();

  private String lastSettled = "";

  Census(Machines machines, DeviceService devices) {
    this.machines = machines;
    this.devices = devices;
  }

  /**
   * How many there are; a state that nobody is in counts zero.
   *
   * @param devices by state, such as {@code online}
   * @param jobs by state, such as {@code running}
   * @param executions by state: {@code waiting}, {@code in_flight}, how they ended, and {@code
   *     untouched} for those that their job ended without
   */
  public record Counts(
      Map<String, Long> devices, Map<String, Long> jobs, Map<String, Long> executions) {
    /** Copies the maps. */
    public Counts {
      devices = Map.copyOf(devices);
      jobs = Map.copyOf(jobs);
      executions = Map.copyOf(executions);
    }
  }

  /** Counts; reads every device, so not more often than needed. */
  public synchronized Counts count() {
    Map<DeviceState, Long> states = new EnumMap<>(DeviceState.class);
    for (DeviceState state : DeviceState.values()) {
      if (state != DeviceState.DEVICE_STATE_UNSPECIFIED && state != DeviceState.UNRECOGNIZED) {
        states.put(state, 0L);
      }
    }
    devices.forEach(device -> states.merge(device.getState(), 1L, Long::sum));
    Map<String, Long> named = new TreeMap<>();
    states.forEach((state, count) -> named.put(word(state.name(), ""), count));
    Tally all = jobs();
    return new Counts(named, all.jobs, all.executions);
  }

  private Tally jobs() {
    Tally open = new Tally();
    boolean oldest = true;
    Deque<String> since = jobsSinceSettled();
    while (!since.isEmpty()) {
      String id = since.pop();
      Optional<Job> job = machines.readJob(id, rows -> JobRows.job(rows, false));
      // Numbers are given out before jobs are made; one that stays without a job was lost in a
      // crash.
      boolean over = job.isEmpty() ? since.size() > PAGE : isOver(job.get());
      oldest = oldest && over;
      if (oldest && job.isPresent() && isSilent(job.get())) {
        silent.add(id);
      } else {
        Tally to = oldest ? settled : open;
        job.ifPresent(to::add);
      }
      lastSettled = oldest ? id : lastSettled;
    }
    silent(open);
    open.add(settled);
    return open;
  }

  /**
   * Adds what is known now of the jobs that ended in silence; the oldest beyond a number stay so.
   */
  private void silent(Tally open) {
    int surplus = silent.size() - SILENT_MAX;
    for (Iterator<String> ids = silent.iterator(); ids.hasNext(); surplus--) {
      Optional<Job> job = machines.readJob(ids.next(), rows -> JobRows.job(rows, false));
      boolean stays = surplus > 0 || job.filter(Census::isSilent).isEmpty();
      job.ifPresent((stays ? settled : open)::add);
      if (stays) {
        ids.remove();
      }
    }
  }

  private static boolean isSilent(Job job) {
    return job.getGroupsList().stream()
        .anyMatch(group -> group.getUnreachable() + group.getTimedOut() > 0);
  }

  /** Forgets what jobs that ended were counted as: one of them changes once more. */
  synchronized void recount() {
    settled.clear();
    silent.clear();
    lastSettled = "";
  }

  /** Returns the jobs that may still change, the oldest first. */
  private Deque<String> jobsSinceSettled() {
    Deque<String> since = new ArrayDeque<>();
    String after = "";
    while (true) {
      String from = after;
      List<String> page = machines.readRegistry(rows -> RegistryRows.jobs(rows, from, PAGE));
      for (String job : page) {
        if (job.equals(lastSettled)) {
          return since;
        }
        since.push(job);
      }
      if (page.size() < PAGE) {
        return since;
      }
      after = page.get(PAGE - 1);
    }
  }

  /** Executions that were granted before a job ended may end after it. */
  private static boolean isOver(Job job) {
    return JobStates.isTerminal(job.getState())
        && job.getGroupsList().stream()
            .allMatch(group -> group.getInFlight() == 0 && ended(group) >= group.getGranted());
  }

  private static int ended(Group group) {
    return group.getSucceeded()
        + group.getFailed()
        + group.getRejected()
        + group.getTimedOut()
        + group.getCancelled()
        + group.getUnknown()
        + group.getUnreachable();
  }

  private static String word(String constant, String prefix) {
    return constant.substring(prefix.length()).toLowerCase(Locale.ROOT);
  }

  private static final class Tally {
    final Map<String, Long> jobs = new TreeMap<>();
    final Map<String, Long> executions = new TreeMap<>();

    Tally() {
      clear();
    }

    void clear() {
      jobs.clear();
      executions.clear();
      for (JobState state : JobState.values()) {
        if (state != JobState.JOB_STATE_UNSPECIFIED && state != JobState.UNRECOGNIZED) {
          jobs.put(word(state.name(), "JOB_"), 0L);
        }
      }
      add(Group.getDefaultInstance(), true);
      add(Group.getDefaultInstance(), false);
    }

    void add(Job job) {
      jobs.merge(word(job.getState().name(), "JOB_"), 1L, Long::sum);
      boolean over = JobStates.isTerminal(job.getState());
      job.getGroupsList().forEach(group -> add(group, over));
    }

    private void add(Group group, boolean over) {
      int rest = group.getTargets() - group.getInFlight() - ended(group);
      add(over ? "untouched" : "waiting", Math.max(0, rest));
      add("in_flight", group.getInFlight());
      add("succeeded", group.getSucceeded());
      add("failed", group.getFailed());
      add("rejected", group.getRejected());
      add("timed_out", group.getTimedOut());
      add("cancelled", group.getCancelled());
      add("unknown", group.getUnknown());
      add("unreachable", group.getUnreachable());
    }

    void add(Tally other) {
      other.jobs.forEach((state, count) -> jobs.merge(state, count, Long::sum));
      other.executions.forEach((state, count) -> executions.merge(state, count, Long::sum));
    }

    private void add(String state, long count) {
      executions.merge(state, count, Long::sum);
    }
  }
}
