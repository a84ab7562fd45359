package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Ed25519;
import dev.drover.hub.verify.AuditReport;
import dev.drover.hub.verify.AuditVerifier;
import dev.drover.v1.HubAction;
import org.junit.jupiter.api.Test;

/** What the hub takes into its log is what an auditor accepts. */
class FleetAuditTest extends FleetFixture {
  private static AuditReport verify(SimWorld world) {
    return AuditVerifier.verify(
        world.fleet().audit().checkpoint().orElseThrow(),
        world.log.verifierKey(),
        Ed25519.publicKey(SimWorld.SEED),
        id -> world.fleet().audit().tile(id));
  }

  @Test
  void gapThatStays_isTakenByTheHub_andReportedByTheAuditor() throws Exception {
    try (SimWorld world = world(14, 0, 2)) {
      SimDevice device = world.devices.get("cam-0");
      device.audit();
      world.run(3000);
      device.disconnect();
      device.audit();
      device.audit();
      device.loseAuditBatches();
      device.connect();
      device.audit();
      assertTrue(world.runUntil(10 * MINUTE_MS, () -> device.auditBatchesWaiting() == 0));
      device.audit();
      world.run(3000);

      assertEquals(0, device.auditBatchesWaiting());
      assertTrue(logged(world).contains(HubAction.AUDIT_REFUSED));
      AuditReport report = verify(world);
      assertEquals(3, report.batches());
      assertEquals(1, report.devices());
      assertEquals(1, report.gaps().size(), () -> report.gaps().toString());
      assertTrue(
          report
              .gaps()
              .get(0)
              .endsWith("2 batches of acme/cam-0 are missing, from 1 on, with 2 records"),
          report.gaps().get(0));
    }
  }
}
