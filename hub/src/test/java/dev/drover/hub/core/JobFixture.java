package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.drover.hub.v1.AddLateTargets;
import dev.drover.hub.v1.AddTargets;
import dev.drover.hub.v1.AuditEnvelope;
import dev.drover.hub.v1.BuildExpired;
import dev.drover.hub.v1.CancelJob;
import dev.drover.hub.v1.ChangeJob;
import dev.drover.hub.v1.CollectMore;
import dev.drover.hub.v1.CreateJob;
import dev.drover.hub.v1.DeadlinePassed;
import dev.drover.hub.v1.ExecutionEnded;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.GroupDeadline;
import dev.drover.hub.v1.HealthSeen;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.JudgeJob;
import dev.drover.hub.v1.Pump;
import dev.drover.hub.v1.RetryDue;
import dev.drover.hub.v1.SoakPassed;
import dev.drover.hub.v1.StartDue;
import dev.drover.hub.v1.StopMore;
import dev.drover.hub.v1.TargetsComplete;
import dev.drover.machine.Step;
import dev.drover.v1.AbortRule;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Group;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;
import dev.drover.v1.InstallTask;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** One job, without an engine. */
abstract class JobFixture {
  static final long NOW = 1_000_000;
  final JobMachine machine = new JobMachine();
  final MapRows rows = new MapRows("acme|j1");
  final List<ExecutionEnvelope> sent = new ArrayList<>();
  final List<HubStatement> statements = new ArrayList<>();

  Step send(JobEnvelope.Builder event, long nowMs) {
    Step step = rows.step(machine, event.build().toByteArray(), nowMs);
    rows.sent(MachineKeys.AUDIT).forEach(bytes -> statements.add(statement(bytes)));
    rows.sent(MachineKeys.EXECUTION)
        .forEach(bytes -> sent.add(StoredRows.event(bytes, ExecutionEnvelope.parser())));
    // What a job sends itself, the engine delivers next.
    for (byte[] own : List.copyOf(rows.sent(MachineKeys.JOB))) {
      send(StoredRows.event(own, JobEnvelope.parser()).toBuilder(), nowMs);
    }
    return step;
  }

  private static HubStatement statement(byte[] event) {
    return StoredRows.event(event, AuditEnvelope.parser()).getStatement();
  }

  static JobSpec.Builder spec() {
    return JobSpec.newBuilder()
        .setName("n")
        .setDeadlineSeconds(600)
        .setLeaseSeconds(60)
        .setConcurrency(100)
        .setRetry(RetrySpec.newBuilder().setAttempts(1));
  }

  static JobEnvelope.Builder creation(JobSpec.Builder spec, int targets) {
    return JobEnvelope.newBuilder()
        .setCreate(
            CreateJob.newBuilder()
                .setSpec(spec)
                .addAllGroupSizes(Grouping.sizes(spec.getGroupsList(), targets, targets))
                .setOperator("anna")
                .setRequestSha256(ByteString.copyFromUtf8("r")));
  }

  static JobEnvelope.Builder page(int page, int from, int count) {
    return JobEnvelope.newBuilder()
        .setAddTargets(
            AddTargets.newBuilder()
                .setPage(page)
                .addAllDevices(
                    IntStream.range(from, from + count).mapToObj(i -> "cam-" + i).toList()));
  }

  static JobEnvelope.Builder complete() {
    return JobEnvelope.newBuilder().setTargetsComplete(TargetsComplete.getDefaultInstance());
  }

  void run(JobSpec.Builder spec, int targets) {
    send(creation(spec, targets), NOW);
    for (int page = 0; page * JobMachine.PAGE_MAX < targets; page++) {
      int from = page * JobMachine.PAGE_MAX + 1;
      send(page(page, from, Math.min(JobMachine.PAGE_MAX, targets - from + 1)), NOW);
    }
    send(complete(), NOW);
  }

  static JobEnvelope.Builder ended(int target, int attempt, ExecutionState state) {
    return JobEnvelope.newBuilder()
        .setEnded(
            ExecutionEnded.newBuilder().setTarget(target).setAttempt(attempt).setState(state));
  }

  void end(int target, ExecutionState state) {
    send(ended(target, 1, state), NOW);
  }

  Job job() {
    return JobRows.job(rows, false).orElse(Job.getDefaultInstance());
  }

  Group group(int index) {
    return job().getGroups(index);
  }

  List<Integer> granted() {
    return sent.stream()
        .filter(ExecutionEnvelope::hasGrant)
        .map(e -> e.getGrant().getTarget())
        .toList();
  }

  List<String> cancelled() {
    return sent.stream()
        .filter(ExecutionEnvelope::hasCancel)
        .map(e -> e.getCancel().getExecution())
        .toList();
  }

  JobMachine.State state() {
    return new JobChange(rows, NOW).state();
  }

  /** A job that installs a release. */
  static JobSpec.Builder install() {
    return spec()
        .setTask(
            Task.newBuilder()
                .setInstall(InstallTask.newBuilder().setManifestSha256(Devices.digest(3))));
  }

  static JobEnvelope.Builder judge(boolean approve, String operator, ByteString spec) {
    JudgeJob judge = JudgeJob.newBuilder().setOperator(operator).setSpecSha256(spec).build();
    JobEnvelope.Builder envelope = JobEnvelope.newBuilder();
    return approve ? envelope.setApprove(judge) : envelope.setDeny(judge);
  }

  static JobEnvelope.Builder late(String... devices) {
    return JobEnvelope.newBuilder()
        .setAddLate(AddLateTargets.newBuilder().addAllDevices(List.of(devices)));
  }

  /** Has everything that was told to stop say that it did not start. */
  void takenBack(int attempt) {
    List<String> ids = cancelled();
    sent.removeIf(ExecutionEnvelope::hasCancel);
    for (String id : ids) {
      int target = Integer.parseInt(id.substring(id.lastIndexOf('-') + 1));
      send(ended(target, attempt, ExecutionState.CANCELLED), NOW);
    }
  }

  /** Returns what the job told the log, in order. */
  List<HubAction> told() {
    return statements.stream().map(HubStatement::getAction).toList();
  }

  void bring(JobMachine.State state) {
    switch (state) {
      case NONE -> {}
      case SCHEDULED -> send(creation(install(), 2), NOW);
      case WAITING_FOR_APPROVAL -> run(install().setApprovals(2), 2);
      case RUNNING -> run(install(), 2);
      case PAUSED -> {
        run(install(), 2);
        send(of(JobMachine.Event.PAUSE), NOW);
      }
      case SUCCEEDED, SUCCEEDED_WITH_FAILURES -> {
        run(install(), 2);
        end(1, ExecutionState.SUCCEEDED);
        boolean good = state == JobMachine.State.SUCCEEDED;
        end(2, good ? ExecutionState.SUCCEEDED : ExecutionState.FAILED);
      }
      case FAILED -> {
        run(install(), 2);
        end(1, ExecutionState.FAILED);
        end(2, ExecutionState.UNREACHABLE);
        JobEnvelope.Builder late = ended(2, 1, ExecutionState.SUCCEEDED);
        late.getEndedBuilder().setLate(true);
        send(late, NOW);
      }
      case ABORTED -> {
        run(install().addAbortRules(AbortRule.newBuilder().setThreshold(1)), 3);
        end(1, ExecutionState.FAILED);
      }
      case ROLLING_BACK, ROLLED_BACK -> {
        run(install(), 2);
        end(1, ExecutionState.SUCCEEDED);
        send(of(JobMachine.Event.ROLL_BACK), NOW);
        if (state == JobMachine.State.ROLLED_BACK) {
          end(2, ExecutionState.CANCELLED);
          end(3, ExecutionState.SUCCEEDED);
        }
      }
      case CANCELLED -> {
        run(install(), 2);
        send(of(JobMachine.Event.CANCEL), NOW);
      }
      case EXPIRED -> {
        run(install(), 2);
        send(of(JobMachine.Event.DEADLINE), NOW);
      }
    }
    assertEquals(state, state());
  }

  /** Returns whether an operator asks for it, who is told when it cannot be done. */
  static boolean isAsked(JobMachine.Event event) {
    return switch (event) {
      case APPROVE, DENY, PAUSE, RESUME, ROLL_BACK, CANCEL -> true;
      default -> false;
    };
  }

  JobEnvelope.Builder of(JobMachine.Event event) {
    JobEnvelope.Builder envelope = JobEnvelope.newBuilder();
    ChangeJob asked = ChangeJob.newBuilder().setOperator("bert").build();
    return switch (event) {
      case CREATE -> creation(install(), 2);
      case ADD_TARGETS -> page(0, 1, 2);
      case TARGETS_COMPLETE -> complete();
      case BUILD_EXPIRED -> envelope.setBuildExpired(BuildExpired.getDefaultInstance());
      case APPROVE -> judge(true, "bert", job().getSpecSha256());
      case DENY -> judge(false, "bert", job().getSpecSha256());
      case START -> envelope.setStart(StartDue.getDefaultInstance());
      case ADD_LATE -> late("cam-77");
      case ENDED -> ended(1, 1, ExecutionState.SUCCEEDED);
      case PUMP -> envelope.setPump(Pump.getDefaultInstance());
      case SOAKED -> envelope.setSoak(SoakPassed.getDefaultInstance());
      case RETRY -> envelope.setRetry(RetryDue.getDefaultInstance());
      case GROUP_DEADLINE -> envelope.setGroupDeadline(GroupDeadline.getDefaultInstance());
      case HEALTH -> envelope.setHealth(HealthSeen.newBuilder().setTarget(1));
      case PAUSE -> envelope.setPause(asked);
      case RESUME -> envelope.setResume(asked);
      case ROLL_BACK -> envelope.setRollBack(asked);
      case COLLECT -> envelope.setCollect(CollectMore.getDefaultInstance());
      case STOP_MORE -> envelope.setStopMore(StopMore.getDefaultInstance());
      case CANCEL -> envelope.setCancel(CancelJob.newBuilder().setOperator("bert"));
      case DEADLINE -> envelope.setDeadline(DeadlinePassed.getDefaultInstance());
    };
  }

  List<String> devices(int from, int count) {
    return JobRows.targets(rows, from, count).stream().map(JobRows.Target::device).toList();
  }
}
