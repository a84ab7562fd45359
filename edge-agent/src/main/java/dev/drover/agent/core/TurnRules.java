package dev.drover.agent.core;

import dev.drover.agent.v1.TurnArrived;
import dev.drover.agent.v1.TurnFacts;
import dev.drover.agent.v1.TurnHead;
import dev.drover.agent.v1.TurnRowOrBuilder;
import dev.drover.schedule.Windows;
import dev.drover.v1.Conditions;
import dev.drover.v1.NetworkCost;
import dev.drover.v1.PowerSource;
import dev.drover.v1.WaitReason;
import org.jspecify.annotations.Nullable;

/**
 * What keeps an execution from starting. Pure.
 *
 * @param runsMax questions and tool calls at a time
 * @param consentForInstalls whether each release needs the owner's word
 */
record TurnRules(int runsMax, boolean consentForInstalls) {
  /** Returns whether it depends on what only a look at the device can tell. */
  boolean needsFacts(TurnArrived lease) {
    return lease.getWindowsCount() > 0
        || lease.getConditions().getIdle()
        || lease.getConditions().getMains()
        || lease.getConditions().getUnmetered()
        || needsOwner(lease);
  }

  /** Returns whether the owner has to say yes to it. */
  boolean needsOwner(TurnArrived lease) {
    return lease.getConditions().getOwnerConsent() || (lease.getInstall() && consentForInstalls);
  }

  /** Returns whether its time is over by a clock that can be trusted. */
  boolean isOver(TurnArrived lease, @Nullable TurnFacts facts) {
    return facts != null && facts.getClockTrusted() && facts.getTrustedMs() >= lease.getExpiresMs();
  }

  /**
   * Returns what it waits for, unspecified where it may start.
   *
   * @param facts what the device found at this very moment, or null where it did not look; never
   *     null for an execution that {@link #needsFacts}
   */
  WaitReason reason(
      TurnRowOrBuilder row, TurnHead.Builder head, @Nullable TurnFacts facts, long nowMs) {
    TurnArrived lease = row.getArrived();
    if (nowMs < lease.getFromMs()) {
      return WaitReason.WAITS_FOR_WINDOW;
    }
    if (facts != null && needsFacts(lease)) {
      WaitReason reason = byFacts(row, head, facts);
      if (reason != WaitReason.WAIT_REASON_UNSPECIFIED) {
        return reason;
      }
    }
    boolean full = lease.getInstall() ? head.getInstalls() > 0 : head.getRuns() >= runsMax;
    return full ? WaitReason.WAITS_FOR_OTHERS : WaitReason.WAIT_REASON_UNSPECIFIED;
  }

  private WaitReason byFacts(TurnRowOrBuilder row, TurnHead.Builder head, TurnFacts facts) {
    TurnArrived lease = row.getArrived();
    Conditions conditions = lease.getConditions();
    // After a boot no length of time that was measured before it holds.
    boolean rebooted = !lease.getBootId().equals(facts.getBootId());
    if (!facts.getClockTrusted() && (rebooted || lease.getWindowsCount() > 0)) {
      return WaitReason.WAITS_FOR_CLOCK;
    }
    if (!Windows.isOpen(
        lease.getWindowsList(), Windows.zoneOrUtc(facts.getZone()), facts.getTrustedMs())) {
      return WaitReason.WAITS_FOR_WINDOW;
    }
    if (needsOwner(lease) && !row.getConsented()) {
      return WaitReason.WAITS_FOR_OWNER;
    }
    if (conditions.getMains() && facts.getPower() != PowerSource.MAINS) {
      return WaitReason.WAITS_FOR_MAINS;
    }
    if (conditions.getUnmetered() && facts.getNetwork() != NetworkCost.UNMETERED) {
      return WaitReason.WAITS_FOR_UNMETERED;
    }
    boolean busy = facts.getServing() || head.getRuns() > 0 || head.getInstalls() > 0;
    return conditions.getIdle() && busy
        ? WaitReason.WAITS_FOR_IDLE
        : WaitReason.WAIT_REASON_UNSPECIFIED;
  }
}
