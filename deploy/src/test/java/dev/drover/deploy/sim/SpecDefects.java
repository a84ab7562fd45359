package dev.drover.deploy.sim;

import dev.drover.agent.core.InstallMachine;
import dev.drover.agent.core.TurnMachine;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallRow;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.hub.core.JobMachine;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.machine.Machine;
import dev.drover.machine.Step;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.JobSpec;
import java.util.function.Consumer;

/** Defects by which something that a job's author asked for is not done. */
final class SpecDefects {
  private SpecDefects() {}

  /** A hub that makes another job of what it was asked for. */
  private static Machine<?> spec(Machine<?> machine, Consumer<JobSpec.Builder> change) {
    return job(
        machine,
        event -> {
          if (event.hasCreate()) {
            change.accept(event.getCreateBuilder().getSpecBuilder());
          }
        });
  }

  private static Machine<?> job(Machine<?> machine, Consumer<JobEnvelope.Builder> change) {
    Tampered.How<JobEnvelope> how =
        (shipped, own, event, nowMs) -> {
          JobEnvelope.Builder other = event.toBuilder();
          change.accept(other);
          return shipped.step(own, other.build(), nowMs);
        };
    return Tampered.only(JobMachine.class, machine, how);
  }

  private static Machine<?> turn(Machine<?> machine, Consumer<TurnEvent.Builder> change) {
    Tampered.How<TurnEvent> how =
        (shipped, own, event, nowMs) -> {
          TurnEvent.Builder other = event.toBuilder();
          if (event.hasArrived()) {
            change.accept(other);
          }
          return shipped.step(own, other.build(), nowMs);
        };
    return Tampered.only(TurnMachine.class, machine, how);
  }

  static Machine<?> rulesForgotten(Machine<?> machine) {
    return spec(machine, JobSpec.Builder::clearAbortRules);
  }

  private static Machine<?> gates(Machine<?> machine, Consumer<Gate.Builder> change) {
    return spec(
        machine,
        spec ->
            spec.getGroupsBuilderList().stream()
                .filter(GroupSpec.Builder::hasGate)
                .forEach(group -> change.accept(group.getGateBuilder())));
  }

  static Machine<?> failuresForgiven(Machine<?> machine) {
    return gates(machine, gate -> gate.setFailurePercent(100));
  }

  static Machine<?> figuresNotAsked(Machine<?> machine) {
    return gates(machine, Gate.Builder::clearHealth);
  }

  static Machine<?> soakSkipped(Machine<?> machine) {
    return gates(machine, Gate.Builder::clearSoakSeconds);
  }

  static Machine<?> rateIgnored(Machine<?> machine) {
    return spec(machine, JobSpec.Builder::clearRate);
  }

  static Machine<?> approvalsIgnored(Machine<?> machine) {
    return spec(machine, JobSpec.Builder::clearApprovals);
  }

  static Machine<?> startIgnored(Machine<?> machine) {
    return spec(machine, JobSpec.Builder::clearStartMs);
  }

  static Machine<?> wayBackNotGone(Machine<?> machine) {
    Tampered.How<InstallEvent> how =
        (shipped, own, event, nowMs) -> {
          Step step = shipped.step(own, event, nowMs);
          byte[] row = own.get(InstallMachine.ROW);
          boolean back =
              row != null
                  && HubDefects.parse(InstallRow.parser(), row).getLease().getTask().hasRevert();
          return Tampered.rows(
              step, change -> back && change.row().equals(InstallMachine.SLOTS) ? null : change);
        };
    return Tampered.only(InstallMachine.class, machine, how);
  }

  static Machine<?> windowsIgnored(Machine<?> machine) {
    return turn(machine, event -> event.getArrivedBuilder().clearWindows());
  }

  static Machine<?> conditionsIgnored(Machine<?> machine) {
    return turn(machine, event -> event.getArrivedBuilder().clearConditions());
  }
}
