package dev.drover.deploy.sim;

import dev.drover.machine.EffectHandler;
import dev.drover.machine.Engine;
import dev.drover.machine.EngineHealth;
import dev.drover.machine.Machine;
import dev.drover.machine.Reply;
import dev.drover.machine.RowReader;
import dev.drover.machine.sim.SimEngine;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** The simulated engine of one process, as the shipped parts see it. */
final class NodeEngine implements Engine {
  private final SimEngine engine;
  private final Variant variant;
  private final Runnable touched;

  /**
   * Makes it.
   *
   * @param touched called when there may be something to do
   */
  NodeEngine(SimEngine engine, Variant variant, Runnable touched) {
    this.engine = engine;
    this.variant = variant;
    this.touched = touched;
  }

  @Override
  public void register(Machine<?> machine) {
    engine.register(variant.machine(machine));
  }

  @Override
  public void handle(String kind, EffectHandler handler) {
    engine.handle(kind, variant.handler(kind, handler));
  }

  @Override
  public void start() {
    engine.start();
    touched.run();
  }

  @Override
  public CompletionStage<Reply> submit(String machine, String key, byte[] event) {
    touched.run();
    return Turning.of(engine.submit(machine, key, event), engine::runOne);
  }

  @Override
  public <T> T read(String machine, String key, Function<RowReader, T> reader) {
    return engine.read(machine, key, reader);
  }

  @Override
  public List<String> scanKeys(String machine, String afterKey, int limit) {
    return engine.scanKeys(machine, afterKey, limit);
  }

  @Override
  public long nowMs() {
    return engine.nowMs();
  }

  @Override
  public EngineHealth health() {
    return engine.health();
  }

  @Override
  public void close() {
    engine.close();
  }
}
