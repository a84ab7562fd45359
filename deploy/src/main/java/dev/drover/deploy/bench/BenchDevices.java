package dev.drover.deploy.bench;

import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.identity.Enrolment;
import dev.drover.agent.identity.HubCalls;
import dev.drover.v1.Command;
import dev.drover.wire.DroverException;
import dev.drover.wire.EnrolmentToken;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Simulated devices of one hub: enrolled with a token each, then connected. Not thread-safe. */
final class BenchDevices implements AutoCloseable {
  private static final int ENROLLING = 4;
  private static final int CONNECTING = 32;
  private static final int SECONDS = 180;

  private final Bench bench;
  private final List<BenchDevice> devices;

  /**
   * Enrols and connects devices; returns when the hub has welcomed all.
   *
   * @param seen told of each command and the number of the device that got it
   */
  BenchDevices(Bench bench, BenchHub hub, int count, BiConsumer<Integer, Command> seen)
      throws IOException {
    requireFiles(count);
    this.bench = bench;
    this.devices = enrol(bench, hub, count, seen);
    connect();
    awaitWelcome();
  }

  private static void requireFiles(int count) throws IOException {
    int most = Usage.openFilesMax();
    int wanted = count + Usage.OTHER_FILES;
    if (most < wanted) {
      throw new DroverException(
              ErrorCode.RESOURCE_EXHAUSTED,
              "A process may have "
                  + most
                  + " files open; "
                  + count
                  + " devices need "
                  + wanted
                  + ".")
          .withNextStep("Give fewer --devices, or say `ulimit -n " + wanted + "` before.");
    }
  }

  /** Connects all, some at a time. */
  void connect() {
    connect(devices);
  }

  /** Connects these, some at a time. */
  void connect(List<BenchDevice> some) {
    int count = some.size();
    for (int from = 0; from < count; from += CONNECTING) {
      int to = Math.min(count, from + CONNECTING);
      bench.progress("devices: connected " + from + " of " + count);
      CompletableFuture.allOf(
              some.subList(from, to).stream()
                  .map(BenchDevice::connect)
                  .toArray(CompletableFuture[]::new))
          .join();
    }
  }

  private static List<BenchDevice> enrol(
      Bench bench, BenchHub hub, int count, BiConsumer<Integer, Command> seen) {
    ExecutorService workers = Executors.newFixedThreadPool(ENROLLING);
    try {
      AtomicInteger done = new AtomicInteger();
      List<CompletableFuture<BenchDevice>> made = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        made.add(
            CompletableFuture.supplyAsync(
                () -> {
                  BenchDevice device = enrolOne(bench, hub, number, seen);
                  int so = done.incrementAndGet();
                  if (so % 100 == 0) {
                    bench.progress("devices: enrolled " + so + " of " + count);
                  }
                  return device;
                },
                workers));
      }
      return made.stream().map(CompletableFuture::join).toList();
    } finally {
      workers.shutdownNow();
    }
  }

  private static BenchDevice enrolOne(
      Bench bench, BenchHub hub, int number, BiConsumer<Integer, Command> seen) {
    return new BenchDevice(
        identity(hub.token("sim-" + number), bench.clock()),
        bench.clock(),
        command -> seen.accept(number, command));
  }

  /** Enrols a device with a token and returns what it has from that. */
  static DeviceIdentity identity(String token, Clock clock) {
    SecureRandom random = new SecureRandom();
    Enrolment enrolment = new Enrolment(new HubCalls(clock, ""), random, clock, ms -> {});
    return enrolment
        .enrol(EnrolmentToken.parse(token), Optional.empty(), random.nextLong())
        .identity();
  }

  /**
   * Connects all, as many at once as there are.
   *
   * @param connecting how one connects
   */
  void connectAtOnce(Function<BenchDevice, CompletableFuture<?>> connecting) {
    CompletableFuture.allOf(devices.stream().map(connecting).toArray(CompletableFuture[]::new))
        .join();
  }

  /** Waits until the hub has answered each of them. */
  void awaitWelcome() {
    await("the devices to be welcomed", () -> devices.stream().allMatch(BenchDevice::isWelcomed));
  }

  List<BenchDevice> all() {
    return devices;
  }

  /** Waits; what has no receipt is said again every ten seconds. */
  void await(String what, BooleanSupplier condition) {
    long[] again = {bench.nanoTime().getAsLong()};
    bench.await(
        what,
        SECONDS,
        () -> {
          if (bench.secondsSince(again[0]) > 10) {
            again[0] = bench.nanoTime().getAsLong();
            devices.forEach(BenchDevice::again);
          }
          return condition.getAsBoolean();
        });
  }

  /** Ends all connections; they can connect again. */
  void disconnect() {
    devices.forEach(BenchDevice::close);
  }

  @Override
  public void close() {
    disconnect();
  }
}
