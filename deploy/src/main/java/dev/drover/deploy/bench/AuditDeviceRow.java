package dev.drover.deploy.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Audit entries per second, from the record on a device to the hub's receipt in its store. */
final class AuditDeviceRow implements Row {
  private static final int DEVICES = 2;

  /** Of each device in each run: whole batches, so that none waits a second to be closed. */
  private static final int RECORDS = 150 * 64;

  /** The same load before, so that its code is compiled. */
  private static final int WARM_UP_RUNS = 3;

  private static final int SECONDS = 120;

  @Override
  public String name() {
    return "audit-device";
  }

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    Samples rate = new Samples();
    Samples disk = new Samples();
    List<AuditDevice> devices = new ArrayList<>();
    ExecutorService programs = Executors.newFixedThreadPool(DEVICES);
    try (BenchHub hub = new BenchHub(bench, name())) {
      try {
        for (int i = 0; i < DEVICES; i++) {
          devices.add(device(bench, hub, "audited-" + i));
        }
        for (int run = -WARM_UP_RUNS; run < bench.runs(); run++) {
          bench.progress(name() + ": run " + (run + 1) + " of " + bench.runs());
          Commits before = commits(devices);
          double seconds = measure(bench, devices, programs);
          Commits made = commits(devices).since(before);
          if (run >= 0) {
            rate.add(DEVICES * RECORDS / seconds);
            disk.add(DEVICES * RECORDS / Disk.seconds(bench.root(), made, bench.nanoTime()));
          }
        }
      } finally {
        devices.forEach(AuditDevice::close);
        programs.shutdownNow();
      }
    }
    return List.of(
        Figure.of(
            "audit entries of devices",
            rate,
            "1/s",
            "the commits of the devices' stores alone: as many appends with as many bytes, each"
                + " synced",
            disk.median()));
  }

  private AuditDevice device(Bench bench, BenchHub hub, String name) throws IOException {
    return new AuditDevice(
        BenchDevices.identity(hub.token(name), bench.clock()),
        Files.createDirectories(bench.root().resolve(name() + "-" + name)),
        bench.clock(),
        bench.nanoTime());
  }

  private static Commits commits(List<AuditDevice> devices) {
    Commits sum = new Commits(0, 0);
    for (AuditDevice device : devices) {
      Commits one = device.commits();
      sum = new Commits(sum.count() + one.count(), sum.bytes() + one.bytes());
    }
    return sum;
  }

  /** Records on all devices at once; returns the seconds until every receipt is applied. */
  private static double measure(Bench bench, List<AuditDevice> devices, ExecutorService programs) {
    long started = bench.nanoTime().getAsLong();
    CompletableFuture.allOf(
            devices.stream()
                .map(device -> CompletableFuture.runAsync(() -> device.record(RECORDS), programs))
                .toArray(CompletableFuture[]::new))
        .join();
    bench.await(
        "the receipts", SECONDS, () -> devices.stream().allMatch(device -> device.pending() == 0));
    return bench.secondsSince(started);
  }
}
