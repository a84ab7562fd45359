package dev.drover.hub.verify;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.verify.WrittenLog.Chain;
import dev.drover.tlog.Checkpoint;
import dev.drover.tlog.Merkle;
import dev.drover.tlog.NoteSigner;
import dev.drover.v1.HubAction;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrowthTest {
  @TempDir private Path directory;

  private static Tiles.Parts parts(Map<String, byte[]> files) {
    return path -> Optional.ofNullable(files.get(path));
  }

  private static long grown(byte[] earlier, Map<String, byte[]> later) {
    return Growth.require(
        earlier, later.get("checkpoint"), WrittenLog.LOG.verifierKey(), parts(later).source());
  }

  /** Logs of one history, each longer than the one before. */
  private static List<Map<String, byte[]>> history() {
    Chain camera = new Chain("cam-0");
    WrittenLog log = new WrittenLog().hub(HubAction.HUB_STARTED, "").enrolled(camera);
    List<Map<String, byte[]>> all = new ArrayList<>();
    for (int more : new int[] {0, 1, 5, 250, 3, 260}) {
      for (int i = 0; i < more; i++) {
        log.batch(camera);
      }
      all.add(log.files());
    }
    return all;
  }

  @Test
  void log_thatOnlyGrew_extendsEveryEarlierCheckpoint() {
    List<Map<String, byte[]>> history = history();
    long last = 0;
    for (int early = 0; early < history.size(); early++) {
      for (int late = early; late < history.size(); late++) {
        long size = grown(history.get(early).get("checkpoint"), history.get(late));
        assertTrue(size >= last, () -> "checkpoint of " + size);
        last = size;
      }
    }
    assertEquals(261, grown(history.get(4).get("checkpoint"), history.get(5)));
    Checkpoint empty = new Checkpoint(WrittenLog.LOG.verifierKey().name(), 0, Merkle.emptyRoot());
    assertEquals(0, grown(empty.sign(WrittenLog.LOG).toBytes(), history.get(2)));
  }

  @Test
  void log_thatLostOrChangedEntries_isASplitView() {
    List<Map<String, byte[]>> history = history();
    assertRefused(
        ErrorCode.SPLIT_VIEW, () -> grown(history.get(3).get("checkpoint"), history.get(2)));
    Chain camera = new Chain("cam-0");
    WrittenLog other = new WrittenLog().hub(HubAction.HUB_STARTED, "other").enrolled(camera);
    for (int i = 0; i < 300; i++) {
      other.batch(camera);
    }
    for (Map<String, byte[]> before : history.subList(0, 5)) {
      String why =
          assertRefused(ErrorCode.SPLIT_VIEW, () -> grown(before.get("checkpoint"), other.files()));
      assertTrue(why.contains("does not begin"), why);
    }
  }

  @Test
  void checkpoint_ofAnotherLog_isRefused() {
    Map<String, byte[]> log = history().get(1);
    NoteSigner stranger = NoteSigner.of("log.example/other", WrittenLog.seed("other"));
    byte[] foreign =
        new Checkpoint("log.example/other", 1, Merkle.leaf(new byte[1])).sign(stranger).toBytes();
    String why = assertRefused(ErrorCode.SIGNATURE_INVALID, () -> grown(foreign, log));
    assertTrue(why.startsWith("The earlier checkpoint: "), why);
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> grown(new byte[] {1}, log));
  }

  @Test
  void copy_madeAgain_growsAndKeepsWhatItHad() throws IOException {
    List<Map<String, byte[]>> history = history();
    LogCopy copy = new LogCopy(directory);
    assertTrue(copy.checkpoint().isEmpty());
    for (Map<String, byte[]> log : history) {
      readAll(copy.reading(parts(log)), log);
      copy.keep(log.get("checkpoint"));
    }
    Map<String, byte[]> last = history.get(history.size() - 1);
    assertArrayEquals(last.get("checkpoint"), copy.checkpoint().orElseThrow());
    assertArrayEquals(last.get("tile/0/001"), Files.readAllBytes(directory.resolve("tile/0/001")));

    Map<String, byte[]> other = new TreeMap<>(last);
    byte[] changed = last.get("tile/0/001").clone();
    changed[7] ^= 1;
    other.put("tile/0/001", changed);
    assertRefused(ErrorCode.SPLIT_VIEW, () -> readAll(copy.reading(parts(other)), other));
    assertArrayEquals(last.get("tile/0/001"), Files.readAllBytes(directory.resolve("tile/0/001")));
  }

  private static void readAll(Tiles.Parts parts, Map<String, byte[]> files) {
    files.keySet().forEach(path -> assertTrue(parts.read(path).isPresent(), path));
  }
}
