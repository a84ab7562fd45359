package dev.drover.agent;

import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.BudgetMachine;
import dev.drover.agent.core.DownlinkMachine;
import dev.drover.agent.core.InstallMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.RunMachine;
import dev.drover.agent.core.TurnMachine;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.agent.exchange.EventPublisher;
import dev.drover.agent.release.SlotLoader;
import dev.drover.agent.run.ExecutionRunner;
import dev.drover.agent.sense.DeviceLook;
import dev.drover.machine.EffectHandler;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;

/** Gives the engine its machines and the handlers of what they owe. */
final class AgentMachines {
  /** Questions and tool calls of the hub that run at a time. */
  static final int RUNS_MAX = 2;

  private AgentMachines() {}

  /** What performs the machines' effects. */
  record Parts(
      EventPublisher publisher,
      ExecutionRunner runner,
      SlotLoader loader,
      DeviceLook look,
      DesiredKeeper desired) {}

  static void register(Engine engine, AgentConfig config, Parts parts) {
    EventPublisher publisher = parts.publisher();
    ExecutionRunner runner = parts.runner();
    SlotLoader loader = parts.loader();
    engine.register(new TurnMachine(RUNS_MAX, config.consentForInstalls()));
    engine.handle(Machines.EFFECT_LOOK, parts.look());
    engine.register(new DownlinkMachine());
    engine.handle(Machines.EFFECT_CONFIG, parts.desired());
    engine.register(new UplinkMachine());
    engine.register(new RunMachine());
    engine.register(new InstallMachine());
    engine.register(new BudgetMachine(config.answerBudgetBits() * 1000L));
    engine.register(new AuditMachine());
    engine.handle(Machines.EFFECT_RUN, runner);
    engine.handle(Machines.EFFECT_CANCEL_RUN, runner.canceller());
    engine.handle(Machines.EFFECT_RESTART, loader.restarter());
    engine.handle(Machines.EFFECT_COLLECT, loader.collector());
    engine.handle(Machines.EFFECT_UPLINK_WAKE, once(publisher::wake));
    engine.handle(Machines.EFFECT_AUDIT_WAKE, once(publisher::wake));
    engine.handle(Machines.EFFECT_ACK, once(publisher::acknowledge));
    engine.handle(Machines.EFFECT_GAP, once(publisher::missing));
  }

  private static EffectHandler once(Runnable action) {
    return effect -> {
      action.run();
      return EffectResult.doneStage();
    };
  }
}
