package dev.drover.deploy.sim;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.envelope.AuditAuth;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import java.util.Optional;

/** What somebody signs who has a device's audit key, and not its records. */
final class FalseRecords {
  private FalseRecords() {}

  /** Returns a batch of the same number that contradicts those before it. */
  static Optional<byte[]> of(SimAgent agent, byte[] payload) {
    Optional<DeviceIdentity> identity = agent.identity();
    if (identity.isEmpty()) {
      return Optional.empty();
    }
    agent.world.trace().line("%s: somebody signs a false batch", agent.name);
    try {
      BatchStatement statement =
          BatchStatement.parseFrom(AuditUpload.parseFrom(payload).getStatement());
      BatchStatement other =
          statement.toBuilder().setFirstSeq(statement.getFirstSeq() == 0 ? 1 : 0).build();
      return Optional.of(AuditAuth.sign(identity.get().auditSeed(), other).toByteArray());
    } catch (InvalidProtocolBufferException broken) {
      throw new IllegalStateException("A device published what does not parse", broken);
    }
  }
}
