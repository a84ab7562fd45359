package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.drover.agent.v1.BudgetEvent;
import dev.drover.agent.v1.BudgetReply;
import dev.drover.machine.Step;
import dev.drover.wire.ErrorCode;
import org.junit.jupiter.api.Test;

class BudgetMachineTest {
  private static final long DAY = 86_400_000;

  private final OneKey<BudgetEvent> key = new OneKey<>(new BudgetMachine(64_000), "budget", DAY);

  @Test
  void charge_withinTheLimit_isCounted() {
    assertEquals(60_000, left(charge("a", 4000)));
    assertEquals(58_000, left(charge("b", 2000)));
  }

  @Test
  void charge_sameId_isCountedOnceAlsoOverMidnight() {
    charge("a", 4000);
    assertEquals(60_000, left(charge("a", 4000)));
    key.nowMs += DAY;
    assertEquals(64_000, left(charge("a", 4000)));
  }

  @Test
  void charge_beyondTheLimit_isRefusedAndCostsNothing() {
    charge("a", 63_000);
    Step refused = charge("b", 1001);
    assertNotNull(refused.refusal());
    assertEquals(ErrorCode.ANSWER_BUDGET_SPENT, refused.refusal().code());
    Step rest = charge("c", 1000);
    assertNull(rest.refusal());
    assertEquals(0, left(rest));
  }

  @Test
  void charge_nextDay_hasAWholeBudgetAgain() {
    charge("a", 64_000);
    key.nowMs += DAY;
    assertEquals(63_000, left(charge("b", 1000)));
  }

  @Test
  void account_isKeptForAWeek() {
    for (int day = 0; day < 20; day++) {
      charge("q" + day, 1);
      key.nowMs += DAY;
    }
    assertEquals(8, key.rowCount(BudgetMachine.CHARGES));
  }

  private Step charge(String id, long millibits) {
    return key.submit(
        BudgetEvent.newBuilder().setChargeId(id).setMillibits(millibits).setSubject("q").build());
  }

  private static long left(Step step) {
    byte[] reply = step.reply();
    return OneKey.parse(BudgetReply.parser(), reply == null ? new byte[0] : reply)
        .getLeftMillibits();
  }
}
