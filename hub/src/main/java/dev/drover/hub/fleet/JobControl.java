package dev.drover.hub.fleet;

import com.google.protobuf.ByteString;
import dev.drover.hub.core.JobRows;
import dev.drover.hub.v1.ChangeJob;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.JudgeJob;
import dev.drover.v1.Job;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.HexFormat;
import java.util.concurrent.CompletionStage;

/**
 * What operators decide about a job that is there: approve, pause, resume, roll back.
 *
 * <p>Thread-safe. What a completed stage says is durable. Each stage fails with {@link
 * ErrorCode#NOT_FOUND}, with {@link ErrorCode#ILLEGAL_TRANSITION} where the state of the job does
 * not allow it, and with {@link ErrorCode#INVALID_ARGUMENT} for a reason that is too long.
 */
public final class JobControl {
  private final Machines machines;
  private final Census census;

  /** Makes the control; the census counts a job anew that goes on after its end. */
  JobControl(Machines machines, Census census) {
    this.machines = machines;
    this.census = census;
  }

  /** Pauses a job: what no device has started is taken back and held. Again does nothing. */
  public CompletionStage<Job> pause(String job, String reason, String operator) {
    return Machines.staged(
        () -> send(job, JobEnvelope.newBuilder().setPause(change("pause", job, reason, operator))));
  }

  /**
   * Goes on with a paused job, after every gate and rule was asked again. Fails while one of them
   * says stop, and says which.
   */
  public CompletionStage<Job> resume(String job, String reason, String operator) {
    return Machines.staged(
        () ->
            send(job, JobEnvelope.newBuilder().setResume(change("resume", job, reason, operator))));
  }

  /** Brings every device back that has the release of this job from it. */
  public CompletionStage<Job> rollBack(String job, String reason, String operator) {
    return Machines.staged(
        () ->
            send(
                    job,
                    JobEnvelope.newBuilder()
                        .setRollBack(change("roll back", job, reason, operator)))
                .thenApply(this::goesOn));
  }

  /**
   * Approves a job.
   *
   * @param specSha256 {@link Job#getSpecSha256} of what the operator saw
   * @return the job; fails with {@link ErrorCode#PERMISSION_DENIED} for the job's author, and with
   *     {@link ErrorCode#INVALID_ARGUMENT} where the specification is another
   */
  public CompletionStage<Job> approve(String job, ByteString specSha256, String operator) {
    return Machines.staged(
        () ->
            send(
                job,
                JobEnvelope.newBuilder().setApprove(judge("approve", job, specSha256, operator))));
  }

  /** Denies a job, which ends it; as {@link #approve}. */
  public CompletionStage<Job> deny(String job, ByteString specSha256, String operator) {
    return Machines.staged(
        () ->
            send(job, JobEnvelope.newBuilder().setDeny(judge("deny", job, specSha256, operator))));
  }

  private static ChangeJob change(String what, String job, String reason, String operator) {
    Limits.check("The length of the reason", reason.length(), Limits.REASON_CHARS_MAX);
    if (reason.chars().anyMatch(Character::isISOControl)) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "A reason has no control characters.");
    }
    return ChangeJob.newBuilder()
        .setOperator(operator)
        .setReason(reason)
        .setRequestSha256(Requests.sha256(what, job, reason))
        .build();
  }

  private static JudgeJob judge(String what, String job, ByteString spec, String operator) {
    String hash = HexFormat.of().formatHex(spec.toByteArray());
    return JudgeJob.newBuilder()
        .setOperator(operator)
        .setSpecSha256(spec)
        .setRequestSha256(Requests.sha256(what, job, hash))
        .build();
  }

  private CompletionStage<Job> send(String job, JobEnvelope.Builder event) {
    get(job);
    return machines.job(job, event).thenApply(done -> get(job));
  }

  private Job goesOn(Job job) {
    census.recount();
    return job;
  }

  private Job get(String job) {
    return machines
        .readJob(job, rows -> JobRows.job(rows, true))
        .orElseThrow(() -> new DroverException(ErrorCode.NOT_FOUND, "No job has this id."));
  }
}
