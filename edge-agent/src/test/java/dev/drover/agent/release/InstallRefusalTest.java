package dev.drover.agent.release;

import static dev.drover.agent.release.InstallDevice.HAS_BYTES;
import static dev.drover.agent.release.InstallDevice.sha;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.v1.AuditRecord;
import dev.drover.crypto.Hashes;
import dev.drover.release.Requirements;
import dev.drover.testkit.TinyGguf;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstallTask;
import dev.drover.v1.RecordKind;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a device does with a release that it has not the means for, whatever a hub thinks of it. */
class InstallRefusalTest {
  private static final Requirements NOTHING = new Requirements("", 0, 0);

  @TempDir private Path directory;

  private Path model() throws IOException {
    return TinyGguf.ofSeed(1).writeTo(directory.resolve("tiny.gguf"));
  }

  /** Installs a release without needs, then one with these, which is to be refused. */
  private void assertRefused(ErrorCode code, InstallDevice device, Requirements needs)
      throws IOException {
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
    try (InstallDevice device = new InstallDevice(directory)) {
      assertRefused(ErrorCode.MODEL_TOO_LARGE, device, new Requirements("llama", HAS_BYTES + 1, 0));
    }
  }

  @Test
  void model_ofAnotherArchitecture_isRefusedBeforeItIsFetched() throws IOException {
    try (InstallDevice device = new InstallDevice(directory)) {
      assertRefused(ErrorCode.MODEL_ARCHITECTURE_UNKNOWN, device, new Requirements("mamba", 1, 0));
    }
  }

  @Test
  void model_thatWouldNotLeaveItsReserveToTheDisk_isRefusedBeforeItIsFetched() throws IOException {
    try (InstallDevice device = new InstallDevice(directory)) {
      device.reserveBytes.set(Long.MAX_VALUE / 2);
      assertRefused(ErrorCode.DISK_FULL, device, new Requirements("llama", 1, 0));
    }
  }

  @Test
  void model_thatJustFits_isFetched() throws IOException {
    try (InstallDevice device = new InstallDevice(directory)) {
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
