package dev.drover.agent.release;

import static java.util.stream.Collectors.toSet;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.llm.LlamaRuntime;
import dev.drover.agent.llm.RuntimeSettings;
import dev.drover.agent.v1.AuditRecord;
import dev.drover.agent.v1.StoredRecord;
import dev.drover.crypto.Hashes;
import dev.drover.machine.Engine;
import dev.drover.release.Requirements;
import dev.drover.testkit.TinyGguf;
import dev.drover.trust.DirectoryFetcher;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstallTask;
import dev.drover.v1.RecordKind;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a device does with a release that it has not the means for, whatever a hub thinks of it. */
class InstallRefusalTest {
  private static final long HAS_BYTES = 1L << 30;
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
  private static final Requirements NOTHING = new Requirements("", 0, 0);

  @TempDir private Path directory;

  /** A device that runs a release already, and the publisher of the next one. */
  private static final class Device implements AutoCloseable {
    final Path data;
    final PublishedReleases published;
    final AtomicLong reserveBytes = new AtomicLong();
    private final Engine engine;
    private final ModelRuntime runtime;
    private final ContentStore store;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();

    Device(Path directory) throws IOException {
      data = directory.resolve("agent");
      published =
          new PublishedReleases(directory.resolve("repository"), NOW.plus(Duration.ofDays(30)));
      store = new ContentStore(data);
      engine = InstallEngine.open(data.resolve("store"));
      runtime =
          LlamaRuntime.create(
              RuntimeSettings.defaults(directory.resolve("native")), System::nanoTime);
      ReleaseTrust trust =
          new ReleaseTrust(
              data.resolve("trust"),
              new DirectoryFetcher(directory.resolve("repository")),
              () -> NOW);
      ReleaseFetcher fetcher =
          new ReleaseFetcher(store, published, (chunks, ahead) -> {}, System::nanoTime);
      InstallPieces.Device means =
          new InstallPieces.Device(Set.of("llama"), () -> HAS_BYTES, reserveBytes::get);
      InstallPieces pieces = new InstallPieces(trust, fetcher, store, means);
      new InstallWork(engine, pieces, audit(), thread, System::nanoTime).register();
      SlotLoader loader = loader();
      engine.handle(Machines.EFFECT_RESTART, loader.restarter());
      engine.handle(Machines.EFFECT_COLLECT, loader.collector());
      engine.start();
    }

    private AuditTrail audit() {
      return new AuditTrail(engine, new SecureRandom());
    }

    private SlotLoader loader() {
      return new SlotLoader(
          engine,
          store,
          runtime,
          new TimedTrial(),
          audit(),
          new InstallEngine.Control(),
          new SlotLoader.Settings(Optional.empty(), 64, 1));
    }

    /** Has an installation done as far as it gets without a new process. */
    void install(String execution, InstallTask task, String state) {
      InstallEngine.grant(engine, execution, task);
      await().atMost(Duration.ofSeconds(60)).until(() -> state.equals(InstallEngine.state(engine)));
    }

    /** Starts a process anew, and returns the digest of the release that it runs. */
    String restart() {
      SlotLoader next = loader();
      next.decide();
      next.load();
      return Hashes.hex(next.installed().getManifestSha256().toByteArray());
    }

    ExecutionReport lastReport() {
      return engine.read(
          Machines.UPLINK,
          Machines.UPLINK,
          rows ->
              rows.scan(UplinkMachine.EVENTS, 100).stream()
                  .map(row -> Machines.parse(DeviceEvent.parser(), row.value()))
                  .filter(DeviceEvent::hasReport)
                  .reduce((older, newer) -> newer)
                  .orElseThrow()
                  .getReport());
    }

    AuditRecord lastRecord() {
      return engine.read(
          Machines.AUDIT,
          Machines.AUDIT,
          rows ->
              rows.scan(AuditMachine.RECORDS, 100).stream()
                  .map(row -> Machines.parse(StoredRecord.parser(), row.value()))
                  .map(row -> Machines.parse(AuditRecord.parser(), row.getRecord().toByteArray()))
                  .reduce((older, newer) -> newer)
                  .orElseThrow());
    }

    /** Returns the files of releases, by their path below the agent's directory. */
    Set<Path> files() throws IOException {
      try (Stream<Path> content = Files.walk(data.resolve("content"));
          Stream<Path> slots = Files.walk(data.resolve("slots"))) {
        return Stream.concat(content, slots).filter(Files::isRegularFile).collect(toSet());
      }
    }

    @Override
    public void close() {
      thread.shutdown();
      runtime.close();
      engine.close();
    }
  }

  private static String sha(InstallTask task) {
    return Hashes.hex(task.getManifestSha256().toByteArray());
  }

  private Path model() throws IOException {
    return TinyGguf.ofSeed(1).writeTo(directory.resolve("tiny.gguf"));
  }

  /** Installs a release without needs, then one with these, which is to be refused. */
  private void assertRefused(ErrorCode code, Device device, Requirements needs) throws IOException {
    InstallTask first = device.published.publish("1.0.0", NOTHING, Optional.empty());
    device.install("e1", first, "STAGED");
    assertEquals(sha(first), device.restart());
    Set<Path> before = device.files();

    InstallTask next = device.published.publish("2.0.0", needs, Optional.of(model()));
    device.install("e2", next, "REJECTED");
    ExecutionReport report = device.lastReport();
    assertEquals("e2", report.getExecution());
    assertEquals(ExecutionState.REJECTED, report.getState());
    assertEquals(code, ErrorCode.ofNumber(report.getError()));
    AuditRecord record = device.lastRecord();
    assertEquals(RecordKind.RELEASE_REFUSED, record.getKind());
    assertEquals(code.number(), record.getRelease().getError());
    assertEquals(next.getManifestSha256(), record.getRelease().getManifestSha256());

    assertEquals(Set.of(sha(first), sha(next)), device.published.asked(), "manifests alone");
    assertEquals(before, device.files());
    assertEquals(sha(first), device.restart());
  }

  @Test
  void model_thatNeedsMoreMemoryThanThereIs_isRefusedBeforeItIsFetched() throws IOException {
    try (Device device = new Device(directory)) {
      assertRefused(ErrorCode.MODEL_TOO_LARGE, device, new Requirements("llama", HAS_BYTES + 1, 0));
    }
  }

  @Test
  void model_ofAnotherArchitecture_isRefusedBeforeItIsFetched() throws IOException {
    try (Device device = new Device(directory)) {
      assertRefused(ErrorCode.MODEL_ARCHITECTURE_UNKNOWN, device, new Requirements("mamba", 1, 0));
    }
  }

  @Test
  void model_thatWouldNotLeaveItsReserveToTheDisk_isRefusedBeforeItIsFetched() throws IOException {
    try (Device device = new Device(directory)) {
      device.reserveBytes.set(Long.MAX_VALUE / 2);
      assertRefused(ErrorCode.DISK_FULL, device, new Requirements("llama", 1, 0));
    }
  }

  @Test
  void model_thatJustFits_isFetched() throws IOException {
    try (Device device = new Device(directory)) {
      InstallTask fits =
          device.published.publish(
              "1.0.0", new Requirements("llama", HAS_BYTES, 0), Optional.of(model()));
      device.install("e1", fits, "STAGED");
      assertTrue(device.published.asked().size() > 2, "chunks of the model too");
      String digest = Hashes.hex(Hashes.sha256(Files.readAllBytes(model())));
      assertTrue(device.files().contains(device.data.resolve("content").resolve(digest)));
    }
  }
}
