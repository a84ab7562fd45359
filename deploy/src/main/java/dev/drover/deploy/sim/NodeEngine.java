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
  private final SimNode node;

  /** Makes it; the node is told when there may be something to do. */
  NodeEngine(SimEngine engine, Variant variant, SimNode node) {
    this.engine = engine;
    this.variant = variant;
    this.node = node;
  }

  @Override
  public void register(Machine<?> machine) {
    engine.register(node.watched(variant.machine(machine)));
  }

  @Override
  public void handle(String kind, EffectHandler handler) {
    engine.handle(kind, variant.handler(kind, handler));
  }

  @Override
  public void start() {
    engine.start();
    node.touch();
  }

  @Override
  public CompletionStage<Reply> submit(String machine, String key, byte[] event) {
    node.touch();
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
