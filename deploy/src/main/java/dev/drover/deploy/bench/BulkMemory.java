package dev.drover.deploy.bench;

import dev.drover.agent.models.Catalogue;
import dev.drover.agent.models.CatalogueModel;
import dev.drover.agent.models.ModelStore;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.Jobs;
import dev.drover.deploy.fleet.Machine;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.v1.Release;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Memory of an agent while its bulk link is open: from the job that installs a release until the
 * agent ends to start again with it.
 */
final class BulkMemory {
  private static final int SECONDS_MAX = 300;
  private static final int EVERY_MS = 20;

  private BulkMemory() {}

  /**
   * Has an agent fetch the smallest model that is here; afterwards it is another process.
   *
   * @param pid of the agent
   * @throws CheckFailed where no model is here, or the agent did not fetch it
   */
  static Samples measure(Bench bench, BenchHub hub, String device, long pid) throws IOException {
    ModelStore store = ModelStore.inCache(bench.environment());
    Optional<CatalogueModel> smallest =
        Catalogue.bundled().models().stream()
            .filter(model -> store.find(model.sha256()).isPresent())
            .min(Comparator.comparingLong(CatalogueModel::bytes));
    CatalogueModel model =
        smallest.orElseThrow(
            () -> new CheckFailed("No model is here. Get one: drover model pull smollm2-135m"));
    Path link = bench.root().resolve(model.id() + ".gguf");
    Files.createSymbolicLink(link, store.path(model.sha256()));
    Release release = DownloadRow.publish(bench, hub, link);
    Files.delete(link);
    Machine.delete(bench.root().resolve("publisher"));
    String job = hub.jobs().create(Jobs.install(release, device)).getJob();
    bench.progress("memory: the agent fetches " + model.id());
    Samples memory = new Samples();
    long end = bench.nanoTime().getAsLong() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    while (ProcessHandle.of(pid).isPresent()) {
      if (bench.nanoTime().getAsLong() > end) {
        throw new CheckFailed(device + " did not install within " + SECONDS_MAX + " s.");
      }
      try {
        memory.add(Usage.megabytes(pid));
      } catch (IOException | CheckFailed ended) {
        break;
      }
      Job now = hub.jobs().get(job);
      if (now.getState() != JobState.JOB_RUNNING && now.getState() != JobState.JOB_SCHEDULED) {
        throw new CheckFailed(device + " did not install: " + now.getCause());
      }
      Bench.pause(EVERY_MS);
    }
    return memory;
  }
}
