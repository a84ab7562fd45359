package dev.drover.deploy.bench;

import dev.drover.hub.engine.local.EmbeddedEngine;
import dev.drover.machine.runtime.Store;
import dev.drover.machine.runtime.StoreSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A process with the hub's store and nothing else: makes durable what {@link RegisteredProbe} did,
 * commit by commit and heartbeats at the same time of their minute, and prints what that takes.
 */
public final class RegisteredRaw {
  private RegisteredRaw() {}

  /**
   * Prints a line for each size, as the probe does.
   *
   * @param arguments directory, file of the trace, sizes in rising order
   */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    try (CommitTrace.Reader trace = new CommitTrace.Reader(Path.of(arguments[1]));
        Store store = EmbeddedEngine.openStore(directory, StoreSchema.first())) {
      for (int i = 2; i < arguments.length; i++) {
        long unused = replay(trace, store, Optional.empty());
        ProbeGauge.settle();
        ProbeGauge gauge = new ProbeGauge();
        long heartbeats = replay(trace, store, Optional.of(gauge));
        if (heartbeats == 0) {
          throw new IllegalStateException("The trace ended early.");
        }
        System.out.println(
            gauge.point(Integer.parseInt(arguments[i]), heartbeats, 0, directory).line());
        System.out.flush();
      }
    }
  }

  /** Commits what one part has, as fast as it can or as it was; returns how many commits. */
  private static long replay(CommitTrace.Reader trace, Store store, Optional<ProbeGauge> paced)
      throws IOException, InterruptedException {
    for (long count = 0; ; count++) {
      CommitTrace.Entry entry = trace.next().orElse(null);
      if (entry == null || entry.batch().isEmpty()) {
        return count;
      }
      if (paced.isPresent()) {
        long dueNanos = paced.get().startedNanos() + entry.nanos();
        TimeUnit.NANOSECONDS.sleep(dueNanos - System.nanoTime());
      }
      store.commit(entry.batch().get());
    }
  }
}
