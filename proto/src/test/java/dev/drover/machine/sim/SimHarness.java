package dev.drover.machine.sim;

import dev.drover.machine.Engine;
import dev.drover.machine.EngineHarness;
import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.Space;
import dev.drover.machine.runtime.StoreCheck;
import dev.drover.machine.runtime.StoreSchema;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** Opens simulated engines on a simulated disk. */
final class SimHarness implements EngineHarness {
  private final SimDisk disk = new SimDisk(CrashPlan.never());
  private final SimTime time = new SimTime(1_800_000_000_000L);
  private final long seed;

  SimHarness(long seed) {
    this.seed = seed;
  }

  @Override
  public Engine open(StoreSchema schema, EngineLimits limits) {
    return new SimEngine(disk, EngineOptions.of(schema, limits, time.source()), new Random(seed));
  }

  @Override
  public SimTime time() {
    return time;
  }

  @Override
  public void await(Engine engine, BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      if (!((SimEngine) engine).runOne() && !condition.getAsBoolean()) {
        throw new AssertionError("Nothing is left to do, and the condition does not hold");
      }
    }
  }

  @Override
  public void settle(Engine engine) {
    ((SimEngine) engine).runUntilIdle();
  }

  @Override
  public Hold hold(Engine engine) {
    return () -> {};
  }

  @Override
  public List<String> problems() {
    return StoreCheck.problems(disk);
  }

  @Override
  public String fingerprint() {
    StringBuilder all = new StringBuilder();
    byte[] last = new byte[64];
    Arrays.fill(last, (byte) 0xff);
    for (Space space : Space.values()) {
      disk.scan(
          space,
          new byte[0],
          last,
          (key, value) -> {
            all.append(space).append(Arrays.toString(key)).append(Arrays.toString(value));
            return true;
          });
    }
    return all.toString();
  }

  @Override
  public void close() {}
}
