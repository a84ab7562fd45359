package dev.drover.deploy.sim;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.crypto.Hashes;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.Command;
import dev.drover.v1.CommandEnvelope;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.EventEnvelope;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.Presence;
import dev.drover.wire.Topic;

/** Messages as a trace shows them: what they say, and four bytes of what they are. */
final class Words {
  private static final int HASH_CHARS = 8;

  private Words() {}

  /** Returns a message to a device in words. */
  static String down(byte[] payload) {
    try {
      Command command = Command.parseFrom(CommandEnvelope.parseFrom(payload).getCommand());
      String number = command.getHubEpoch() + "/" + command.getSeq();
      String body =
          switch (command.getBodyCase()) {
            case LEASE ->
                "lease "
                    + command.getLease().getExecution()
                    + "#"
                    + command.getLease().getAttempt();
            case REVOCATION ->
                "revocation "
                    + command.getRevocation().getExecution()
                    + (command.getRevocation().getStopRunning() ? " stop" : "");
            case EVENT_RECEIPT -> "receipt up to " + command.getEventReceipt().getSeq();
            case AUDIT_RECEIPT ->
                "audit receipt, next "
                    + command.getAuditReceipt().getNextBatch()
                    + (command.getAuditReceipt().getError() == 0
                        ? ""
                        : " error " + command.getAuditReceipt().getError());
            case WELCOME -> "welcome, events " + command.getWelcome().getEvents().getSeq();
            case TIME -> "time";
            case CONFIG -> "configuration";
            case EVENT_REFUSAL -> "refusal " + command.getEventRefusal().getError();
            case BODY_NOT_SET -> "nothing";
          };
      return "command " + number + " " + body + " " + hash(payload);
    } catch (InvalidProtocolBufferException broken) {
      return "rubbish " + hash(payload);
    }
  }

  /** Returns a message of a device in words. */
  static String up(Topic.Channel channel, byte[] payload) {
    try {
      return switch (channel) {
            case EVT -> event(DeviceEvent.parseFrom(EventEnvelope.parseFrom(payload).getEvent()));
            case AUDIT -> {
              BatchStatement batch =
                  BatchStatement.parseFrom(AuditUpload.parseFrom(payload).getStatement());
              yield "audit batch " + batch.getBatch() + " of " + hash(batch.getIncarnation());
            }
            case PRESENCE -> "presence " + Presence.parseFrom(payload).getOnline();
            case CMD -> "cmd";
          }
          + " "
          + hash(payload);
    } catch (InvalidProtocolBufferException broken) {
      return "rubbish " + hash(payload);
    }
  }

  private static String event(DeviceEvent event) {
    ExecutionReport report = event.getReport();
    String body =
        event.hasReport()
            ? "report "
                + report.getExecution()
                + "#"
                + report.getAttempt()
                + " "
                + report.getState()
                + (report.getError() == 0 ? "" : " error " + report.getError())
            : event.getBodyCase().toString().toLowerCase(java.util.Locale.ROOT);
    return "event "
        + hash(event.getIncarnation())
        + "/"
        + event.getSeq()
        + " acked "
        + event.getAcked().getHubEpoch()
        + "/"
        + event.getAcked().getSeq()
        + " "
        + body;
  }

  private static String hash(long number) {
    return Long.toHexString(number & 0xffff);
  }

  private static String hash(byte[] payload) {
    return Hashes.hex(Hashes.sha256(payload)).substring(0, HASH_CHARS);
  }
}
