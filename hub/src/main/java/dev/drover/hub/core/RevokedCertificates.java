package dev.drover.hub.core;

import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.hub.v1.RevokeSerials;
import dev.drover.hub.v1.RevokedRow;
import dev.drover.hub.v1.SweepRevoked;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import java.util.List;

/**
 * The part of a {@link RegistryMachine} that keeps refused certificates, each until nobody would
 * take it any more because it ended by itself. Pure.
 */
final class RevokedCertificates {
  /** How long after its end a certificate stays refused, for peers whose clocks are behind. */
  static final long KEPT_MS = 7L * 24 * 3600 * 1000;

  /** The pause between two sweeps. */
  static final long SWEEP_MS = 24L * 3600 * 1000;

  /** Rows that one step of a sweep looks at. */
  static final int SWEEP_ROWS = 1000;

  /** The longest life that a certificate of a device or an operator can have. */
  static final long LIFE_MS_MAX = 3650L * 24 * 3600 * 1000;

  private static final String TIMER = "sweep-revoked";
  private static final long NEXT_PAGE_MS = 1000;

  private RevokedCertificates() {}

  static void revoke(RowReader own, Step.Builder step, RevokeSerials revoke, long nowMs) {
    RevokedRow row =
        RevokedRow.newBuilder()
            .setSubject(revoke.getSubject())
            .setRevokedMs(nowMs)
            .setExpiresMs(revoke.getExpiresMs())
            .build();
    for (String serial : revoke.getSerialsList()) {
      if (RegistryRows.revokedRow(own, serial).isEmpty()) {
        step.put(RegistryRows.REVOKED + serial, row.toByteArray());
      }
    }
    if (revoke.getTokensUntilMs() > 0) {
      Tokens.forget(own, step, revoke.getSubject(), revoke.getTokensUntilMs());
    }
    step.effect(RegistryMachine.REVOKED, revoke.getSubject(), revoke.toByteArray());
  }

  /** Forgets those that ended, a page at a time, and sets the timer for what comes next. */
  static void sweep(RowReader own, Step.Builder step, String after, long nowMs) {
    List<String> page = RegistryRows.revoked(own, after, SWEEP_ROWS);
    RevokeSerials.Builder ended = RevokeSerials.newBuilder();
    for (String serial : page) {
      if (RegistryRows.revokedRow(own, serial).filter(row -> isOver(row, nowMs)).isPresent()) {
        step.delete(RegistryRows.REVOKED + serial);
        ended.addSerials(serial);
      }
    }
    if (ended.getSerialsCount() > 0) {
      step.effect(RegistryMachine.FORGOTTEN, own.key(), ended.build().toByteArray());
    }
    boolean more = page.size() == SWEEP_ROWS;
    SweepRevoked next =
        SweepRevoked.newBuilder().setAfter(more ? page.get(page.size() - 1) : "").build();
    step.timer(
        TIMER,
        nowMs + (more ? NEXT_PAGE_MS : SWEEP_MS),
        RegistryEnvelope.newBuilder().setSweepRevoked(next).build().toByteArray());
  }

  private static boolean isOver(RevokedRow row, long nowMs) {
    long endMs = row.getExpiresMs() > 0 ? row.getExpiresMs() : row.getRevokedMs() + LIFE_MS_MAX;
    return nowMs - endMs > KEPT_MS;
  }
}
