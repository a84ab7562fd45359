package dev.drover.hub.core;

import dev.drover.machine.Step;
import dev.drover.v1.Command;

/** What machines owe to devices: commands, as effects of one kind. Pure. */
public final class Commands {
  /**
   * Kind of the effect that publishes a command: the target is the device, the payload a serialized
   * {@link Command}. It may be lost after it was performed; numbered commands are sent again.
   */
  public static final String EFFECT = "command";

  /** How long a command without a number means anything. */
  static final long LOOSE_TTL_MS = 60_000;

  private Commands() {}

  /** Returns a command without a number, which may be lost or repeated, without its body. */
  static Command.Builder loose(String key, long hubEpoch, long nowMs) {
    return Command.newBuilder()
        .setTenant(MachineKeys.tenant(key))
        .setDevice(MachineKeys.name(key))
        .setHubEpoch(hubEpoch)
        .setIssuedMs(nowMs)
        .setExpiresMs(nowMs + LOOSE_TTL_MS);
  }

  /** Owes a command to its device. */
  static void owe(Step.Builder step, Command command) {
    step.effect(EFFECT, command.getDevice(), command.toByteArray());
  }
}
