package dev.drover.deploy.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.agent.models.Catalogue;
import dev.drover.agent.models.CatalogueModel;
import dev.drover.agent.models.ModelStore;
import dev.drover.content.ChunkTable;
import dev.drover.crypto.Hashes;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.Jobs;
import dev.drover.hub.publish.Publisher;
import dev.drover.hub.publish.Upload;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstallPhase;
import dev.drover.v1.Job;
import dev.drover.v1.PublishReleaseRequest;
import dev.drover.v1.Release;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A release's model over MQTT to one agent and to three, until each has it whole and checked. */
final class DownloadRow implements Row {
  private static final double RATIO = 1.2;
  private static final int SECONDS = 900;

  /** The budget is about a model of about a gigabyte. */
  private static final long ASKED_BYTES = 900_000_000;

  private static final String PUBLISHED = "drover_chunk_published";
  private static final int BUFFER = 1 << 20;

  @Override
  public String name() {
    return "download";
  }

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    ModelStore store = ModelStore.inCache(bench.environment());
    CatalogueModel largest = largest(store);
    Path model = link(bench, largest, store);
    List<Figure> figures = new ArrayList<>(absent(largest));
    try (BenchHub hub = new BenchHub(bench, name())) {
      Release release = publish(bench, hub, model);
      for (int agents : List.of(1, 3)) {
        Samples seconds = new Samples();
        Samples limit = new Samples();
        Samples published = new Samples();
        String slowest = "";
        for (int run = 0; run < bench.runs(); run++) {
          bench.progress("download: " + agents + " agents, run " + (run + 1));
          double disk = agents * disk(bench, model);
          double digest = agents * digest(bench, model) / cores(agents);
          double drained = drain(bench, hub, model, agents, run);
          slowest = slowest(drained, disk, digest);
          limit.add(Math.max(drained, Math.max(disk, digest)));
          bench.progress("download: " + agents + " agents, run " + (run + 1));
          double before = hub.metric(PUBLISHED);
          seconds.add(fetch(bench, hub, release, agents, run));
          published.add((hub.metric(PUBLISHED) - before) / 1e6);
        }
        figures.add(
            Figure.of(named(agents, largest), seconds, "s", slowest, limit.median())
                .within(Budget.ratioAtMost(RATIO)));
        figures.add(
            Figure.of(
                "download " + agents + " to broker",
                published,
                "MB",
                "the model once; what the broker retains is less",
                Files.size(model) / 1e6));
      }
    }
    return figures;
  }

  /** Returns the figure's name with the size of the model, which it depends on. */
  static String named(int agents, CatalogueModel model) {
    double megabytes = model.bytes() / 1e6;
    return megabytes < 1000
        ? String.format(Locale.ROOT, "download %d, %.0f MB", agents, megabytes)
        : String.format(Locale.ROOT, "download %d, %.1f GB", agents, megabytes / 1000);
  }

  /**
   * Returns what is lacking where the largest model that is here is smaller than is asked about.
   */
  static List<Figure> absent(CatalogueModel largest) {
    return largest.bytes() >= ASKED_BYTES
        ? List.of()
        : Catalogue.bundled().models().stream()
            .filter(model -> model.bytes() >= ASKED_BYTES)
            .limit(1)
            .map(model -> ModelRow.absent("download of about 1 GB", model))
            .toList();
  }

  private static String slowest(double drained, double disk, double digest) {
    return String.format(
        Locale.ROOT,
        "slowest of: broker, TLS and chunks into readers that drop them (last %.2f s), "
            + "writing and syncing the same bytes (%.2f s), SHA-256 of them (%.2f s)",
        drained,
        disk,
        digest);
  }

  /** Has readers that drop the bytes fetch the same chunks; returns the seconds of the last one. */
  private static double drain(Bench bench, BenchHub hub, Path model, int readers, int run)
      throws IOException {
    Path names = bench.root().resolve("chunks");
    ChunkTable table = ChunkTable.build(model).table();
    Set<String> chunks = new LinkedHashSet<>();
    long bytes = 0;
    for (int i = 0; i < table.count(); i++) {
      bytes += chunks.add(table.digest(i).hex()) ? table.length(i) : 0;
    }
    Files.write(names, chunks);
    List<DrainProcess> drains = new ArrayList<>();
    try {
      for (int i = 0; i < readers; i++) {
        drains.add(new DrainProcess(hub.token("reader-" + readers + "-" + run + "-" + i), names));
      }
      bench.progress("download: " + readers + " readers that drop, run " + (run + 1));
      long started = bench.nanoTime().getAsLong();
      for (DrainProcess drain : drains) {
        drain.go();
      }
      for (DrainProcess drain : drains) {
        if (drain.bytes() != bytes) {
          throw new CheckFailed("A reader of chunks did not get the model's bytes.");
        }
      }
      return bench.secondsSince(started);
    } finally {
      drains.forEach(DrainProcess::close);
    }
  }

  /** Returns the largest model that is here. */
  private static CatalogueModel largest(ModelStore store) {
    return Catalogue.bundled().models().stream()
        .filter(model -> store.find(model.sha256()).isPresent())
        .max(Comparator.comparingLong(CatalogueModel::bytes))
        .orElseThrow(
            () -> new CheckFailed("No model is here. Get one: drover model pull smollm2-135m"));
  }

  /** Returns a model under a name with its ending. */
  private static Path link(Bench bench, CatalogueModel model, ModelStore store) throws IOException {
    Path link = bench.root().resolve(model.id() + ".gguf");
    return Files.createSymbolicLink(link, store.path(model.sha256()));
  }

  private static int cores(int agents) {
    return Math.min(agents, Runtime.getRuntime().availableProcessors());
  }

  /** Signs a release with this model and uploads it. */
  static Release publish(Bench bench, BenchHub hub, Path model) {
    bench.progress("download: the release is signed and uploaded");
    SecureRandom random = new SecureRandom();
    byte[] secret = new byte[16];
    random.nextBytes(secret);
    char[] passphrase = Hashes.hex(secret).toCharArray();
    Publisher publisher = new Publisher(bench.root().resolve("publisher"));
    byte[] root = publisher.create(passphrase, random, bench.clock().instant());
    if (root.length == 0) {
      throw new CheckFailed("The publisher made no root.");
    }
    ObjectNode draft = new ObjectMapper().createObjectNode();
    draft.put("name", "bench").put("version", "1.0.0").put("system", "You answer.");
    draft.put("contextTokens", 512);
    draft.putArray("questions");
    var unused =
        hub.jobs()
            .connection()
            .streams()
            .publishRelease(
                PublishReleaseRequest.newBuilder().addAllDocuments(publisher.documents()).build());
    return new Upload(hub.jobs().connection().channel())
        .publish(
            publisher.sign(draft, model, passphrase, bench.clock().instant(), Duration.ofDays(1)),
            bytes -> {});
  }

  /** Installs on fresh agents; returns the seconds until the last one had the model checked. */
  private static double fetch(Bench bench, BenchHub hub, Release release, int agents, int run)
      throws IOException {
    List<String> devices = new ArrayList<>();
    for (int i = 0; i < agents; i++) {
      String device = "agent-" + agents + "-" + run + "-" + i;
      devices.add(device);
      hub.enrol(device);
      hub.startAgent(device, "heartbeat=2s");
    }
    devices.forEach(hub::awaitOnline);
    long started = bench.nanoTime().getAsLong();
    Job job = hub.jobs().create(Jobs.install(release, devices.toArray(String[]::new)));
    bench.await(
        "the download",
        SECONDS,
        () -> {
          Bench.pause(50);
          return hub.jobs().executions(job.getJob()).values().stream()
                  .filter(DownloadRow::isChecked)
                  .count()
              == agents;
        });
    double seconds = bench.secondsSince(started);
    for (String device : devices) {
      hub.remove(device);
    }
    return seconds;
  }

  private static boolean isChecked(Execution execution) {
    if (execution.getState().getNumber() >= ExecutionState.FAILED_VALUE) {
      throw new CheckFailed(execution.getDevice() + " did not install: " + execution.getState());
    }
    return execution.getState() == ExecutionState.SUCCEEDED
        || execution.getInstall().getNumber() >= InstallPhase.VERIFIED_VALUE;
  }

  private static double disk(Bench bench, Path model) throws IOException {
    Path file = Files.createTempFile(bench.root(), "write", null);
    byte[] bytes = new byte[BUFFER];
    new SecureRandom().nextBytes(bytes);
    long started = bench.nanoTime().getAsLong();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (long left = Files.size(model); left > 0; left -= BUFFER) {
        channel.write(ByteBuffer.wrap(bytes, 0, (int) Math.min(left, BUFFER)));
      }
      channel.force(true);
      return bench.secondsSince(started);
    } finally {
      Files.delete(file);
    }
  }

  private static double digest(Bench bench, Path model) throws IOException {
    long started = bench.nanoTime().getAsLong();
    try (InputStream in = Files.newInputStream(model)) {
      if (Hashes.sha256(in).length == 0) {
        throw new CheckFailed("There is no digest.");
      }
    }
    return bench.secondsSince(started);
  }
}
