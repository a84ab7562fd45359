package dev.drover.agent;

import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.ControlLink;
import dev.drover.agent.core.HealthSource;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.StatusSource;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.agent.exchange.CommandIntake;
import dev.drover.agent.exchange.EventPublisher;
import dev.drover.agent.release.SlotLoader;
import dev.drover.agent.run.Budget;
import dev.drover.agent.v1.UplinkHead;
import dev.drover.machine.Engine;
import dev.drover.v1.AgentStatus;
import dev.drover.wire.DroverException;
import dev.drover.wire.EgressGuard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What the agent says about itself. Thread-safe. */
final class AgentStatusReport implements StatusSource {
  private final String version;
  private final String device;
  private final Parts parts;

  /** Where the status comes from. */
  record Parts(
      Engine engine,
      ControlLink link,
      EventPublisher publisher,
      CommandIntake intake,
      SlotLoader loader,
      Budget budget,
      AuditTrail audit,
      HealthSource health,
      DesiredKeeper desired) {}

  AgentStatusReport(String version, String device, Parts parts) {
    this.version = version;
    this.device = device;
    this.parts = parts;
  }

  @Override
  public AgentStatus status() {
    AgentStatus.Builder status =
        AgentStatus.newBuilder()
            .setVersion(version)
            .setDevice(device)
            .setHealth(parts.health().sample())
            .setInstalled(parts.loader().installed())
            .setHubConnected(parts.link().connected())
            .setPendingEvents(pendingEvents())
            .setPendingAuditRecords(parts.audit().pending())
            .setBudgetLeftMillibits(
                (int) Math.min(Integer.MAX_VALUE, parts.budget().leftMillibits()))
            .setPid(ProcessHandle.current().pid());
    Optional<SlotLoader.Loaded> loaded = parts.loader().loaded();
    loaded.ifPresent(model -> status.setModelName(model.name()));
    loaded.flatMap(SlotLoader.Loaded::file).ifPresent(file -> mapped(status, file));
    notices(status, loaded);
    return status.build();
  }

  private static void mapped(AgentStatus.Builder status, Path file) {
    status.setModelPath(file.toString());
    try {
      Object inode = Files.getAttribute(file, "unix:ino");
      status.setModelInode(((Number) inode).longValue());
    } catch (IOException gone) {
      status.addNotices("The model's file has lost its name; it stays mapped.");
    }
  }

  private void notices(AgentStatus.Builder status, Optional<SlotLoader.Loaded> loaded) {
    if (device.isEmpty()) {
      status.addNotices("Not enrolled with a hub; everything local works.");
    }
    if (parts.loader().onTrial()) {
      status.addNotices("A release is on trial.");
    }
    if (!parts.link().connected()) {
      parts.link().trouble().ifPresent(why -> status.addNotices("Not connected. " + why));
    }
    Optional<DroverException> failure = parts.loader().failure();
    if (failure.isPresent()) {
      status.addNotices("The model was not loaded. " + failure.get().forPerson());
    } else if (loaded.isEmpty()) {
      status.addNotices("The model is loading.");
    } else if (loaded.get().file().isEmpty()) {
      status.addNotices("There is no model.");
    }
    parts.desired().notice().ifPresent(status::addNotices);
    if (parts.publisher().refusedCount() > 0) {
      status.addNotices(parts.publisher().refusedCount() + " messages were not let out.");
    }
    parts
        .intake()
        .refusedByHub()
        .ifPresent(
            code ->
                status.addNotices(
                    code
                        + ": The hub does not take what this device says. "
                        + EgressGuard.ON_ENTRY));
    if (parts.intake().refusedCount() > 0) {
      status.addNotices(parts.intake().refusedCount() + " commands were refused.");
    }
  }

  private long pendingEvents() {
    return parts
        .engine()
        .read(
            Machines.UPLINK,
            Machines.UPLINK,
            rows -> {
              UplinkHead head =
                  Machines.row(
                      rows,
                      UplinkMachine.HEAD,
                      UplinkHead.parser(),
                      UplinkHead.getDefaultInstance());
              return head.getLastSeq() - head.getReceiptSeq();
            });
  }
}
