package dev.drover.hub.fleet;

import dev.drover.envelope.CommandAuth;
import dev.drover.hub.core.BrokerLink;
import dev.drover.machine.EffectHandler;
import dev.drover.machine.EffectResult;
import dev.drover.machine.OwedEffect;
import dev.drover.v1.Command;
import dev.drover.v1.CommandEnvelope;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import dev.drover.wire.Topics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signs and publishes the commands that machines owe: everything that waits when it gets its turn
 * goes under one signature.
 *
 * <p>An effect is done when its command is in the queue: what is lost after that is sent again by
 * the machine, or may be lost. Of receipts to one device only the newest waits. A full queue makes
 * the engine try again. Thread-safe.
 */
final class CommandPublisher implements EffectHandler {
  private static final Logger LOG = LoggerFactory.getLogger(CommandPublisher.class);
  private static final int QUEUE_MAX = 16_384;
  private static final int IN_FLIGHT_MAX = 1024;

  /**
   * Statistics since the start.
   *
   * @param published commands that the broker has taken
   * @param failed commands that it has not
   * @param signatures made for them
   */
  record Statistics(long published, long failed, long signatures) {}

  private final byte[] seed;
  private final Topics topics;
  private final BrokerLink link;
  private final Executor executor;
  private final Map<Object, Command> queue = new LinkedHashMap<>();
  private boolean running;
  private int inFlight;
  private long published;
  private long failed;
  private long signatures;

  CommandPublisher(byte[] seed, Topics topics, BrokerLink link, Executor executor) {
    this.seed = seed.clone();
    this.topics = topics;
    this.link = link;
    this.executor = executor;
  }

  /** What makes a waiting command superfluous: a newer one of the same place. */
  private record Place(String device, long incarnation) {}

  @Override
  public CompletionStage<EffectResult> perform(OwedEffect effect) {
    Command command = Machines.answer(effect.effect().payload(), Command.parser());
    if (effect.effect().payload().length > Limits.COMMAND_BYTES_MAX) {
      LOG.atError()
          .addKeyValue("device", command.getDevice())
          .addKeyValue("seq", command.getSeq())
          .log("A command is too large to be sent");
      synchronized (this) {
        failed++;
      }
      return EffectResult.doneStage();
    }
    synchronized (this) {
      if (queue.size() >= QUEUE_MAX) {
        return CompletableFuture.failedFuture(
            new DroverException(ErrorCode.RESOURCE_EXHAUSTED, "Too many commands wait."));
      }
      Object place =
          command.hasEventReceipt()
              ? new Place(command.getDevice(), command.getEventReceipt().getIncarnation())
              : new Object();
      queue.put(place, command);
    }
    wake();
    return EffectResult.doneStage();
  }

  synchronized Statistics statistics() {
    return new Statistics(published, failed, signatures);
  }

  private void wake() {
    synchronized (this) {
      if (running || queue.isEmpty() || inFlight >= IN_FLIGHT_MAX) {
        return;
      }
      running = true;
    }
    executor.execute(this::publishWaiting);
  }

  private void publishWaiting() {
    List<Command> batch = take();
    int handed = 0;
    try {
      List<CommandEnvelope> envelopes = CommandAuth.sign(seed, batch);
      for (; handed < batch.size(); handed++) {
        Command command = batch.get(handed);
        int qos = command.getSeq() == 0 ? 0 : 1;
        link.publish(
                topics.cmd(command.getDevice()), envelopes.get(handed).toByteArray(), false, qos)
            .whenComplete((done, failure) -> finished(failure == null));
      }
    } catch (RuntimeException defect) {
      LOG.atError().setCause(defect).log("Commands were not published");
      for (int lost = handed; lost < batch.size(); lost++) {
        finished(false);
      }
    } finally {
      synchronized (this) {
        running = false;
      }
      wake();
    }
  }

  private synchronized List<Command> take() {
    int room = Math.min(Limits.COMMANDS_PER_SIGNATURE_MAX, IN_FLIGHT_MAX - inFlight);
    List<Command> batch = new ArrayList<>();
    var waiting = queue.values().iterator();
    while (batch.size() < room && waiting.hasNext()) {
      batch.add(waiting.next());
      waiting.remove();
    }
    inFlight += batch.size();
    signatures++;
    return batch;
  }

  private void finished(boolean taken) {
    synchronized (this) {
      inFlight--;
      if (taken) {
        published++;
      } else {
        failed++;
      }
    }
    wake();
  }
}
