package dev.drover.agent.sense;

import dev.drover.agent.core.Machines;
import dev.drover.agent.core.TurnMachine;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.agent.v1.TurnFacts;
import dev.drover.machine.EffectHandler;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.OwedEffect;
import dev.drover.v1.NetworkCost;
import java.time.ZoneId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Looks at the device for the queue of what waits on it: when the machine asks, and by itself every
 * few seconds while something waits, so that the machine hears of a change soon and of nothing
 * while there is none. Thread-safe.
 */
public final class DeviceLook implements EffectHandler {
  private static final long CLOCK_STEP_MS = 60_000;

  private final Engine engine;
  private final Sources sources;
  private TurnFacts told = TurnFacts.getDefaultInstance();

  /**
   * What there is to look at.
   *
   * @param bootId identity of the machine's present boot
   * @param trustedMs the best time that the device knows, UTC milliseconds
   * @param clockTrusted whether that is the hub's own time
   * @param clockWanted asks the hub for the time, at most now and then
   * @param zone the device's time zone
   * @param power where its power comes from
   * @param network what its network costs
   * @param serving whether a person is being answered
   */
  public record Sources(
      String bootId,
      LongSupplier trustedMs,
      BooleanSupplier clockTrusted,
      Runnable clockWanted,
      Supplier<ZoneId> zone,
      Supplier<PowerSupplies.Power> power,
      Supplier<NetworkCost> network,
      BooleanSupplier serving) {}

  /** Makes a look over what there is. */
  public DeviceLook(Engine engine, Sources sources) {
    this.engine = engine;
    this.sources = sources;
  }

  @Override
  public CompletionStage<EffectResult> perform(OwedEffect effect) {
    return CompletableFuture.completedFuture(EffectResult.event(event(look())));
  }

  /** Tells the machine what has changed, if something waits; quick if nothing does. */
  public void watch() {
    if (!engine.read(Machines.TURN, Machines.TURN, TurnMachine::anyWaits)) {
      return;
    }
    TurnFacts before = told();
    TurnFacts now = look();
    if (differ(before, now)) {
      var unused = engine.submit(Machines.TURN, Machines.TURN, event(now));
    }
  }

  private synchronized TurnFacts told() {
    return told;
  }

  private TurnFacts look() {
    if (!sources.clockTrusted().getAsBoolean()) {
      sources.clockWanted().run();
    }
    TurnFacts facts =
        TurnFacts.newBuilder()
            .setBootId(sources.bootId())
            .setTrustedMs(sources.trustedMs().getAsLong())
            .setClockTrusted(sources.clockTrusted().getAsBoolean())
            .setZone(sources.zone().get().getId())
            .setPower(sources.power().get().source())
            .setNetwork(sources.network().get())
            .setServing(sources.serving().getAsBoolean())
            .build();
    synchronized (this) {
      told = facts;
    }
    return facts;
  }

  private static boolean differ(TurnFacts before, TurnFacts now) {
    boolean stepped = Math.abs(now.getTrustedMs() - before.getTrustedMs()) > CLOCK_STEP_MS;
    return stepped
        || !before.toBuilder()
            .clearTrustedMs()
            .build()
            .equals(now.toBuilder().clearTrustedMs().build());
  }

  private static byte[] event(TurnFacts facts) {
    return TurnEvent.newBuilder().setFacts(facts).build().toByteArray();
  }
}
