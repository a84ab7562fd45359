package dev.drover.hub.core;

import com.google.protobuf.ByteString;
import dev.drover.hub.v1.AuditEnvelope;
import dev.drover.machine.Step;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;

/** How a machine has what was done written into the log, exactly once. Pure. */
final class Statements {
  /** Who did what the hub does by itself. */
  static final String HUB = "hub";

  private Statements() {}

  static HubStatement.Builder of(HubAction action, String operator, String subject) {
    return HubStatement.newBuilder().setAction(action).setOperator(operator).setSubject(subject);
  }

  /** Sends a statement to the tenant's log. */
  static void send(
      Step.Builder step,
      String tenant,
      HubStatement.Builder statement,
      ByteString request,
      long nowMs) {
    HubStatement full =
        statement.setTenant(tenant).setTimeMs(nowMs).setRequestSha256(request).build();
    step.send(
        MachineKeys.AUDIT,
        tenant,
        AuditEnvelope.newBuilder().setStatement(full).build().toByteArray());
  }
}
