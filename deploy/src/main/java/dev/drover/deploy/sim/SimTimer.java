package dev.drover.deploy.sim;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A timer of one process of a node, by the time of the world. */
final class SimTimer extends Lane implements ScheduledExecutorService {
  private final SimNode node;

  SimTimer(SimNode node) {
    super(node.plan, node::touch);
    this.node = node;
  }

  /** What was planned; nobody waits for it. */
  private static final class Planned extends CompletableFuture<Object>
      implements ScheduledFuture<Object> {
    @Override
    public long getDelay(TimeUnit unit) {
      return 0;
    }

    @Override
    public int compareTo(Delayed other) {
      return Integer.compare(hashCode(), other.hashCode());
    }
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    node.later(
        Math.max(1, unit.toMillis(delay)),
        () -> {
          if (!isShutdown()) {
            task.run();
          }
        });
    return new Planned();
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException("Nothing in the hub plans a task with a result");
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable task, long first, long period, TimeUnit unit) {
    throw new UnsupportedOperationException("Nothing in a simulated hub plans tasks at a rate");
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable task, long first, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException("Nothing in a simulated hub plans tasks at a rate");
  }
}
