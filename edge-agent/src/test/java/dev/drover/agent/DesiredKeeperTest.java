package dev.drover.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.cli.AgentSettings;
import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.config.DesiredSettings;
import dev.drover.agent.core.Machines;
import dev.drover.machine.Effect;
import dev.drover.machine.OwedEffect;
import dev.drover.v1.ConfigCommand;
import dev.drover.v1.ConfigKeyState;
import dev.drover.wire.EgressGuard;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DesiredKeeperTest {
  @TempDir private Path directory;

  private AgentConfig config() {
    return AgentSettings.config(Map.of(), null, directory, Map.of());
  }

  private static OwedEffect owed(ConfigCommand desired) {
    Effect effect = Effect.of(Machines.EFFECT_CONFIG, Machines.DOWNLINK, desired.toByteArray());
    return new OwedEffect(Machines.DOWNLINK, Machines.DOWNLINK, 1, 1, false, effect);
  }

  @Test
  void desired_isDurable_beforeAnybodyIsTold() {
    DesiredKeeper keeper = new DesiredKeeper(directory, config());
    assertEquals(Optional.empty(), keeper.notice());
    AtomicInteger told = new AtomicInteger();
    keeper.changedBy(
        () -> {
          assertEquals(4, DesiredSettings.read(directory).getVersion());
          told.incrementAndGet();
        });
    ConfigCommand desired =
        ConfigCommand.newBuilder()
            .setVersion(4)
            .putValues("heartbeat", "10s")
            .putValues("policy.file", "/tmp/open")
            .build();
    keeper.perform(owed(desired)).toCompletableFuture().join();
    assertEquals(1, told.get());
    assertEquals(
        List.of(ConfigKeyState.CONFIG_PENDING_RESTART, ConfigKeyState.CONFIG_REFUSED_KEY),
        keeper.report().getStatesList());
    assertEquals(
        "The hub desires heartbeat = 10s (from the next start), policy.file = /tmp/open (refused,"
            + " not a key for the hub).",
        keeper.notice().orElseThrow());

    DesiredKeeper next = new DesiredKeeper(directory, config());
    assertEquals(ConfigKeyState.CONFIG_APPLIED, next.report().getStates(0));
    EgressGuard.check(next.report());
    EgressGuard.check(next.limits());
    assertEquals(2048, next.limits().getContextTokens());
  }

  @Test
  void desired_thatCannotBeKept_staysOwed() throws Exception {
    Path taken = Files.writeString(directory.resolve("file"), "");
    DesiredKeeper keeper = new DesiredKeeper(taken.resolve("data"), config());
    ConfigCommand desired = ConfigCommand.newBuilder().setVersion(1).build();
    assertThrows(
        CompletionException.class,
        () -> keeper.perform(owed(desired)).toCompletableFuture().join());
    assertTrue(keeper.notice().isEmpty());
    assertEquals(0, keeper.report().getVersion());
  }
}
