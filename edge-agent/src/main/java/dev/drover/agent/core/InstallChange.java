package dev.drover.agent.core;

import com.google.protobuf.ByteString;
import dev.drover.agent.v1.AuditRecord;
import dev.drover.agent.v1.FailedRelease;
import dev.drover.agent.v1.InstallOrder;
import dev.drover.agent.v1.InstallRow;
import dev.drover.agent.v1.ReleaseDetails;
import dev.drover.agent.v1.SlotDecision;
import dev.drover.agent.v1.SlotRef;
import dev.drover.agent.v1.SlotsRow;
import dev.drover.machine.Step;
import dev.drover.v1.ExecutionMeasures;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstallTask;
import dev.drover.v1.InstalledRelease;
import dev.drover.v1.Lease;
import dev.drover.v1.RecordKind;
import dev.drover.v1.RevertTask;
import dev.drover.v1.Task;
import dev.drover.v1.WaitReason;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rows of an installation while one step changes them. */
final class InstallChange {
  private static final int FAILED_KEPT_MAX = 32;
  private static final int MANIFEST_BYTES = 32;

  private final InstallRow.Builder row;
  private final SlotsRow.Builder slots;
  private final long nowMs;
  private final Step.Builder step = Step.builder();

  InstallChange(InstallRow row, SlotsRow slots, long nowMs) {
    this.row = row.toBuilder();
    this.slots = slots.toBuilder();
    this.nowMs = nowMs;
  }

  Step.Builder step() {
    return step;
  }

  InstallState state() {
    return InstallState.of(row.getState());
  }

  int attempt() {
    return row.getLease().getAttempt();
  }

  int starts() {
    return row.getTrialStarts();
  }

  boolean isOf(String execution) {
    return row.hasLease() && row.getLease().getExecution().equals(execution);
  }

  boolean isCommitted(ByteString manifest) {
    return !manifest.isEmpty() && slots.getCommitted().getManifestSha256().equals(manifest);
  }

  boolean isCandidate(ByteString manifest) {
    return row.getCandidate().getManifestSha256().equals(manifest);
  }

  /** Returns why a task is refused without a look at documents and files. */
  Optional<ErrorCode> objection(Task task) {
    return task.hasRevert() ? objection(task.getRevert()) : objection(task.getInstall());
  }

  /** Only for a release that was before it can the committed one be left. */
  private Optional<ErrorCode> objection(RevertTask task) {
    if (task.getManifestSha256().size() != MANIFEST_BYTES) {
      return Optional.of(ErrorCode.INVALID_ARGUMENT);
    }
    if (isCommitted(task.getManifestSha256())) {
      return slots.hasPrevious() ? Optional.empty() : Optional.of(ErrorCode.NOT_FOUND);
    }
    return hasLeft(task) ? Optional.empty() : Optional.of(ErrorCode.ILLEGAL_TRANSITION);
  }

  /**
   * Returns whether the release that a task wants left is left already: it is not committed, and
   * what is being installed is another one.
   */
  boolean hasLeft(RevertTask task) {
    ByteString manifest = task.getManifestSha256();
    return manifest.size() == MANIFEST_BYTES
        && !isCommitted(manifest)
        && (state().resting() || !isCandidate(manifest));
  }

  /** Sees to it that nothing falls back to a release that was left. */
  void forget(RevertTask left) {
    if (slots.getPrevious().getManifestSha256().equals(left.getManifestSha256())) {
      slots.clearPrevious();
      Machines.effect(step, Machines.EFFECT_COLLECT, Machines.INSTALL);
    }
  }

  private Optional<ErrorCode> objection(InstallTask task) {
    if (task.getManifestSha256().size() != MANIFEST_BYTES) {
      return Optional.of(ErrorCode.INVALID_ARGUMENT);
    }
    if (task.getReleaseCounter() < slots.getReleaseCounter()) {
      return Optional.of(ErrorCode.METADATA_ROLLBACK);
    }
    return slots.getFailedList().stream()
        .filter(failed -> failed.getManifestSha256().equals(task.getManifestSha256()))
        .map(failed -> ErrorCode.ofNumber(failed.getError()))
        .findFirst();
  }

  void begin(Lease lease, long deadlineAtMs) {
    InstallTask task = lease.getTask().getInstall();
    row.clear()
        .setLease(lease)
        .setDeadlineAtMs(deadlineAtMs)
        .setCandidate(
            SlotRef.newBuilder()
                .setManifestSha256(task.getManifestSha256())
                .setReleaseCounter(task.getReleaseCounter()));
    if (reverts()) {
      boolean left = hasLeft(lease.getTask().getRevert());
      row.setCandidate(left ? slots.getCommitted() : slots.getPrevious());
    }
  }

  /** Returns whether the execution goes back from a release. */
  boolean reverts() {
    return row.getLease().getTask().hasRevert();
  }

  /** Goes on under another attempt of the same execution. */
  void adopt(Lease lease) {
    row.getLeaseBuilder().setAttempt(Math.max(attempt(), lease.getAttempt()));
  }

  Lease lease() {
    return row.getLease();
  }

  long deadlineAtMs() {
    return row.getDeadlineAtMs();
  }

  /** Returns when work that begins now has to be done, within the deadline; engine time. */
  long runUntilMs(long seconds) {
    long bounded = Math.min(seconds, Limits.JOB_DEADLINE_SECONDS_MAX);
    return Math.min(row.getDeadlineAtMs(), nowMs + bounded * 1000);
  }

  /** Returns whether this attempt waits for its turn. */
  boolean waits(String execution, int attempt) {
    return state() == InstallState.WAITING && isOf(execution) && attempt() == attempt;
  }

  void waitsFor(WaitReason reason) {
    row.setWaitsFor(reason);
  }

  void candidate(SlotRef candidate) {
    row.setCandidate(candidate);
  }

  void to(InstallState state, @Nullable ErrorCode error) {
    row.setState(state.name()).setSinceMs(nowMs).setError(error == null ? 0 : error.number());
    row.setPermille(0).clearWaitsFor();
    if (state.resting()) {
      Machines.leave(step, row.getLease());
    }
  }

  void countStart() {
    row.setTrialStarts(row.getTrialStarts() + 1);
  }

  /** Returns whether the progress is worth a report. */
  boolean progress(int permille) {
    int bounded = Math.max(0, Math.min(1000, permille));
    if (bounded == row.getPermille()) {
      return false;
    }
    row.setPermille(bounded);
    return true;
  }

  /** Commits the candidate, of which its trial measured this. */
  void commit(ExecutionMeasures measured) {
    SlotRef candidate = row.getCandidateBuilder().setMeasures(measured).build();
    if (reverts()) {
      // Nobody falls back from it to the release that was left.
      slots.setCommitted(candidate).clearPrevious();
      return;
    }
    if (slots.hasCommitted() && !isCommitted(candidate.getManifestSha256())) {
      slots.setPrevious(slots.getCommitted());
    }
    slots.setCommitted(candidate);
    slots.setReleaseCounter(Math.max(slots.getReleaseCounter(), candidate.getReleaseCounter()));
  }

  void fallBack() {
    if (slots.hasPrevious()) {
      slots.setCommitted(slots.getPrevious());
    } else {
      slots.clearCommitted();
    }
    slots.clearPrevious();
  }

  /** Remembers a release that failed; one that had been committed before may be tried again. */
  void remember(ErrorCode code) {
    if (reverts()) {
      return;
    }
    if (slots.getFailedCount() >= FAILED_KEPT_MAX) {
      slots.removeFailed(0);
    }
    slots.addFailed(
        FailedRelease.newBuilder()
            .setManifestSha256(row.getCandidate().getManifestSha256())
            .setError(code.number())
            .setTimeMs(nowMs));
  }

  SlotDecision decision() {
    if (state() == InstallState.TRIAL) {
      return SlotDecision.newBuilder().setSlot(row.getCandidate()).setTrial(true).build();
    }
    return committedDecision();
  }

  /** Decides for the committed slot, and where there is none for no slot at all. */
  SlotDecision committedDecision() {
    SlotDecision.Builder decision = SlotDecision.newBuilder();
    if (slots.hasCommitted()) {
      decision.setSlot(slots.getCommitted());
    }
    return decision.build();
  }

  /** Owes a piece of work for the candidate. */
  void order(String kind) {
    InstallOrder order =
        InstallOrder.newBuilder().setLease(row.getLease()).setCandidate(row.getCandidate()).build();
    step.effect(kind, row.getLease().getExecution(), order.toByteArray());
  }

  void audit(ByteString key, RecordKind kind) {
    audit(
        key,
        kind,
        ReleaseDetails.newBuilder()
            .setManifestSha256(row.getCandidate().getManifestSha256())
            .setReleaseCounter(row.getCandidate().getReleaseCounter())
            .setExecution(row.getLease().getExecution())
            .setError(row.getError()));
  }

  /** Records that the committed release is left, which may be long after its execution. */
  void auditCommittedLeft(ByteString key, int error) {
    SlotRef left = slots.getCommitted();
    audit(
        key,
        RecordKind.RELEASE_ROLLED_BACK,
        ReleaseDetails.newBuilder()
            .setManifestSha256(left.getManifestSha256())
            .setReleaseCounter(left.getReleaseCounter())
            .setError(error));
  }

  private void audit(ByteString key, RecordKind kind, ReleaseDetails.Builder details) {
    AuditRecord record =
        AuditRecord.newBuilder().setTimeMs(nowMs).setKind(kind).setRelease(details).build();
    Machines.audit(step, key, record);
  }

  /** Tells the hub that another execution cannot begin now. */
  void rejectOther(Lease lease, ErrorCode code) {
    Machines.report(
        step,
        ExecutionReport.newBuilder()
            .setExecution(lease.getExecution())
            .setAttempt(lease.getAttempt())
            .setState(ExecutionState.REJECTED)
            .setError(code.number())
            .build());
  }

  /** Tells the hub that another execution is done, which wants a release left. */
  void hadLeft(Lease lease) {
    forget(lease.getTask().getRevert());
    ExecutionReport.Builder report =
        ExecutionReport.newBuilder()
            .setExecution(lease.getExecution())
            .setAttempt(lease.getAttempt())
            .setState(ExecutionState.SUCCEEDED)
            .setInstall(InstallState.COMMITTED.phase());
    Machines.report(step, withInstalled(report).build());
  }

  /** Ends the present execution, as another one follows in its place. */
  void overtaken() {
    Machines.leave(step, row.getLease());
    Machines.report(step, report(InstallState.CANCELLED, ErrorCode.CANCELLED.number()));
  }

  /** Saves the rows and owes a report of the present state. */
  Step.Builder report() {
    Machines.report(step, report(state(), row.getError()));
    return save();
  }

  Step.Builder save() {
    return step.put(InstallMachine.ROW, row.build().toByteArray())
        .put(InstallMachine.SLOTS, slots.build().toByteArray());
  }

  Step build() {
    return step.build();
  }

  private ExecutionReport report(InstallState state, int error) {
    ExecutionReport.Builder report =
        ExecutionReport.newBuilder()
            .setExecution(row.getLease().getExecution())
            .setAttempt(row.getLease().getAttempt())
            .setState(state.execution())
            .setError(error)
            .setInstall(state.phase())
            .setProgressPermille(row.getPermille())
            .setWaitsFor(row.getWaitsFor());
    if (!state.working()) {
      withInstalled(report);
    }
    if (state == InstallState.COMMITTED && slots.getCommitted().hasMeasures()) {
      // Also where it was there already: what its trial measured holds for the slot.
      report.setMeasures(slots.getCommitted().getMeasures());
    }
    return report.build();
  }

  private ExecutionReport.Builder withInstalled(ExecutionReport.Builder report) {
    if (slots.hasCommitted()) {
      report.setInstalled(
          InstalledRelease.newBuilder()
              .setManifestSha256(slots.getCommitted().getManifestSha256())
              .setReleaseCounter(slots.getCommitted().getReleaseCounter())
              .setModelSha256(slots.getCommitted().getModelSha256()));
    }
    return report;
  }
}
