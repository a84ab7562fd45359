package dev.drover.agent.core;

import com.google.protobuf.ByteString;
import dev.drover.agent.core.InstallTable.Event;
import dev.drover.agent.v1.InstallBroken;
import dev.drover.agent.v1.InstallDeadline;
import dev.drover.agent.v1.InstallDue;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallExpired;
import dev.drover.agent.v1.InstallOffer;
import dev.drover.agent.v1.InstallProgress;
import dev.drover.agent.v1.InstallRevoked;
import dev.drover.agent.v1.InstallRow;
import dev.drover.agent.v1.InstallStart;
import dev.drover.agent.v1.InstallStep;
import dev.drover.agent.v1.InstallVerdict;
import dev.drover.agent.v1.InstallWaits;
import dev.drover.agent.v1.SlotDecision;
import dev.drover.agent.v1.SlotRef;
import dev.drover.agent.v1.SlotsRow;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.agent.v1.TurnWaits;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.machine.Step;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.InstallTask;
import dev.drover.v1.Lease;
import dev.drover.v1.Task;
import dev.drover.v1.WaitReason;
import dev.drover.wire.ErrorCode;
import java.util.Arrays;
import java.util.List;

/** Leases, steps and states of installations for tests. */
final class InstallFixture {
  static final long T = 1_000_000;
  static final ByteString KEY = ByteString.copyFrom(new byte[32]);

  private InstallFixture() {}

  static byte[] reply(Step step) {
    byte[] reply = step.reply();
    return reply == null ? new byte[0] : reply;
  }

  static OneKey<InstallEvent> in(InstallState state) {
    OneKey<InstallEvent> key = new OneKey<>(new InstallMachine(), "install", T);
    switch (state) {
      case IDLE -> {}
      case COMMITTED -> install(key, 1, 1);
      case REJECTED -> {
        begin(key, "e1", 1, 1);
        key.submit(failed("e1", InstallState.PREFLIGHT));
      }
      case WAITING -> key.submit(offer("e1", 1, 1, 1));
      case PREFLIGHT -> begin(key, "e1", 1, 1);
      case FETCHING, FAILED, CANCELLED, VERIFIED -> {
        begin(key, "e1", 1, 1);
        key.submit(done("e1", InstallState.PREFLIGHT, 1));
        if (state == InstallState.FAILED) {
          key.submit(failed("e1", InstallState.FETCHING));
        } else if (state == InstallState.CANCELLED) {
          key.submit(event(Event.REVOKED, state));
        } else if (state == InstallState.VERIFIED) {
          key.submit(done("e1", InstallState.FETCHING, 1));
        }
      }
      case STAGED -> toStaged(key, 1, 1);
      case TRIAL, ROLLED_BACK -> {
        toStaged(key, 1, 1);
        start(key);
        if (state == InstallState.ROLLED_BACK) {
          key.submit(verdict(1, ErrorCode.MODEL_CORRUPT));
        }
      }
    }
    return key;
  }

  static InstallEvent event(Event event, InstallState state) {
    return event(event, state, 1);
  }

  static InstallEvent event(Event event, InstallState state, int release) {
    InstallEvent.Builder out = InstallEvent.newBuilder();
    switch (event) {
      case OFFERED -> out.mergeFrom(offer("e7", 1, 7, 7));
      case DUE -> out.mergeFrom(due("e1", 1));
      case WAITED ->
          out.setWaits(
              InstallWaits.newBuilder()
                  .setExecution("e1")
                  .setWaits(
                      TurnWaits.newBuilder().setAttempt(1).setReason(WaitReason.WAITS_FOR_OWNER)));
      case EXPIRED -> out.setExpired(InstallExpired.newBuilder().setExecution("e1").setAttempt(1));
      case DONE -> out.mergeFrom(done("e1", state, release));
      case FAILED -> out.mergeFrom(failed("e1", state));
      case PROGRESSED -> out.mergeFrom(progress("e1", 5));
      case STARTED -> out.setStart(InstallStart.newBuilder().setAuditKey(KEY));
      case PASSED -> out.mergeFrom(verdict(release, null));
      case REFUSED -> out.mergeFrom(verdict(release, ErrorCode.MODEL_CORRUPT));
      case REVOKED -> out.setRevoked(InstallRevoked.newBuilder().setExecution("e1"));
      case TIMED_OUT ->
          out.setDeadline(InstallDeadline.newBuilder().setExecution("e1").setAttempt(1));
    }
    return out.build();
  }

  static InstallEvent broken(int release) {
    return InstallEvent.newBuilder()
        .setBroken(
            InstallBroken.newBuilder()
                .setManifestSha256(manifest(release))
                .setError(ErrorCode.MODEL_CORRUPT.number())
                .setAuditKey(KEY))
        .build();
  }

  static OneKey<InstallEvent> install(OneKey<InstallEvent> key, int release, long counter) {
    toStaged(key, release, counter);
    start(key);
    key.submit(verdict(release, null));
    return key;
  }

  static void toStaged(OneKey<InstallEvent> key, int release, long counter) {
    String execution = "e" + release;
    begin(key, execution, release, counter);
    key.submit(done(execution, InstallState.PREFLIGHT, release, counter));
    key.submit(done(execution, InstallState.FETCHING, release, counter));
    key.submit(done(execution, InstallState.VERIFIED, release, counter));
  }

  static void begin(OneKey<InstallEvent> key, String execution, int release, long counter) {
    key.submit(offer(execution, 1, release, counter));
    key.submit(due(execution, 1));
  }

  static InstallEvent due(String execution, int attempt) {
    return InstallEvent.newBuilder()
        .setDue(InstallDue.newBuilder().setExecution(execution).setAttempt(attempt))
        .build();
  }

  static SlotDecision start(OneKey<InstallEvent> key) {
    InstallStart start = InstallStart.newBuilder().setAuditKey(KEY).build();
    Step step = key.submit(InstallEvent.newBuilder().setStart(start).build());
    return OneKey.parse(SlotDecision.parser(), reply(step));
  }

  static InstallEvent offer(String execution, int attempt, int release, long counter) {
    InstallTask task =
        InstallTask.newBuilder()
            .setManifestSha256(manifest(release))
            .setReleaseCounter(counter)
            .build();
    Lease lease =
        Lease.newBuilder()
            .setExecution(execution)
            .setAttempt(attempt)
            .setExpiresMs(T + 100_000)
            .setDeadlineMs(T + 200_000)
            .setTask(Task.newBuilder().setInstall(task))
            .build();
    return InstallEvent.newBuilder().setOffer(InstallOffer.newBuilder().setLease(lease)).build();
  }

  static InstallEvent done(String execution, InstallState of, int release) {
    return done(execution, of, release, release);
  }

  static InstallEvent done(String execution, InstallState of, int release, long counter) {
    SlotRef candidate =
        SlotRef.newBuilder()
            .setManifestSha256(manifest(release))
            .setReleaseCounter(counter)
            .setModelSha256(manifest(100 + release))
            .build();
    return InstallEvent.newBuilder()
        .setStep(
            InstallStep.newBuilder()
                .setExecution(execution)
                .setOfState(of.name())
                .setCandidate(candidate)
                .setAuditKey(KEY))
        .build();
  }

  static InstallEvent failed(String execution, InstallState of) {
    return InstallEvent.newBuilder()
        .setStep(
            InstallStep.newBuilder()
                .setExecution(execution)
                .setOfState(of.name())
                .setError(ErrorCode.DIGEST_MISMATCH.number()))
        .build();
  }

  static InstallEvent progress(String execution, int permille) {
    return InstallEvent.newBuilder()
        .setProgress(InstallProgress.newBuilder().setExecution(execution).setPermille(permille))
        .build();
  }

  static InstallEvent verdict(int release, @org.jspecify.annotations.Nullable ErrorCode error) {
    return InstallEvent.newBuilder()
        .setVerdict(
            InstallVerdict.newBuilder()
                .setManifestSha256(manifest(release))
                .setError(error == null ? 0 : error.number())
                .setAuditKey(KEY))
        .build();
  }

  static ByteString manifest(int release) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) release);
    return ByteString.copyFrom(bytes);
  }

  static InstallRow row(OneKey<InstallEvent> key) {
    return Machines.row(
        key, InstallMachine.ROW, InstallRow.parser(), InstallRow.getDefaultInstance());
  }

  static SlotsRow slots(OneKey<InstallEvent> key) {
    return Machines.row(
        key, InstallMachine.SLOTS, SlotsRow.parser(), SlotsRow.getDefaultInstance());
  }

  static InstallState state(OneKey<InstallEvent> key) {
    return InstallState.of(row(key).getState());
  }

  static List<TurnEvent> turns(OneKey<InstallEvent> key) {
    return key.sent(Machines.TURN, TurnEvent.parser());
  }

  static List<ExecutionReport> reports(OneKey<InstallEvent> key) {
    return key.sent(Machines.UPLINK, UplinkEvent.parser()).stream()
        .map(UplinkEvent::getReport)
        .toList();
  }
}
