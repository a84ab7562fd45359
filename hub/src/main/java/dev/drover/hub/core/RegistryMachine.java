package dev.drover.hub.core;

import com.google.protobuf.ByteString;
import dev.drover.hub.v1.AddOperator;
import dev.drover.hub.v1.HubBegan;
import dev.drover.hub.v1.JobIndexRow;
import dev.drover.hub.v1.JobReserved;
import dev.drover.hub.v1.PublishFacts;
import dev.drover.hub.v1.RaiseEpoch;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.hub.v1.RegistryHead;
import dev.drover.hub.v1.RemoveOperator;
import dev.drover.hub.v1.ReserveJob;
import dev.drover.hub.v1.RevokeSerials;
import dev.drover.machine.Machine;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.machine.Table;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;
import dev.drover.v1.Operator;
import dev.drover.v1.Release;
import dev.drover.v1.Role;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Optional;

/**
 * What a tenant has one of: enrolment tokens, operators, refused certificates, published releases,
 * saved groups, the hub's epoch, and the numbers of jobs.
 */
public final class RegistryMachine implements Machine<RegistryEnvelope> {
  /**
   * Kind of the effect that makes a serialized {@link RevokeSerials} known where connections are
   * made, and cuts those that are there; the target is whom it is about.
   */
  public static final String REVOKED = "revoked";

  /**
   * Kind of the effect that makes it known which serials of a serialized {@link RevokeSerials} need
   * not be refused any more, because their certificates ended long ago.
   */
  public static final String FORGOTTEN = "forgotten";

  /** The transitions of a token. */
  public static final Table<?, ?> TOKENS = Tokens.TABLE;

  /**
   * How many job numbers are skipped at least when a hub begins that gave more than one a second.
   */
  static final long JOBS_SKIPPED = 10_000;

  @Override
  public String name() {
    return MachineKeys.REGISTRY;
  }

  @Override
  public RegistryEnvelope decode(byte[] event) {
    return StoredRows.event(event, RegistryEnvelope.parser());
  }

  @Override
  public Step step(RowReader own, RegistryEnvelope event, long nowMs) {
    Step.Builder step = Step.builder();
    switch (event.getKindCase()) {
      case CREATE_TOKEN -> Tokens.create(own, step, event.getCreateToken(), nowMs);
      case REDEEM_TOKEN -> Tokens.redeem(own, step, event.getRedeemToken(), nowMs);
      case ADD_OPERATOR -> addOperator(own, step, event.getAddOperator(), nowMs);
      case REMOVE_OPERATOR -> removeOperator(own, step, event.getRemoveOperator(), nowMs);
      case REVOKE_SERIALS -> RevokedCertificates.revoke(own, step, event.getRevokeSerials(), nowMs);
      case PUBLISH -> publish(own, step, event.getPublish(), nowMs);
      case RESERVE_JOB -> reserveJob(own, step, event.getReserveJob(), nowMs);
      case RAISE_EPOCH -> raiseEpoch(own, step, event.getRaiseEpoch(), nowMs);
      case BEGAN -> began(own, step, event.getBegan(), nowMs);
      case SAVE_TARGET_GROUP -> TargetGroups.save(own, step, event.getSaveTargetGroup(), nowMs);
      case DROP_TARGET_GROUP -> TargetGroups.drop(own, step, event.getDropTargetGroup(), nowMs);
      case SWEEP_REVOKED ->
          RevokedCertificates.sweep(own, step, event.getSweepRevoked().getAfter(), nowMs);
      case JOBS_CLOSED -> TargetGroups.closed(own, step, event.getJobsClosed().getJobsList());
      case KIND_NOT_SET -> throw DeviceMachine.unknownEvent();
    }
    return step.build();
  }

  private static void addOperator(RowReader own, Step.Builder step, AddOperator add, long nowMs) {
    Operator operator = add.getOperator();
    if (RegistryRows.operator(own, operator.getOperator()).isPresent()) {
      throw new DroverException(ErrorCode.ALREADY_EXISTS, "There is an operator of this name.");
    }
    step.put(RegistryRows.OPERATOR + operator.getOperator(), operator.toByteArray());
    HubStatement.Builder statement =
        Statements.of(HubAction.OPERATOR_ADDED, add.getBy(), operator.getOperator());
    Statements.send(step, own.key(), statement, add.getRequestSha256(), nowMs);
  }

  private static void removeOperator(
      RowReader own, Step.Builder step, RemoveOperator remove, long nowMs) {
    Operator operator =
        RegistryRows.operator(own, remove.getOperator())
            .orElseThrow(
                () -> new DroverException(ErrorCode.NOT_FOUND, "No operator has this name."));
    long admins =
        RegistryRows.operators(own).stream().filter(o -> o.getRole() == Role.ADMIN).count();
    if (operator.getRole() == Role.ADMIN && admins == 1) {
      throw new DroverException(
          ErrorCode.ILLEGAL_TRANSITION, "The last admin stays; add another one first.");
    }
    step.delete(RegistryRows.OPERATOR + operator.getOperator());
    RevokeSerials revoke =
        RevokeSerials.newBuilder()
            .addSerials(operator.getCertificateSerial())
            .setSubject(operator.getOperator())
            .setExpiresMs(operator.getExpiresMs())
            .build();
    RevokedCertificates.revoke(own, step, revoke, nowMs);
    HubStatement.Builder statement =
        Statements.of(HubAction.OPERATOR_REMOVED, remove.getBy(), operator.getOperator());
    Statements.send(step, own.key(), statement, remove.getRequestSha256(), nowMs);
  }

  private static void publish(RowReader own, Step.Builder step, PublishFacts publish, long nowMs) {
    Release release = publish.getRelease();
    String name = RegistryRows.RELEASE + release.getRelease();
    Optional<Release> before = StoredRows.find(own, name, Release.parser());
    boolean other =
        before
            .filter(old -> !old.getManifestSha256().equals(release.getManifestSha256()))
            .isPresent();
    if (other) {
      throw new DroverException(
          ErrorCode.ALREADY_EXISTS, "Another release of this name and version is published.");
    }
    long publishedMs = before.map(Release::getPublishedMs).orElse(nowMs);
    step.put(name, release.toBuilder().setPublishedMs(publishedMs).build().toByteArray());
    if (before.isEmpty()) {
      HubStatement.Builder statement =
          Statements.of(HubAction.RELEASE_PUBLISHED, publish.getBy(), release.getRelease());
      Statements.send(step, own.key(), statement, publish.getRequestSha256(), nowMs);
    }
  }

  private static void reserveJob(RowReader own, Step.Builder step, ReserveJob reserve, long nowMs) {
    String key = RegistryRows.key(reserve.getIdempotencyKey());
    if (!reserve.getIdempotencyKey().isEmpty()) {
      Optional<JobIndexRow> existing = StoredRows.find(own, key, JobIndexRow.parser());
      if (existing.isPresent()) {
        if (!existing.get().getRequestSha256().equals(reserve.getRequestSha256())) {
          throw new DroverException(
              ErrorCode.ALREADY_EXISTS, "The idempotency key belongs to another job.");
        }
        // It may have been given up as lost meanwhile.
        TargetGroups.open(own, step, existing.get().getJob(), reserve, nowMs);
        step.reply(
            JobReserved.newBuilder()
                .setJob(existing.get().getJob())
                .setExisting(true)
                .build()
                .toByteArray());
        return;
      }
    }
    RegistryHead head = RegistryRows.head(own);
    long number = head.getLastJob() + 1;
    JobIndexRow row =
        JobIndexRow.newBuilder()
            .setJob("j" + number)
            .setRequestSha256(reserve.getRequestSha256())
            .setCreatedMs(nowMs)
            .build();
    TargetGroups.reserve(own, step, row.getJob(), reserve, nowMs);
    step.put(RegistryRows.HEAD, head.toBuilder().setLastJob(number).build().toByteArray());
    step.put(RegistryRows.job(number), row.toByteArray());
    if (!reserve.getIdempotencyKey().isEmpty()) {
      step.put(key, row.toByteArray());
    }
    step.reply(JobReserved.newBuilder().setJob(row.getJob()).build().toByteArray());
  }

  private static void raiseEpoch(RowReader own, Step.Builder step, RaiseEpoch raise, long nowMs) {
    RegistryHead head = RegistryRows.head(own);
    if (raise.getAtLeast() > head.getHubEpoch()) {
      head = raise(own, step, head, raise.getAtLeast(), raise.getDevice(), nowMs);
      step.put(RegistryRows.HEAD, head.toByteArray());
    }
  }

  private static void began(RowReader own, Step.Builder step, HubBegan began, long nowMs) {
    Statements.send(
        step,
        own.key(),
        Statements.of(HubAction.HUB_STARTED, Statements.HUB, Statements.HUB),
        ByteString.EMPTY,
        nowMs);
    RegistryHead head = RegistryRows.head(own);
    if (began.getRestored()) {
      head = raise(own, step, head, head.getHubEpoch() + 1, Statements.HUB, nowMs);
    }
    head = unseen(head, nowMs);
    step.put(RegistryRows.HEAD, head.toByteArray());
    RevokedCertificates.sweep(own, step, "", nowMs);
    step.reply(head.toByteArray());
  }

  /**
   * The store may be a backup, and a hub may have given numbers to jobs since it was made: a hub
   * that begins goes on from the seconds since the first one did. Devices answer for what they did
   * under a number, so none may mean two jobs.
   */
  private static RegistryHead unseen(RegistryHead head, long nowMs) {
    if (head.getFirstBeganMs() == 0) {
      return head.toBuilder().setFirstBeganMs(nowMs).build();
    }
    long seconds = (nowMs - head.getFirstBeganMs()) / 1000;
    long last = head.getLastJob();
    return head.toBuilder().setLastJob(seconds > last ? seconds : last + JOBS_SKIPPED).build();
  }

  /** The hub forgot something: returns the head with a higher epoch, and says so in the log. */
  private static RegistryHead raise(
      RowReader own, Step.Builder step, RegistryHead head, long epoch, String why, long nowMs) {
    Statements.send(
        step,
        own.key(),
        Statements.of(HubAction.HUB_EPOCH_RAISED, Statements.HUB, why),
        ByteString.EMPTY,
        nowMs);
    return head.toBuilder().setHubEpoch(epoch).build();
  }
}
