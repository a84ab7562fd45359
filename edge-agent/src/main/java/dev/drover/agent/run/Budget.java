package dev.drover.agent.run;

import dev.drover.agent.core.BudgetMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.exchange.Waiting;
import dev.drover.agent.v1.BudgetCharge;
import dev.drover.agent.v1.BudgetEvent;
import dev.drover.agent.v1.BudgetReply;
import dev.drover.machine.Engine;
import java.util.List;

/** The answer budget of this device. Thread-safe. */
public final class Budget {
  private static final int ACCOUNT_MAX = 1000;

  private final Engine engine;
  private final long limitMillibits;

  /** Makes the budget over the agent's engine; the limit is that of its machine. */
  public Budget(Engine engine, long limitMillibits) {
    this.engine = engine;
    this.limitMillibits = limitMillibits;
  }

  /**
   * Charges an answer before it is given; durable on return.
   *
   * @param id of the answer; the same id is charged once
   * @param bits of the answer space, 0 or more
   * @param subject what was asked
   * @return what is left of the day's budget, in thousandths of a bit
   * @throws dev.drover.wire.DroverException {@code ANSWER_BUDGET_SPENT}
   */
  public long charge(String id, double bits, String subject) {
    BudgetEvent event =
        BudgetEvent.newBuilder()
            .setChargeId(id)
            .setMillibits((long) Math.ceil(bits * 1000))
            .setSubject(subject)
            .build();
    byte[] reply =
        Waiting.join(
            engine
                .submit(Machines.BUDGET, Machines.BUDGET, event.toByteArray())
                .thenApply(answer -> answer.orThrow()));
    return Machines.parse(BudgetReply.parser(), reply).getLeftMillibits();
  }

  /** Returns what is left today, in thousandths of a bit. */
  public long leftMillibits() {
    long nowMs = engine.nowMs();
    long spent =
        engine.read(
            Machines.BUDGET, Machines.BUDGET, rows -> BudgetMachine.spentMillibits(rows, nowMs));
    return Math.max(0, limitMillibits - spent);
  }

  /** Returns the charges of the last week, oldest first, for the owner. */
  public List<BudgetCharge> account() {
    return engine.read(
        Machines.BUDGET,
        Machines.BUDGET,
        rows ->
            rows.scan(BudgetMachine.CHARGES, ACCOUNT_MAX).stream()
                .map(row -> Machines.parse(BudgetCharge.parser(), row.value()))
                .toList());
  }
}
