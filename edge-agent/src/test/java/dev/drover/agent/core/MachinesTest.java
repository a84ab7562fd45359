package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.TurnArrived;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.machine.Machine;
import dev.drover.machine.Step;
import dev.drover.v1.AskTask;
import dev.drover.v1.InstallTask;
import dev.drover.v1.Lease;
import dev.drover.v1.RevertTask;
import dev.drover.v1.Task;
import dev.drover.v1.ToolTask;
import java.util.List;
import org.junit.jupiter.api.Test;

class MachinesTest {
  /** What is stored is found by these names: a store of an earlier version must open. */
  @Test
  void machines_areStoredUnderTheNamesOfEarlierVersions() {
    List<Machine<?>> all =
        List.of(
            new DownlinkMachine(),
            new UplinkMachine(),
            new RunMachine(),
            new TurnMachine(1, false),
            new InstallMachine(),
            new BudgetMachine(0),
            new AuditMachine());
    assertEquals(
        List.of("downlink", "uplink", "run", "turn", "install", "budget", "audit"),
        all.stream().map(Machine::name).toList());
  }

  @Test
  void event_withoutABody_doesNothing() {
    OneKey<UplinkEvent> uplink = new OneKey<>(new UplinkMachine(), "uplink", 0);
    assertTrue(uplink.submit(UplinkEvent.getDefaultInstance()).rows().isEmpty());
    OneKey<AuditEvent> audit = new OneKey<>(new AuditMachine(), "audit", 0);
    assertTrue(audit.submit(AuditEvent.getDefaultInstance()).rows().isEmpty());
  }

  @Test
  void bytes_thatAreNoMessage_areRefused() {
    byte[] broken = {(byte) 0xff};
    assertThrows(IllegalArgumentException.class, () -> Machines.parse(TurnEvent.parser(), broken));
  }

  @Test
  void queue_tellsTheOwnerInWordsAndWhetherItInstalls() {
    TurnArrived ask = queued(Task.newBuilder().setAsk(AskTask.newBuilder().setQuestion("q")));
    assertEquals("ask q", ask.getTask());
    assertFalse(ask.getInstall());
    TurnArrived tool = queued(Task.newBuilder().setTool(ToolTask.newBuilder().setTool("t")));
    assertEquals("call t", tool.getTask());
    assertFalse(tool.getInstall());
    TurnArrived install =
        queued(Task.newBuilder().setInstall(InstallTask.newBuilder().setTarget("r/1")));
    assertEquals("install r/1", install.getTask());
    assertTrue(install.getInstall());
    TurnArrived revert = queued(Task.newBuilder().setRevert(RevertTask.getDefaultInstance()));
    assertEquals("go back to the release before", revert.getTask());
    assertTrue(revert.getInstall());
  }

  private static TurnArrived queued(Task.Builder task) {
    Step.Builder step = Step.builder();
    Machines.queue(step, Lease.newBuilder().setTask(task).build(), "b", 0);
    byte[] event = step.build().effects().get(0).payload();
    return OneKey.parse(TurnEvent.parser(), event).getArrived();
  }
}
