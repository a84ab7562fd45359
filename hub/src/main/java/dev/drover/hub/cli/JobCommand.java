package dev.drover.hub.cli;

import dev.drover.term.Json;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.v1.CancelJobRequest;
import dev.drover.v1.CreateJobRequest;
import dev.drover.v1.Execution;
import dev.drover.v1.ExplainPlacementRequest;
import dev.drover.v1.GetJobRequest;
import dev.drover.v1.Job;
import dev.drover.v1.ListExecutionsRequest;
import dev.drover.v1.ListExecutionsResponse;
import dev.drover.v1.ListJobsRequest;
import dev.drover.v1.ListJobsResponse;
import dev.drover.v1.PlacementExplanation;
import dev.drover.v1.PlacementPlan;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover job}. */
@Command(
    name = "job",
    mixinStandardHelpOptions = true,
    description = "Run work on devices and follow it.",
    footer = {
      "",
      "Examples:",
      "  drover job run --tool device.status --any 1 --watch",
      "  drover job run --release assist/1.0.0 --ask machine-state --select site=hall3",
      "  drover job run --install assist/1.0.0 --group 1 --group 100%% --watch"
    })
public final class JobCommand {
  @Command(
      name = "run",
      mixinStandardHelpOptions = true,
      description = "Create a job from what it does and where.",
      footer = {
        "",
        "A job does one thing: --tool calls a tool, --ask asks a question of a signed",
        "release, --install installs a release. It runs on every device that matches,",
        "or on the N best with --any N, in the groups that --group gives. --in names",
        "saved groups, --continuous also takes devices that match later.",
        "",
        "Examples:",
        "  drover job run --tool device.status --any 1 --watch",
        "  drover job run --install assist/1.0.0 --group 1 --group rest --watch",
        "  drover job run --install assist/1.0.0 --in cameras --group 10%% --group rest \\",
        "      --dry-run"
      })
  int run(
      @Mixin HubOptions hub,
      @Mixin JobOptions options,
      @Option(names = "--dry-run", description = "Only say who would run it, and why.")
          boolean dryRun,
      @Option(names = "--watch", description = "Follow it until it ends.") boolean watch) {
    try (HubConnection connection = hub.connect()) {
      CreateJobRequest request =
          CreateJobRequest.newBuilder().setSpec(options.spec(connection)).build();
      if (dryRun) {
        PlacementPlan plan = connection.calls().planJob(request);
        hub.terminal()
            .out()
            .print(hub.json() ? Json.of(plan) + "\n" : PlacementView.plan(plan, request.getSpec()));
        return 0;
      }
      Job job = connection.calls().createJob(request);
      if (watch) {
        return watch(hub, connection, job.getJob());
      }
      print(hub, job);
      return 0;
    }
  }

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
    if (hub.json()) {
      hub.terminal().out().println(Json.of(jobs));
      return;
    }
    TextTable table = new TextTable("JOB", "NAME", "STATE", "DONE", "CREATED", "BY");
    for (Job job : jobs) {
      table.row(
          job.getJob(),
          job.getSpec().getName(),
          JobView.state(job),
          JobView.done(job),
          Terminal.time(job.getCreatedMs()),
          job.getCreatedBy());
    }
    hub.terminal()
        .out()
        .print(table.isEmpty() ? "No jobs yet. See: drover job run --help\n" : table.render());
  }

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
      List<Execution> executions = executions(connection, id);
      PrintStream out = hub.terminal().out();
      if (hub.json()) {
        out.println(
            "{\"job\": " + Json.of(job) + ",\n\"executions\": " + Json.of(executions) + "}");
        return;
      }
      out.print(JobView.text(hub.terminal(), job));
      out.print(JobView.executions(executions));
    }
  }

  @Command(
      name = "watch",
      mixinStandardHelpOptions = true,
      description = "Follow a job until it ends.",
      footer = {"", "Example:", "  drover job watch j1"})
  int watch(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "JOB", description = "Its id; see job ls.") String id) {
    try (HubConnection connection = hub.connect()) {
      return watch(hub, connection, id);
    }
  }

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

  private static int watch(HubOptions hub, HubConnection connection, String id) {
    Iterator<Job> changes =
        connection.streams().watchJob(GetJobRequest.newBuilder().setJob(id).build());
    Job last = Job.getDefaultInstance();
    int lines = 0;
    PrintStream out = hub.terminal().out();
    while (changes.hasNext()) {
      last = changes.next();
      if (hub.json()) {
        out.println(Json.of(last));
        continue;
      }
      String text = JobView.text(hub.terminal(), last);
      if (hub.terminal().colour() && lines > 0) {
        out.print("\u001b[" + lines + "A\u001b[J");
      }
      out.print(text);
      out.flush();
      lines = (int) text.chars().filter(c -> c == '\n').count();
    }
    if (!hub.json()) {
      out.print(JobView.executions(executions(connection, id)));
    }
    return JobView.exitCode(last);
  }

  private static List<Execution> executions(HubConnection connection, String id) {
    List<Execution> executions = new ArrayList<>();
    String page = "";
    do {
      ListExecutionsResponse answer =
          connection
              .calls()
              .listExecutions(
                  ListExecutionsRequest.newBuilder().setJob(id).setPageToken(page).build());
      executions.addAll(answer.getExecutionsList());
      page = answer.getNextPageToken();
    } while (!page.isEmpty());
    return executions;
  }

  private static void print(HubOptions hub, Job job) {
    hub.terminal()
        .out()
        .print(hub.json() ? Json.of(job) + "\n" : JobView.text(hub.terminal(), job));
  }
}
