package dev.drover.deploy.doctor;

import dev.drover.agent.models.Catalogue;
import dev.drover.agent.models.CatalogueModel;
import dev.drover.agent.models.ModelStore;
import dev.drover.agent.models.Progress;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Models in the cache. */
final class ModelChecks {
  private final Findings findings;
  private final ModelStore store;
  private final boolean deep;

  /**
   * Makes the checks.
   *
   * @param deep whether to read every file whole
   */
  ModelChecks(Findings findings, ModelStore store, boolean deep) {
    this.findings = findings;
    this.store = store;
    this.deep = deep;
  }

  void models() {
    findings.look(
        "cache",
        () -> {
          List<ModelStore.Stored> all = store.list();
          for (ModelStore.Stored stored : all) {
            stored(stored);
          }
          for (CatalogueModel model : Catalogue.bundled().models()) {
            partial(model);
          }
          if (all.isEmpty()) {
            findings.info("cache", "no model yet; get one: drover model pull smollm2-135m");
          }
        });
  }

  private void stored(ModelStore.Stored stored) throws IOException {
    Optional<CatalogueModel> known =
        Catalogue.bundled().models().stream()
            .filter(model -> model.sha256().equals(stored.sha256()))
            .findFirst();
    String name =
        known.map(CatalogueModel::id).orElseGet(() -> own(stored.note(), stored.sha256()));
    boolean rightSize = known.map(model -> model.bytes() == stored.bytes()).orElse(true);
    String size = MachineChecks.size(stored.bytes());
    if (!rightSize || (deep && !digest(stored.file()).equals(stored.sha256()))) {
      String again =
          known.map(model -> "drover model pull " + model.id()).orElse("import the file again");
      findings.fail(
          "model",
          ErrorCode.MODEL_CORRUPT,
          name + " is not the file that it was: " + stored.file(),
          "Delete that file, then: " + again);
    } else {
      findings.ok("model", name + ", " + size + (deep ? ", digest right" : ""));
    }
  }

  private static String own(String note, String sha256) {
    return note.isEmpty() ? sha256.substring(0, 12) : note;
  }

  private void partial(CatalogueModel model) {
    long bytes = store.partialBytes(model.sha256());
    if (bytes > 0) {
      findings.warn(
          "model",
          model.id() + " came in part, " + bytes * 100 / model.bytes() + "% of it",
          "Go on with: drover model pull " + model.id());
    }
  }

  static String digest(Path file) throws IOException {
    return ModelStore.digest(file, Progress.NONE);
  }
}
