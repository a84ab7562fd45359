package dev.drover.agent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.cli.AgentSettings;
import dev.drover.agent.config.DesiredSettings;
import dev.drover.agent.config.OwnSettings;
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
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DesiredKeeperTest {
  @TempDir private Path directory;

  private DesiredKeeper keeper(Path data) {
    OwnSettings own = AgentSettings.own(Map.of(), null, data, Map.of());
    return new DesiredKeeper(own, own.atStart());
  }

  private static OwedEffect owed(ConfigCommand desired) {
    Effect effect = Effect.of(Machines.EFFECT_CONFIG, Machines.DOWNLINK, desired.toByteArray());
    return new OwedEffect(Machines.DOWNLINK, Machines.DOWNLINK, 1, 1, false, effect);
  }

  @Test
  void desired_isDurable_beforeAnybodyIsTold() {
    DesiredKeeper keeper = keeper(directory);
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
            .putValues("content.disk-reserve", "1GiB")
            .putValues("heartbeat", "10s")
            .putValues("policy.file", "/tmp/open")
            .putValues("runtime.threads", "2")
            .build();
    keeper.perform(owed(desired)).toCompletableFuture().join();
    assertEquals(1, told.get());
    assertEquals(
        List.of(
            ConfigKeyState.CONFIG_APPLIED,
            ConfigKeyState.CONFIG_APPLIED,
            ConfigKeyState.CONFIG_REFUSED_KEY,
            ConfigKeyState.CONFIG_PENDING_RESTART),
        keeper.report().getStatesList());
    assertEquals(
        "The hub desires content.disk-reserve = 1GiB (applied), heartbeat = 10s (applied),"
            + " policy.file = /tmp/open (refused, not a key for the hub), runtime.threads = 2"
            + " (from the next start).",
        keeper.notice().orElseThrow());
    assertEquals(10_000, keeper.heartbeatMs());
    assertEquals(1L << 30, keeper.diskReserveBytes());
    assertEquals(1L << 30, keeper.limits().getDiskReserveBytes());
    assertEquals(0, keeper.limits().getThreads(), "the model is loaded with others");

    DesiredKeeper next = keeper(directory);
    assertEquals(ConfigKeyState.CONFIG_APPLIED, next.report().getStates(3));
    assertEquals(2, next.limits().getThreads());
    EgressGuard.check(next.report());
    EgressGuard.check(next.limits());
    assertEquals(2048, next.limits().getContextTokens());
  }

  @Test
  void desired_thatIsWithdrawn_countsNoMore() {
    DesiredKeeper keeper = keeper(directory);
    ConfigCommand.Builder desired = ConfigCommand.newBuilder().setVersion(1);
    keeper
        .perform(owed(desired.putValues("heartbeat", "10s").build()))
        .toCompletableFuture()
        .join();
    assertEquals(10_000, keeper.heartbeatMs());
    keeper.perform(owed(desired.setVersion(2).clearValues().build())).toCompletableFuture().join();
    assertEquals(30_000, keeper.heartbeatMs());
  }

  @Test
  void heartbeat_thatIsDesired_beatsAtOnce() {
    DesiredKeeper keeper = keeper(directory);
    AtomicInteger beats = new AtomicInteger();
    ScheduledExecutorService timer = AgentThreads.timer();
    try {
      keeper.paced(new AgentPulse(timer, keeper::heartbeatMs, beats::incrementAndGet));
      ConfigCommand desired =
          ConfigCommand.newBuilder().setVersion(1).putValues("heartbeat", "1s").build();
      keeper.perform(owed(desired)).toCompletableFuture().join();
      await().until(() -> beats.get() > 1);
    } finally {
      AgentThreads.end(timer);
    }
  }

  @Test
  void desired_thatCannotBeKept_staysOwed() throws Exception {
    Path taken = Files.writeString(directory.resolve("file"), "");
    DesiredKeeper keeper = keeper(taken.resolve("data"));
    ConfigCommand desired = ConfigCommand.newBuilder().setVersion(1).build();
    assertThrows(
        CompletionException.class,
        () -> keeper.perform(owed(desired)).toCompletableFuture().join());
    assertTrue(keeper.notice().isEmpty());
    assertEquals(0, keeper.report().getVersion());
  }
}
