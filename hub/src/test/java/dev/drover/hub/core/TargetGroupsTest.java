package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.AuditEnvelope;
import dev.drover.hub.v1.DropTargetGroup;
import dev.drover.hub.v1.JobsClosed;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.hub.v1.ReserveJob;
import dev.drover.hub.v1.SaveTargetGroup;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;
import dev.drover.v1.TargetGroup;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TargetGroupsTest {
  private static final long NOW = 1_000_000;
  private final RegistryMachine machine = new RegistryMachine();
  private final MapRows rows = new MapRows("acme");

  private void send(RegistryEnvelope.Builder event) {
    rows.step(machine, event.build().toByteArray(), NOW);
  }

  private DroverException refused(ErrorCode code, RegistryEnvelope.Builder event) {
    DroverException refusal = assertThrows(DroverException.class, () -> send(event));
    assertEquals(code, refusal.code(), refusal.getMessage());
    return refusal;
  }

  private static RegistryEnvelope.Builder save(String name, String selector) {
    TargetGroup.Builder group =
        TargetGroup.newBuilder().setName(name).setSelector(selector).setSavedBy("anna");
    return RegistryEnvelope.newBuilder()
        .setSaveTargetGroup(SaveTargetGroup.newBuilder().setGroup(group.setMembers(7)));
  }

  private static RegistryEnvelope.Builder drop(String name) {
    return RegistryEnvelope.newBuilder()
        .setDropTargetGroup(DropTargetGroup.newBuilder().setName(name).setOperator("ben"));
  }

  private static RegistryEnvelope.Builder reserve(boolean continuous, String... groups) {
    return RegistryEnvelope.newBuilder()
        .setReserveJob(
            ReserveJob.newBuilder().setContinuous(continuous).addAllTargetGroups(List.of(groups)));
  }

  private HubStatement statement() {
    return StoredRows.event(rows.sent(MachineKeys.AUDIT).get(0), AuditEnvelope.parser())
        .getStatement();
  }

  @Test
  void group_isSaved_replaced_removed_andLogged() {
    send(save("hall3", "site=hall3"));
    assertEquals(HubAction.TARGET_GROUP_SAVED, statement().getAction());
    assertEquals("anna", statement().getOperator());
    assertEquals("hall3", statement().getSubject());
    send(save("hall3", "site=hall3, !retired"));
    TargetGroup saved = RegistryRows.targetGroup(rows, "hall3").orElseThrow();
    assertEquals("site=hall3, !retired", saved.getSelector());
    assertEquals(NOW, saved.getSavedMs());
    assertEquals(0, saved.getMembers(), "members are counted, not kept");

    send(drop("hall3"));
    assertEquals(HubAction.TARGET_GROUP_REMOVED, statement().getAction());
    assertEquals("ben", statement().getOperator());
    assertTrue(RegistryRows.targetGroups(rows).isEmpty());
    refused(ErrorCode.NOT_FOUND, drop("hall3"));
  }

  @Test
  void namesSelectorsAndNumbers_areChecked() {
    refused(ErrorCode.INVALID_ARGUMENT, save("", "site=a"));
    refused(ErrorCode.INVALID_ARGUMENT, save("Hall 3", "site=a"));
    refused(ErrorCode.INVALID_ARGUMENT, save("../x", "site=a"));
    refused(ErrorCode.SELECTOR_INVALID, save("hall3", "site="));
    for (int i = 0; i < Limits.TARGET_GROUPS_MAX; i++) {
      send(save("g" + i, ""));
    }
    refused(ErrorCode.LIMIT_EXCEEDED, save("one-more", ""));
    send(save("g0", "site=other"));
  }

  @Test
  void group_thatAnOpenContinuousJobUses_stays() {
    send(save("hall3", "site=hall3"));
    refused(ErrorCode.NOT_FOUND, reserve(false, "hall4"));
    send(reserve(false, "hall3"));
    send(reserve(true, "hall3"));
    assertEquals(Map.of("j2", NOW), RegistryRows.openJobs(rows));

    DroverException refusal = refused(ErrorCode.ILLEGAL_TRANSITION, drop("hall3"));
    assertEquals("Job j2 takes late joiners from the group hall3.", refusal.getMessage());
    send(
        RegistryEnvelope.newBuilder()
            .setJobsClosed(JobsClosed.newBuilder().addJobs("j1").addJobs("j2")));
    send(drop("hall3"));
    assertTrue(RegistryRows.openJobs(rows).isEmpty());
  }

  @Test
  void openJobs_areBounded() {
    for (int i = 0; i < Limits.CONTINUOUS_JOBS_MAX; i++) {
      send(reserve(true));
    }
    refused(ErrorCode.LIMIT_EXCEEDED, reserve(true));
    send(reserve(false));
  }
}
