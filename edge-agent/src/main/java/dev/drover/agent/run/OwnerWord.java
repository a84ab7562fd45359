package dev.drover.agent.run;

import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.OwnerConsent;
import dev.drover.agent.core.TurnMachine;
import dev.drover.agent.exchange.Waiting;
import dev.drover.agent.v1.TurnRow;
import dev.drover.machine.Engine;
import java.util.List;

/** The owner's word, given to the agent's engine. Thread-safe. */
public final class OwnerWord implements OwnerConsent {
  private final Engine engine;
  private final AuditTrail audit;

  /** Makes it over the agent's engine. */
  public OwnerWord(Engine engine, AuditTrail audit) {
    this.engine = engine;
    this.audit = audit;
  }

  @Override
  public List<TurnRow> waiting() {
    return engine.read(Machines.TURN, Machines.TURN, TurnMachine::waiting);
  }

  @Override
  public void give(String execution) {
    byte[] event = TurnMachine.consent(execution, audit.newKey()).toByteArray();
    Waiting.join(
        engine.submit(Machines.TURN, Machines.TURN, event).thenApply(answer -> answer.orThrow()));
  }
}
