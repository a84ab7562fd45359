package dev.drover.agent.release;

import static java.util.stream.Collectors.toSet;
import static org.awaitility.Awaitility.await;

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
import dev.drover.trust.DirectoryFetcher;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.InstallTask;
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

/** A device that installs releases, and their publisher. */
final class InstallDevice implements AutoCloseable {
  /** Memory of the device. */
  static final long HAS_BYTES = 1L << 30;

  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

  final Path data;
  final PublishedReleases published;
  final AtomicLong reserveBytes = new AtomicLong();
  final ContentStore store;
  private final Engine engine;
  private final ModelRuntime runtime;
  private final ExecutorService thread = Executors.newSingleThreadExecutor();

  InstallDevice(Path directory) throws IOException {
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

  /** Returns the digest of a release's manifest. */
  static String sha(InstallTask task) {
    return Hashes.hex(task.getManifestSha256().toByteArray());
  }
}
