package dev.drover.deploy.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.models.Catalogue;
import dev.drover.agent.models.CatalogueModel;
import dev.drover.agent.models.ModelStore;
import dev.drover.crypto.Hashes;
import dev.drover.deploy.doctor.Finding.Level;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelChecksTest {
  private static final CatalogueModel SMALL = Catalogue.bundled().models().get(0);

  private final Seen seen = new Seen();

  @TempDir Path directory;

  @Test
  void cache_withoutModels_saysHowToGetOne() {
    check(false);
    assertTrue(seen.only("cache", Level.INFO).detail().contains("drover model pull"));
  }

  @Test
  void model_whoseBytesChanged_isFoundWhenReadWhole() throws IOException {
    byte[] bytes = "weights".getBytes(StandardCharsets.US_ASCII);
    Path file = directory.resolve(Hashes.hex(Hashes.sha256(bytes)) + ".gguf");
    Files.write(file, bytes);
    check(true);
    assertTrue(seen.only("model", Level.OK).detail().endsWith("digest right"));

    bytes[3] ^= 1;
    Files.write(file, bytes);
    Seen again = new Seen();
    new ModelChecks(again.findings, new ModelStore(directory), true).models();
    Finding found = again.failed("model", ErrorCode.MODEL_CORRUPT);
    assertTrue(found.detail().contains(file.toString()), found.detail());
  }

  @Test
  void model_ofTheCatalogueWithAnotherSize_isFoundAtOnce() throws IOException {
    Files.writeString(directory.resolve(SMALL.sha256() + ".gguf"), "short");
    check(false);
    Finding found = seen.failed("model", ErrorCode.MODEL_CORRUPT);
    assertEquals("Delete that file, then: drover model pull " + SMALL.id(), found.next());
  }

  @Test
  void model_thatCameInPart_canGoOn() throws IOException {
    Files.writeString(directory.resolve(SMALL.sha256() + ".gguf.part"), "begin");
    check(false);
    assertTrue(seen.only("model", Level.WARN).next().contains("drover model pull " + SMALL.id()));
  }

  private void check(boolean deep) {
    new ModelChecks(seen.findings, new ModelStore(directory), deep).models();
  }
}
