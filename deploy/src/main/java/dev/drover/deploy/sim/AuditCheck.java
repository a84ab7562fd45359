package dev.drover.deploy.sim;

import dev.drover.agent.audit.AuditTrail;
import dev.drover.crypto.Hashes;
import dev.drover.hub.fleet.FleetService;
import dev.drover.hub.verify.AuditReport;
import dev.drover.hub.verify.AuditVerifier;
import dev.drover.v1.AuditEntry;
import dev.drover.v1.AuditLeaf;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;
import dev.drover.wire.DroverException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Holds the hub's log against what the devices recorded. */
final class AuditCheck {
  static final String LOG = "the hub's log verifies";
  static final String GAPS = "audit has no gap that is not reported";
  static final String RECORDS = "what devices recorded and operators did is in the hub's log";
  private static final int PAGE = 1000;

  private final SimWorld world;

  AuditCheck(SimWorld world) {
    this.world = world;
  }

  void check() {
    Optional<FleetService> fleet = world.hub().fleet();
    if (fleet.isEmpty() || fleet.get().audit().checkpoint().isEmpty()) {
      world.invariants().fail(LOG, "There is no checkpoint.");
      return;
    }
    FleetService hub = fleet.get();
    try {
      AuditReport report =
          AuditVerifier.verify(
              hub.audit().checkpoint().orElseThrow(),
              SimHub.LOG.verifierKey(),
              SimHub.HUB_KEY,
              id -> hub.audit().tile(id));
      for (String gap : report.gaps()) {
        boolean excused =
            world.hubEverForgot()
                || world.deviceNames().stream()
                    .anyMatch(name -> world.ledger().isStained(name) && gap.contains("/" + name));
        if (!excused) {
          world.invariants().fail(GAPS, gap);
        }
      }
    } catch (DroverException refused) {
      world.invariants().fail(LOG, String.valueOf(refused.getMessage()));
    }
    records(hub);
  }

  private void recorded(Set<String> deeds, HubAction action, String subject) {
    if (!deeds.contains(action + " " + subject)) {
      world
          .invariants()
          .fail(RECORDS, String.format(Locale.ROOT, "%s %s is not in the log.", action, subject));
    }
  }

  private void records(FleetService hub) {
    Set<String> logged = new HashSet<>();
    Set<String> deeds = new HashSet<>();
    try {
      long from = 0;
      List<AuditEntry> page;
      do {
        page = hub.audit().entries(from, PAGE);
        for (AuditEntry entry : page) {
          AuditLeaf leaf = AuditLeaf.parseFrom(entry.getLeaf());
          if (leaf.hasHub()) {
            HubStatement statement = HubStatement.parseFrom(leaf.getHub().getStatement());
            deeds.add(statement.getAction() + " " + statement.getSubject());
          }
          if (leaf.hasDevice()) {
            BatchStatement.parseFrom(leaf.getDevice().getStatement())
                .getCommitmentsList()
                .forEach(one -> logged.add(Hashes.hex(one.toByteArray())));
          }
        }
        from += page.size();
      } while (page.size() == PAGE);
    } catch (com.google.protobuf.InvalidProtocolBufferException broken) {
      world.invariants().fail(LOG, "An entry does not parse.");
    }
    if (world.hubEverForgot()) {
      return;
    }
    for (String job : world.operator().jobs()) {
      recorded(deeds, HubAction.JOB_CREATED, job);
    }
    for (String deed : world.operator().deeds()) {
      if (!deeds.contains(deed)) {
        world.invariants().fail(RECORDS, deed + " is not in the log.");
      }
    }
    for (String device : world.operator().configured()) {
      recorded(deeds, HubAction.DEVICE_CONFIGURED, device);
    }
    for (SimAgent agent : world.agents()) {
      for (AuditTrail.Entry entry : agent.records()) {
        boolean there = logged.contains(Hashes.hex(entry.commitment()));
        boolean open = agent.recordsPending() > 0;
        if (!there && !open && !world.ledger().isStained(agent.name)) {
          world
              .invariants()
              .fail(
                  RECORDS,
                  String.format(
                      Locale.ROOT,
                      "%s recorded %s, number %d, and the log does not hold it.",
                      agent.name,
                      entry.record().getKind(),
                      entry.number()));
          return;
        }
      }
    }
  }
}
