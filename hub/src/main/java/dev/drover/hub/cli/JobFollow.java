package dev.drover.hub.cli;

import dev.drover.term.Json;
import dev.drover.term.LiveScreen;
import dev.drover.term.Terminal;
import dev.drover.term.Wrapped;
import dev.drover.v1.Execution;
import dev.drover.v1.GetJobRequest;
import dev.drover.v1.Job;
import dev.drover.v1.ListExecutionsRequest;
import dev.drover.v1.ListExecutionsResponse;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.JobStates;
import io.grpc.StatusRuntimeException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Follows a job until it ends: on a terminal as a screen with groups, gates and the devices that
 * are at it, elsewhere a paragraph for each change. A hub that is away is waited for.
 */
final class JobFollow {
  private static final long TICK_MS = 500;
  private static final int STANDS_TICKS = 6;
  private static final int DEVICES_MAX = 100;

  private final HubOptions hub;
  private final HubConnection connection;
  private final String id;
  private final LinkedBlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
  private final PrintStream out;
  private final LiveScreen screen;
  private String said = "";
  private List<Execution> before = List.of();
  private int same;

  /** A change of the job, the end of the stream, or why there is none. */
  private record Seen(@Nullable Job job, @Nullable DroverException failure) {}

  private JobFollow(HubOptions hub, HubConnection connection, String id) {
    this.hub = hub;
    this.connection = connection;
    this.id = id;
    this.out = hub.terminal().out();
    this.screen = new LiveScreen(hub.terminal());
  }

  /** Follows a job to its end and returns the exit code that this has. */
  static int follow(HubOptions hub, HubConnection connection, String id) {
    try {
      return new JobFollow(hub, connection, id).follow();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new DroverException(ErrorCode.CANCELLED, "This was interrupted.", stopped);
    }
  }

  private int follow() throws InterruptedException {
    Job last = Job.getDefaultInstance();
    boolean away = false;
    listen();
    while (!JobStates.isTerminal(last.getState())) {
      Seen next = seen.poll(TICK_MS, TimeUnit.MILLISECONDS);
      while (next != null && !JobStates.isTerminal(last.getState())) {
        away = next.job() == null;
        if (next.job() != null) {
          last = next.job();
          if (hub.json()) {
            out.println(Json.of(last));
          }
        } else {
          requirePatience(last, next.failure());
          listenLater();
        }
        next = seen.poll();
      }
      if (!hub.json() && !JobStates.isTerminal(last.getState()) && !last.getJob().isEmpty()) {
        show(last, away);
      }
    }
    if (!hub.json()) {
      if (live()) {
        screen.clear();
      }
      out.print(JobView.text(hub.terminal(), last));
      out.print(ExecutionTable.of(last, executions(connection, id)));
    }
    return JobView.exitCode(last);
  }

  /** A job that was never seen, and a hub that refuses, are failures of the command. */
  private static void requirePatience(Job last, @Nullable DroverException failure) {
    if (failure != null && (last.getJob().isEmpty() || failure.code() != ErrorCode.UNAVAILABLE)) {
      throw failure;
    }
  }

  private void listen() {
    Thread reader = new Thread(this::read, "watch-" + id);
    reader.setDaemon(true);
    reader.start();
  }

  private void listenLater() throws InterruptedException {
    var unused = seen.poll(TICK_MS, TimeUnit.MILLISECONDS);
    listen();
  }

  private void read() {
    try {
      Iterator<Job> changes =
          connection.streams().watchJob(GetJobRequest.newBuilder().setJob(id).build());
      while (changes.hasNext()) {
        seen.add(new Seen(changes.next(), null));
      }
      seen.add(new Seen(null, new DroverException(ErrorCode.UNAVAILABLE, "The hub ended.")));
    } catch (StatusRuntimeException failed) {
      seen.add(new Seen(null, GrpcErrors.parse(failed)));
    }
  }

  private boolean live() {
    return hub.terminal().colour();
  }

  private void show(Job job, boolean away) {
    Terminal terminal = hub.terminal();
    if (!live()) {
      String now = paragraph(job, away);
      if (!now.equals(said)) {
        out.print(now);
        out.flush();
        said = now;
      }
      return;
    }
    String text = JobView.text(terminal, job);
    String last =
        away
            ? terminal.yellow("The hub does not answer; this waits for it.") + "\n"
            : "Ctrl-C ends watching; the job goes on.\n";
    int room = screen.room() - (int) text.lines().count() - 1;
    screen.show(text + (away ? "" : devices(job, room)) + last);
  }

  private String devices(Job job, int room) {
    List<Execution> now = some(job);
    same = now.equals(before) ? same + 1 : 0;
    before = now;
    return ExecutionTable.underWay(now, same >= STANDS_TICKS, room);
  }

  private static String paragraph(Job job, boolean away) {
    String text =
        job.getJob()
            + " "
            + JobView.state(job)
            + ": "
            + (away ? "The hub does not answer; this waits for it." : job.getCause());
    return Wrapped.hanging(0, 2, text) + "\n";
  }

  /** Returns the executions of a job that is not too large to be asked for again and again. */
  private List<Execution> some(Job job) {
    int targets = 0;
    for (var group : job.getGroupsList()) {
      targets += group.getTargets();
    }
    if (targets > DEVICES_MAX) {
      return List.of();
    }
    ListExecutionsRequest request =
        ListExecutionsRequest.newBuilder().setJob(id).setPageSize(DEVICES_MAX).build();
    try {
      return connection.calls().listExecutions(request).getExecutionsList();
    } catch (StatusRuntimeException away) {
      return List.of();
    }
  }

  /** Returns all executions of a job. */
  static List<Execution> executions(HubConnection connection, String id) {
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
}
