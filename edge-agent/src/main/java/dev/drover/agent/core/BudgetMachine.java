package dev.drover.agent.core;

import dev.drover.agent.v1.BudgetCharge;
import dev.drover.agent.v1.BudgetEvent;
import dev.drover.agent.v1.BudgetReply;
import dev.drover.agent.v1.BudgetRow;
import dev.drover.machine.Machine;
import dev.drover.machine.Row;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.wire.ErrorCode;
import java.util.Locale;

/**
 * Counts what answers tell the hub, in thousandths of a bit per UTC day of engine time, and refuses
 * what is beyond the owner's limit with {@code ANSWER_BUDGET_SPENT}.
 *
 * <p>A charge has an id; the same id is charged once, also on the day after, so that a repetition
 * after a crash costs nothing. Charges are kept for a week as the owner's account. A charge of
 * nothing with an empty id only asks what is left. The reply is a {@link BudgetReply}.
 */
public final class BudgetMachine implements Machine<BudgetEvent> {
  /** Row that holds a {@link BudgetRow}. */
  public static final String ROW = "day";

  /** Prefix of the rows of charges, each a {@link BudgetCharge}; then the day and the id. */
  public static final String CHARGES = "c/";

  private static final long DAY_MS = 24L * 60 * 60 * 1000;
  private static final long DAYS_KEPT = 7;
  private static final int PURGED_AT_ONCE_MAX = 1000;

  private final long limitMillibits;

  /** Makes the machine with the owner's limit per day, 0 or more. */
  public BudgetMachine(long limitMillibits) {
    this.limitMillibits = limitMillibits;
  }

  @Override
  public String name() {
    return Machines.BUDGET;
  }

  @Override
  public BudgetEvent decode(byte[] event) {
    return Machines.parse(BudgetEvent.parser(), event);
  }

  @Override
  public Step step(RowReader own, BudgetEvent event, long nowMs) {
    long day = nowMs / DAY_MS;
    long spent = spentMillibits(own, nowMs);
    String id = event.getChargeId();
    if (id.isEmpty() || isCharged(own, day, id) || isCharged(own, day - 1, id)) {
      return Step.reply(left(spent));
    }
    if (event.getMillibits() > limitMillibits - spent) {
      return Step.refuse(
          ErrorCode.ANSWER_BUDGET_SPENT,
          "The answer would tell more than the device's owner allows a day.");
    }
    long after = spent + event.getMillibits();
    BudgetCharge charge =
        BudgetCharge.newBuilder()
            .setMillibits(event.getMillibits())
            .setSubject(event.getSubject())
            .setTimeMs(nowMs)
            .build();
    Step.Builder step = Step.builder();
    for (Row old : own.scan(CHARGES, PURGED_AT_ONCE_MAX)) {
      if (old.name().compareTo(chargeRow(day - DAYS_KEPT, "")) >= 0) {
        break;
      }
      step.delete(old.name());
    }
    return step.put(chargeRow(day, id), charge.toByteArray())
        .put(ROW, BudgetRow.newBuilder().setDay(day).setSpentMillibits(after).build().toByteArray())
        .reply(left(after))
        .build();
  }

  /** Returns what was spent on the day of this engine time, in thousandths of a bit. */
  public static long spentMillibits(RowReader own, long nowMs) {
    BudgetRow row = Machines.row(own, ROW, BudgetRow.parser(), BudgetRow.getDefaultInstance());
    return row.getDay() == nowMs / DAY_MS ? row.getSpentMillibits() : 0;
  }

  private byte[] left(long spent) {
    return BudgetReply.newBuilder()
        .setLeftMillibits(Math.max(0, limitMillibits - spent))
        .build()
        .toByteArray();
  }

  private static boolean isCharged(RowReader own, long day, String id) {
    return own.get(chargeRow(day, id)) != null;
  }

  private static String chargeRow(long day, String id) {
    return CHARGES + String.format(Locale.ROOT, "%08d/", Math.max(0, day)) + id;
  }
}
