package dev.drover.deploy.sim;

import dev.drover.machine.sim.CrashPlan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;

/** An executor that runs its tasks in order, one whenever the world lets it. */
class Lane extends AbstractExecutorService {
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final CrashPlan plan;
  private final Runnable touched;
  private boolean busy;
  private boolean over;

  Lane(CrashPlan plan, Runnable touched) {
    this.plan = plan;
    this.touched = touched;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    touched.run();
  }

  /** Runs one task, unless one is being run. */
  boolean runOne() {
    if (busy || tasks.isEmpty()) {
      return false;
    }
    plan.pass("before a task");
    busy = true;
    try {
      tasks.remove().run();
    } finally {
      busy = false;
    }
    return true;
  }

  @Override
  public void shutdown() {
    over = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    over = true;
    List<Runnable> left = new ArrayList<>(tasks);
    tasks.clear();
    return left;
  }

  @Override
  public boolean isShutdown() {
    return over;
  }

  @Override
  public boolean isTerminated() {
    return over && tasks.isEmpty();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return isTerminated();
  }
}
