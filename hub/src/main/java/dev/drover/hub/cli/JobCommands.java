package dev.drover.hub.cli;

import dev.drover.term.Json;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.v1.ApproveJobRequest;
import dev.drover.v1.CancelJobRequest;
import dev.drover.v1.ChangeJobRequest;
import dev.drover.v1.CreateJobRequest;
import dev.drover.v1.Execution;
import dev.drover.v1.ExplainPlacementRequest;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.GetJobRequest;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.ListJobsRequest;
import dev.drover.v1.ListJobsResponse;
import dev.drover.v1.PlacementExplanation;
import dev.drover.v1.PlacementPlan;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import io.grpc.StatusRuntimeException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code drover job} and {@code drover rollout} have in common. */
abstract class JobCommands {
  JobCommands() {}

  /** {@code ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "List jobs, the newest first.",
      footer = {"", "Example:", "  drover job ls"})
  void list(@Mixin HubOptions hub) {
    List<Job> jobs = new ArrayList<>();
    try (HubConnection connection = hub.connect()) {
      String page = "";
      do {
        ListJobsResponse answer =
            connection.calls().listJobs(ListJobsRequest.newBuilder().setPageToken(page).build());
        jobs.addAll(answer.getJobsList());
        page = answer.getNextPageToken();
      } while (!page.isEmpty());
    }
    TextTable table = new TextTable("JOB", "NAME", "STATE", "DONE", "CREATED", "BY");
    for (Job job : jobs) {
      table.row(
          job.getJob(),
          job.getSpec().getName(),
          JobView.stateAndWait(job),
          JobView.done(job),
          Terminal.time(job.getCreatedMs()),
          job.getCreatedBy());
    }
    hub.terminal().list(hub.json(), jobs, table, "No jobs yet. See: drover job run --help");
  }

  /** {@code show}. */
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Show a job, its groups and its executions.",
      footer = {"", "Example:", "  drover job show j1"})
  void show(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "JOB", description = "Its id; see job ls.") String id) {
    try (HubConnection connection = hub.connect()) {
      Job job = connection.calls().getJob(GetJobRequest.newBuilder().setJob(id).build());
      List<Execution> executions = JobFollow.executions(connection, id);
      PrintStream out = hub.terminal().out();
      if (hub.json()) {
        out.println(
            "{\"job\": " + Json.of(job) + ",\n\"executions\": " + Json.of(executions) + "}");
        return;
      }
      String timing = TimingView.text(job.getSpec(), nowMs(connection));
      out.print(JobView.text(hub.terminal(), job, timing));
      out.print(ExecutionTable.of(job, executions));
    }
  }

  /** {@code watch}. */
  @Command(
      name = "watch",
      mixinStandardHelpOptions = true,
      description = "Follow a job until it ends.",
      footer = {
        "",
        "Ends with 0 where all succeeded, 1 where none did or a gate or rule ended it,",
        "2 where some succeeded, 3 rolled back, 4 cancelled, 5 over its deadline. Ctrl-C",
        "ends watching, not the job.",
        "",
        "Example:",
        "  drover job watch j1"
      })
  int watch(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "JOB", description = "Its id; see job ls.") String id) {
    try (HubConnection connection = hub.connect()) {
      return JobFollow.follow(hub, connection, id);
    }
  }

  /** {@code cancel}. */
  @Command(
      name = "cancel",
      mixinStandardHelpOptions = true,
      description = "Cancel a job: takes back what did not start, stops what runs.",
      footer = {"", "Example:", "  drover job cancel j1"})
  void cancel(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "JOB", description = "Its id; see job ls.") String id) {
    try (HubConnection connection = hub.connect()) {
      print(hub, connection.calls().cancelJob(CancelJobRequest.newBuilder().setJob(id).build()));
    }
  }

  /** {@code pause}. */
  @Command(
      name = "pause",
      mixinStandardHelpOptions = true,
      description = "Pause a job: takes back what no device started, and holds it.",
      footer = {"", "Example:", "  drover job pause j1 --reason 'too slow'"})
  void pause(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "JOB", description = "Its id; see job ls.") String id,
      @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the others.")
          @Nullable String reason) {
    try (HubConnection connection = hub.connect()) {
      print(hub, connection.calls().pauseJob(change(id, reason)));
    }
  }

  /** {@code resume}. */
  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Go on with a paused job, if its gates and rules let it.",
      footer = {"", "Example:", "  drover job resume j1 --reason 'too slow'"})
  void resume(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "JOB", description = "Its id; see job ls.") String id,
      @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the others.")
          @Nullable String reason) {
    try (HubConnection connection = hub.connect()) {
      print(hub, connection.calls().resumeJob(change(id, reason)));
    }
  }

  /** {@code rollback}. */
  @Command(
      name = "rollback",
      mixinStandardHelpOptions = true,
      description = "Bring every device back that has the job's release from it.",
      footer = {"", "Example:", "  drover job rollback j1 --reason 'too slow'"})
  void rollBack(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "JOB", description = "Its id; see job ls.") String id,
      @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the others.")
          @Nullable String reason) {
    try (HubConnection connection = hub.connect()) {
      print(hub, connection.calls().rollBackJob(change(id, reason)));
    }
  }

  /** {@code approve}. */
  @Command(
      name = "approve",
      mixinStandardHelpOptions = true,
      description = "Approve a job that waits for it.",
      footer = {
        "",
        "--spec is the hash that job show prints, or its first 8 digits: what you saw is",
        "what you judge. Needs the role approver; whoever created the job does not judge it.",
        "",
        "Example:",
        "  drover job approve j1 --spec 3fa9c2d1"
      })
  void approve(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "JOB", description = "Its id; see job ls.") String id,
      @Option(names = "--spec", required = true, paramLabel = "SHA256", description = "As shown.")
          String spec) {
    try (HubConnection connection = hub.connect()) {
      print(hub, connection.calls().approveJob(judgement(connection, id, spec)));
    }
  }

  /** {@code deny}. */
  @Command(
      name = "deny",
      mixinStandardHelpOptions = true,
      description = "Deny a job that waits for approval, which ends it.",
      footer = {
        "",
        "--spec is the hash that job show prints, or its first 8 digits: what you saw is",
        "what you judge. Needs the role approver; whoever created the job does not judge it.",
        "",
        "Example:",
        "  drover job deny j1 --spec 3fa9c2d1"
      })
  void deny(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "JOB", description = "Its id; see job ls.") String id,
      @Option(names = "--spec", required = true, paramLabel = "SHA256", description = "As shown.")
          String spec) {
    try (HubConnection connection = hub.connect()) {
      print(hub, connection.calls().denyJob(judgement(connection, id, spec)));
    }
  }

  /** {@code why}. */
  @Command(
      name = "why",
      mixinStandardHelpOptions = true,
      description = "Say why a device is or is not a target of a job, then and now.",
      footer = {"", "Example:", "  drover job why j1 node-a"})
  void why(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "JOB", description = "Its id; see job ls.") String id,
      @Parameters(paramLabel = "DEVICE", description = "Its name.") String device) {
    try (HubConnection connection = hub.connect()) {
      PlacementExplanation said =
          connection
              .calls()
              .explainPlacement(
                  ExplainPlacementRequest.newBuilder().setJob(id).setDevice(device).build());
      hub.terminal()
          .out()
          .print(hub.json() ? Json.of(said) + "\n" : PlacementView.explanation(said));
    }
  }

  private static long nowMs(HubConnection connection) {
    return connection.calls().getHub(GetHubRequest.getDefaultInstance()).getTimeMs();
  }

  private static ChangeJobRequest change(String id, @Nullable String reason) {
    return ChangeJobRequest.newBuilder().setJob(id).setReason(reason == null ? "" : reason).build();
  }

  private static ApproveJobRequest judgement(HubConnection connection, String id, String seen) {
    Job job = connection.calls().getJob(GetJobRequest.newBuilder().setJob(id).build());
    String hash = HexFormat.of().formatHex(job.getSpecSha256().toByteArray());
    if (seen.length() < JobView.HASH_CHARS || !hash.startsWith(seen)) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "The hash is not that of the job's specification; look at it with job show.");
    }
    return ApproveJobRequest.newBuilder().setJob(id).setSpecSha256(job.getSpecSha256()).build();
  }

  /** Creates a job, or only says who would run it. */
  static int start(
      HubOptions hub, HubConnection connection, JobSpec spec, boolean dryRun, boolean watch) {
    CreateJobRequest request = CreateJobRequest.newBuilder().setSpec(spec).build();
    if (dryRun) {
      PlacementPlan plan = asked(() -> connection.calls().planJob(request));
      hub.terminal()
          .out()
          .print(hub.json() ? Json.of(plan) + "\n" : PlacementView.plan(plan, request.getSpec()));
      return 0;
    }
    Job job = asked(() -> connection.calls().createJob(request));
    if (watch) {
      return JobFollow.follow(hub, connection, job.getJob());
    }
    print(hub, job);
    return 0;
  }

  private static <T> T asked(Supplier<T> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException refused) {
      throw JobFields.named(GrpcErrors.parse(refused));
    }
  }

  private static void print(HubOptions hub, Job job) {
    hub.terminal()
        .out()
        .print(hub.json() ? Json.of(job) + "\n" : JobView.text(hub.terminal(), job));
  }
}
