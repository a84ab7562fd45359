package dev.drover.deploy.fleet;

import dev.drover.hub.cli.HubConnection;
import dev.drover.hub.enrol.OperatorCredentials;
import dev.drover.v1.AskTask;
import dev.drover.v1.CreateJobRequest;
import dev.drover.v1.Device;
import dev.drover.v1.Execution;
import dev.drover.v1.Gate;
import dev.drover.v1.GetDeviceRequest;
import dev.drover.v1.GetJobRequest;
import dev.drover.v1.Group;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.InstallTask;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.ListDevicesRequest;
import dev.drover.v1.ListExecutionsRequest;
import dev.drover.v1.Placement;
import dev.drover.v1.Release;
import dev.drover.v1.ResultMode;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.Task;
import dev.drover.v1.ToolTask;
import dev.drover.wire.JobStates;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** What the demo and the benchmarks ask of a hub, as an operator. Not thread-safe. */
public final class Jobs implements AutoCloseable {
  private static final long POLL_MS = 100;
  private static final int DEADLINE_SECONDS = 600;

  private final HubConnection connection;
  private final LongSupplier nanoTime;
  private final Consumer<String> progress;
  private Consumer<Job> watcher = job -> {};

  /**
   * Connects to a hub.
   *
   * @param progress told how far a job is, in words, again and again while it is waited for
   */
  public Jobs(
      String address,
      OperatorCredentials operator,
      LongSupplier nanoTime,
      Consumer<String> progress) {
    this.connection = HubConnection.open(address, operator);
    this.nanoTime = nanoTime;
    this.progress = progress;
  }

  /** Has somebody told of each job when it is made, and again and again while it is waited for. */
  public void watch(Consumer<Job> toTell) {
    watcher = toTell;
  }

  /** Returns the connection. */
  public HubConnection connection() {
    return connection;
  }

  /** Returns the first page of devices. */
  public List<Device> devices() {
    return connection.calls().listDevices(ListDevicesRequest.getDefaultInstance()).getDevicesList();
  }

  /** Returns a device. */
  public Device device(String name) {
    return connection.calls().getDevice(GetDeviceRequest.newBuilder().setDevice(name).build());
  }

  /** Makes a job that asks a question of a release. */
  public static JobSpec.Builder ask(Release release, String question, String... devices) {
    AskTask ask =
        AskTask.newBuilder()
            .setManifestSha256(release.getManifestSha256())
            .setQuestion(question)
            .setMode(ResultMode.PER_DEVICE)
            .build();
    return spec("ask " + question, Task.newBuilder().setAsk(ask).build(), devices);
  }

  /** Makes a job that calls a tool on this many devices, 0 for all. */
  public static JobSpec.Builder tool(String tool, String arguments, int any) {
    ToolTask call = ToolTask.newBuilder().setTool(tool).setArgumentsJson(arguments).build();
    return spec("call " + tool, Task.newBuilder().setTool(call).build())
        .setPlacement(Placement.newBuilder().setAny(any));
  }

  /** Makes a job that installs a release. */
  public static JobSpec.Builder install(Release release, String... devices) {
    InstallTask install =
        InstallTask.newBuilder()
            .setTarget(release.getTarget())
            .setManifestSha256(release.getManifestSha256())
            .setReleaseCounter(release.getReleaseCounter())
            .setTimestampVersion(release.getTimestampVersion())
            .build();
    return spec(
        "install " + release.getRelease(), Task.newBuilder().setInstall(install).build(), devices);
  }

  /** Lets one device go first and the rest after it succeeded. */
  public static JobSpec.Builder oneFirst(JobSpec.Builder spec) {
    Gate all = Gate.newBuilder().setSuccessPercent(100).build();
    return spec.addGroups(GroupSpec.newBuilder().setCount(1).setGate(all))
        .addGroups(GroupSpec.newBuilder().setPercent(100).setGate(all));
  }

  private static JobSpec.Builder spec(String name, Task task, String... devices) {
    return JobSpec.newBuilder()
        .setName(name)
        .setTask(task)
        .addAllDevices(List.of(devices))
        .setDeadlineSeconds(DEADLINE_SECONDS)
        .setRetry(RetrySpec.newBuilder().setAttempts(1));
  }

  /** Creates a job. */
  public Job create(JobSpec.Builder spec) {
    Job made = connection.calls().createJob(CreateJobRequest.newBuilder().setSpec(spec).build());
    watcher.accept(made);
    return made;
  }

  /** Returns a job as it is now. */
  public Job get(String job) {
    return connection.calls().getJob(GetJobRequest.newBuilder().setJob(job).build());
  }

  /** Waits until a job is terminal and returns it. */
  public Job finish(String job, Duration deadline) {
    return await(
        "job " + job + " to end",
        deadline,
        () -> {
          Job now = get(job);
          watcher.accept(now);
          progress.accept(inWords(now));
          return now;
        },
        now -> JobStates.isTerminal(now.getState()));
  }

  /** Says how far a job is: {@code j3 install hall/1.0.0: group 1 1/1, group 2 0/2}. */
  private static String inWords(Job job) {
    StringJoiner groups = new StringJoiner(", ");
    for (int i = 0; i < job.getGroupsCount(); i++) {
      Group group = job.getGroups(i);
      String label = job.getGroupsCount() == 1 ? "" : "group " + (i + 1) + " ";
      groups.add(label + group.getSucceeded() + "/" + group.getTargets());
    }
    return job.getJob() + " " + job.getSpec().getName() + ": " + groups;
  }

  /** Creates a job and waits until it is terminal. */
  public Job run(JobSpec.Builder spec) {
    return finish(create(spec).getJob(), Duration.ofSeconds(DEADLINE_SECONDS));
  }

  /** Returns the first page of executions of a job, by device. */
  public Map<String, Execution> executions(String job) {
    Map<String, Execution> byDevice = new LinkedHashMap<>();
    connection
        .calls()
        .listExecutions(ListExecutionsRequest.newBuilder().setJob(job).build())
        .getExecutionsList()
        .forEach(execution -> byDevice.put(execution.getDevice(), execution));
    return byDevice;
  }

  /** Something that may fail while a process restarts. */
  @FunctionalInterface
  public interface Look<T> {
    /** Looks once. */
    T look() throws Exception;
  }

  /** Looks until the condition holds; a look that throws counts as not yet. */
  public <T> T await(String what, Duration deadline, Look<T> look, Predicate<T> condition) {
    long end = nanoTime.getAsLong() + deadline.toNanos();
    String last = "nothing";
    while (nanoTime.getAsLong() < end) {
      try {
        T seen = look.look();
        if (condition.test(seen)) {
          return seen;
        }
        last = shortened(String.valueOf(seen));
      } catch (CheckFailed failed) {
        throw failed;
      } catch (Exception notYet) {
        last = shortened(notYet.toString());
      }
      pause();
    }
    throw new CheckFailed("Waited " + deadline.toSeconds() + " s for " + what + "; saw " + last);
  }

  private static String shortened(String text) {
    String line = text.replace('\n', ' ');
    return line.length() > 300 ? line.substring(0, 300) : line;
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new CheckFailed("This was interrupted.");
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}
