package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Hashes;
import dev.drover.envelope.CommandAuth;
import dev.drover.hub.core.BrokerLink;
import dev.drover.hub.core.Commands;
import dev.drover.machine.Effect;
import dev.drover.machine.EffectResult;
import dev.drover.machine.OwedEffect;
import dev.drover.v1.Command;
import dev.drover.v1.EventReceipt;
import dev.drover.v1.Lease;
import dev.drover.v1.LeaseRevocation;
import dev.drover.v1.Task;
import dev.drover.v1.ToolTask;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import dev.drover.wire.Topics;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class CommandPublisherTest {
  private static final byte[] SEED = Hashes.sha256(new byte[] {1});

  private record Published(String topic, byte[] payload, int qos, CompletableFuture<Void> taken) {}

  private static final class HeldLink implements BrokerLink {
    final List<Published> published = new ArrayList<>();

    @Override
    public void start(Listener listener) {}

    @Override
    public CompletionStage<Void> publish(String topic, byte[] payload, boolean retain, int qos) {
      assertFalse(retain);
      Published message = new Published(topic, payload, qos, new CompletableFuture<>());
      published.add(message);
      return message.taken();
    }

    @Override
    public CompletionStage<Void> disconnect(Identity identity) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public Health health() {
      return new Health(true, 0, Flow.NONE, Flow.NONE);
    }

    @Override
    public void close() {}
  }

  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final HeldLink link = new HeldLink();
  private final CommandPublisher publisher =
      new CommandPublisher(SEED, new Topics("acme"), link, tasks::add);

  private CompletionStage<EffectResult> owe(Command command) {
    Effect effect = Effect.of(Commands.EFFECT, command.getDevice(), command.toByteArray());
    return publisher.perform(new OwedEffect("execution", "acme|x", 1, 1, false, effect));
  }

  private static Command.Builder command(String device, long seq) {
    return Command.newBuilder()
        .setTenant("acme")
        .setDevice(device)
        .setSeq(seq)
        .setRevocation(LeaseRevocation.newBuilder().setExecution("j1-1"));
  }

  private static Command receipt(String device, long life, long seq) {
    return command(device, 0)
        .setEventReceipt(EventReceipt.newBuilder().setIncarnation(life).setSeq(seq))
        .build();
  }

  private void run() {
    while (!tasks.isEmpty()) {
      tasks.poll().run();
    }
  }

  private Command open(int index) {
    Published message = link.published.get(index);
    String device = message.topic().split("/", -1)[4];
    return CommandAuth.open(Ed25519.publicKey(SEED), "acme", device, message.payload());
  }

  @Test
  void commandsThatWait_goUnderOneSignature_inOrder() {
    for (int i = 1; i <= 5; i++) {
      owe(command("cam-1", i).build());
    }
    owe(command("cam-2", 1).build());
    run();
    assertEquals(1, publisher.statistics().signatures());
    for (int i = 0; i < 5; i++) {
      assertEquals(i + 1, open(i).getSeq());
      assertEquals(1, link.published.get(i).qos());
    }
    assertEquals("cam-2", open(5).getDevice());
  }

  @Test
  void receipts_toOneDevice_areOne() {
    owe(receipt("cam-1", 7, 1));
    owe(receipt("cam-2", 7, 1));
    owe(receipt("cam-1", 7, 2));
    owe(receipt("cam-1", 8, 1));
    owe(receipt("cam-1", 7, 3));
    run();
    assertEquals(3, link.published.size());
    assertEquals(3, open(0).getEventReceipt().getSeq());
    assertEquals("cam-2", open(1).getDevice());
    assertEquals(8, open(2).getEventReceipt().getIncarnation());
    assertEquals(0, link.published.get(0).qos());
  }

  @Test
  void slowBroker_holdsUpTheQueue_whichIsBounded() {
    int accepted = 0;
    while (accepted < 50_000) {
      CompletionStage<EffectResult> stage = owe(command("cam-1", accepted + 1).build());
      if (stage.toCompletableFuture().isCompletedExceptionally()) {
        stage.exceptionally(
            failure -> {
              assertEquals(ErrorCode.RESOURCE_EXHAUSTED, ((DroverException) failure).code());
              return EffectResult.done();
            });
        break;
      }
      accepted++;
      run();
    }
    assertTrue(accepted < 50_000, "the queue is bounded");
    int onTheWay = link.published.size();
    assertTrue(onTheWay <= 1024, "what the broker has not taken is bounded");
    for (int i = 0; i < accepted; i++) {
      link.published.get(i).taken().complete(null);
      run();
    }
    assertEquals(accepted, link.published.size());
    assertEquals(accepted, open(accepted - 1).getSeq());
    assertEquals(accepted, publisher.statistics().published());
  }

  @Test
  void brokerThatRefuses_isCounted_andNothingWaitsForIt() {
    owe(command("cam-1", 1).build());
    run();
    link.published
        .get(0)
        .taken()
        .completeExceptionally(new DroverException(ErrorCode.UNAVAILABLE, "gone"));
    owe(command("cam-1", 2).build());
    run();
    assertEquals(1, publisher.statistics().failed());
    assertEquals(2, link.published.size());
  }

  @Test
  void commandThatIsTooLarge_doesNotTakeOthersWithIt() {
    Task task =
        Task.newBuilder()
            .setTool(ToolTask.newBuilder().setArgumentsJson("x".repeat(70_000)))
            .build();
    owe(command("cam-1", 1).build());
    owe(command("cam-2", 1).setLease(Lease.newBuilder().setTask(task)).build());
    owe(command("cam-3", 1).build());
    run();
    assertEquals(2, link.published.size());
    assertEquals("cam-3", open(1).getDevice());
    assertEquals(1, publisher.statistics().failed());
  }
}
