package dev.drover.deploy.links;

import dev.drover.agent.core.ControlLink;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;

/** Keeps what a device is told; may be busy. */
final class DeviceListener implements ControlLink.Listener {
  private final List<String> commands = new ArrayList<>();
  private final List<Boolean> states = new ArrayList<>();
  private volatile Predicate<String> onTime = text -> false;
  private final Semaphore permits = new Semaphore(1_000_000);

  void busy() {
    permits.drainPermits();
  }

  void free(int count) {
    permits.release(count);
  }

  synchronized List<String> commands() {
    return List.copyOf(commands);
  }

  synchronized List<Boolean> states() {
    return List.copyOf(states);
  }

  @Override
  public void onCommand(byte[] payload) {
    permits.acquireUninterruptibly();
    synchronized (this) {
      commands.add(new String(payload, StandardCharsets.UTF_8));
    }
  }

  @Override
  public synchronized void onConnected(boolean connected) {
    states.add(connected);
  }

  @Override
  public byte[] onClockDoubted() {
    return "what time is it?".getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public boolean onTime(byte[] payload) {
    return onTime.test(new String(payload, StandardCharsets.UTF_8));
  }

  /** Says what an answer over a link in doubt does. */
  void onTime(Predicate<String> test) {
    onTime = test;
  }
}
