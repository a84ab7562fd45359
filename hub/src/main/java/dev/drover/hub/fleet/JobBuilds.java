package dev.drover.hub.fleet;

import com.google.protobuf.ByteString;
import dev.drover.hub.core.JobMachine;
import dev.drover.hub.core.JobRows;
import dev.drover.hub.v1.AddTargets;
import dev.drover.hub.v1.CreateJob;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.JobRow;
import dev.drover.hub.v1.TargetsComplete;
import dev.drover.v1.JobState;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Adds the targets of new jobs, one page after another. A job gets all its targets from one list:
 * who asks for it while it is being built waits for that, and where the hub stopped on the way,
 * pages of a list that is no more are taken back first. Thread-safe.
 */
final class JobBuilds {
  private final Machines machines;
  private final ConcurrentMap<String, CompletionStage<Void>> underWay = new ConcurrentHashMap<>();

  JobBuilds(Machines machines) {
    this.machines = machines;
  }

  /** Returns whether a job has all its targets, or will have no more. */
  boolean isBuilt(String job) {
    return row(job)
        .filter(row -> row.getBuilt() || row.getState() != JobState.JOB_SCHEDULED)
        .isPresent();
  }

  /**
   * Builds a job that was reserved, or waits until it is built where somebody does that already.
   *
   * @param targets in their order
   */
  CompletionStage<Void> build(String job, CreateJob.Builder create, List<String> targets) {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    CompletionStage<Void> before = underWay.putIfAbsent(job, mine);
    if (before != null) {
      return before;
    }
    ByteString list = Requests.sha256(targets.toArray(String[]::new));
    CreateJob from = create.setTargetsSha256(list).build();
    Machines.staged(
            () -> begin(job, from).thenCompose(built -> built ? done() : pages(job, list, targets)))
        .whenComplete(
            (done, failure) -> {
              underWay.remove(job);
              if (failure == null) {
                mine.complete(null);
              } else {
                mine.completeExceptionally(failure);
              }
            });
    return mine;
  }

  private static CompletionStage<Void> done() {
    return CompletableFuture.completedFuture(null);
  }

  /** Begins with the list, or goes on with it; tells whether nothing is left to do. */
  private CompletionStage<Boolean> begin(String job, CreateJob create) {
    return machines
        .job(job, JobEnvelope.newBuilder().setCreate(create))
        .thenCompose(
            said -> {
              if (isBuilt(job)) {
                return CompletableFuture.completedFuture(true);
              }
              boolean begun =
                  row(job)
                      .filter(row -> row.getTargetsSha256().equals(create.getTargetsSha256()))
                      .isPresent();
              return begun ? CompletableFuture.completedFuture(false) : begin(job, create);
            });
  }

  private CompletionStage<Void> pages(String job, ByteString list, List<String> targets) {
    CompletionStage<Void> added = done();
    for (int page = 0; page * JobMachine.PAGE_MAX < targets.size(); page++) {
      int from = page * JobMachine.PAGE_MAX;
      int to = Math.min(targets.size(), from + JobMachine.PAGE_MAX);
      AddTargets add =
          AddTargets.newBuilder()
              .setPage(page)
              .addAllDevices(targets.subList(from, to))
              .setTargetsSha256(list)
              .build();
      added =
          added
              .thenCompose(before -> machines.job(job, JobEnvelope.newBuilder().setAddTargets(add)))
              .thenAccept(said -> {});
    }
    TargetsComplete complete = TargetsComplete.getDefaultInstance();
    return added
        .thenCompose(
            before -> machines.job(job, JobEnvelope.newBuilder().setTargetsComplete(complete)))
        .thenAccept(said -> {});
  }

  private Optional<JobRow> row(String job) {
    return machines.readJob(job, JobRows::row);
  }
}
