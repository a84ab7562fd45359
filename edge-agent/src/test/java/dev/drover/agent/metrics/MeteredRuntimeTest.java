package dev.drover.agent.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.api.StepRuntime;
import dev.drover.agent.core.model.Generation;
import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.TextListener;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MeteredRuntimeTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void generation_isCountedOnce_howeverOftenItIsAwaited() {
    MeteredRuntime runtime = new MeteredRuntime(new StepRuntime(false, "yes"), registry);
    Generation generation =
        runtime.generate(GenerationRequest.of("?", 4, Duration.ofSeconds(1)), TextListener.NONE);
    assertTrue(generation.isDone());
    assertEquals("yes", generation.await().text());
    assertEquals("yes", generation.await().text());

    assertEquals(1, registry.get("drover.model.generation").timer().count());
    assertEquals(
        20, registry.get("drover.model.generation").timer().totalTime(TimeUnit.MILLISECONDS));
    assertEquals(7, registry.get("drover.model.prompt.tokens").counter().count());
    assertEquals(2, registry.get("drover.model.answer.tokens").counter().count());
    assertEquals(0, registry.get("drover.model.generation.failures").counter().count());
  }
}
