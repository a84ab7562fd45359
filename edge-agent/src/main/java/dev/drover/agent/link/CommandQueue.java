package dev.drover.agent.link;

import dev.drover.agent.core.ControlLink;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the listener of a control link on a thread of its own, in order. A command is acknowledged
 * to the broker after the listener returned, so an honest broker sends no more than the receive
 * maximum ahead. Mosquitto 2.0.11 was seen to send far more; {@link #offer} bounds that too.
 */
final class CommandQueue implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CommandQueue.class);

  private final ThreadPoolExecutor thread;
  private static final int COMMANDS_MAX = 1_000;
  private static final int BYTES_MAX = 4 * 1024 * 1024;

  private final AtomicInteger bytesWaiting = new AtomicInteger();
  private volatile ControlLink.@Nullable Listener listener;

  CommandQueue() {
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(2 * COMMANDS_MAX),
            task -> {
              Thread made = new Thread(task, "control-link-listener");
              made.setDaemon(true);
              return made;
            });
  }

  void start(ControlLink.Listener to) {
    listener = to;
  }

  /** Queues a command; returns false when too many wait. */
  boolean offer(byte[] payload, Runnable acknowledge) {
    if (thread.getQueue().size() >= COMMANDS_MAX
        || bytesWaiting.get() + payload.length > BYTES_MAX) {
      return false;
    }
    bytesWaiting.addAndGet(payload.length);
    run(
        to -> {
          try {
            to.onCommand(payload);
          } finally {
            bytesWaiting.addAndGet(-payload.length);
            acknowledge.run();
          }
        });
    return true;
  }

  void connected(boolean up) {
    run(to -> to.onConnected(up));
  }

  /** Asks the listener for a request for the time. */
  void doubted(Consumer<byte[]> send) {
    run(to -> send.accept(to.onClockDoubted()));
  }

  /** Gives the listener what came over a link in doubt; runs the task if that set the clock. */
  void time(byte[] payload, Runnable whenSet) {
    run(
        to -> {
          if (to.onTime(payload)) {
            whenSet.run();
          }
        });
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }

  private void run(Consumer<ControlLink.Listener> call) {
    ControlLink.Listener to = listener;
    if (to == null) {
      return;
    }
    try {
      thread.execute(
          () -> {
            try {
              call.accept(to);
            } catch (RuntimeException e) {
              log.atError().setCause(e).log("control link listener failed");
            }
          });
    } catch (RejectedExecutionException closed) {
      log.atDebug().log("event after the close");
    }
  }
}
