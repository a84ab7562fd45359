package dev.drover.agent.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Hashes;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelPullerTest {
  private static final int BYTES = 700_000;

  @TempDir Path directory;
  private final byte[] content = new byte[BYTES];
  private final List<String> notes = new ArrayList<>();
  private final Progress progress =
      new Progress() {
        @Override
        public void at(String what, long done, long total) {}

        @Override
        public void note(String line) {
          notes.add(line);
        }
      };
  private String sha256 = "";
  private ModelStore store = new ModelStore(Path.of("unused"));
  private TestWebServer server;

  @BeforeEach
  void open() throws IOException {
    new SplittableRandom(3).nextBytes(content);
    sha256 = Hashes.hex(Hashes.sha256(content));
    store = new ModelStore(directory.resolve("models"));
    server = new TestWebServer(content, this::arrivedBytes);
  }

  @AfterEach
  void onlyWholeFilesAreLeft() throws IOException {
    server.close();
    for (ModelStore.Stored stored : store.list()) {
      assertArrayEquals(content, Files.readAllBytes(stored.file()));
    }
  }

  /** Returns the size of the largest file that is not whole yet. */
  private long arrivedBytes() {
    try (Stream<Path> files = Files.list(store.directory())) {
      return files
          .filter(file -> file.toString().contains(".part"))
          .mapToLong(file -> file.toFile().length())
          .max()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void pull_fromWeb_givesReadOnlyFileNamedByItsDigest() throws IOException {
    Path file = puller().pull(model(server.source("/model")), progress);

    assertEquals(store.path(sha256), file);
    assertArrayEquals(content, Files.readAllBytes(file));
    assertEquals("r--r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(0, store.partialBytes(sha256));
    puller().pull(model(server.source("/model")), progress);
    assertEquals(1, server.requests().size());
  }

  @Test
  void pull_thatFailed_leavesTheLockToWhoWaitsForIt() throws IOException {
    Files.createDirectories(store.directory());
    Path lockFile = store.directory().resolve(sha256 + ".lock");
    try (FileChannel waiting =
        FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      assertThrows(
          DroverException.class, () -> puller().pull(model(server.source("/gone")), progress));
      try (FileLock held = waiting.lock()) {
        assertTrue(held.isValid());
        assertThrows(
            OverlappingFileLockException.class,
            () -> puller().pull(model(server.source("/model")), progress));
      }
    }
    puller().pull(model(server.source("/model")), progress);
  }

  @Test
  void pull_connectionThatBreaks_goesOnWhereItStopped() throws IOException {
    server.breakAfter(200_000);

    puller().pull(model(server.source("/model")), progress);

    assertEquals(List.of("", "bytes=200000-", "bytes=400000-", "bytes=600000-"), server.requests());
  }

  @Test
  void pull_redirect_isFollowed() {
    puller().pull(model(server.source("/moved")), progress);

    assertTrue(store.find(sha256).isPresent());
  }

  @Test
  void pull_afterStop_goesOnFromAnotherSource() throws IOException {
    server.breakAfter(250_000);
    server.breakForGoodAt(500_000);
    DroverException stopped =
        assertThrows(
            DroverException.class, () -> puller().pull(model(server.source("/model")), progress));
    assertEquals(ErrorCode.SOURCE_UNAVAILABLE, stopped.code());
    assertEquals(500_000, store.partialBytes(sha256));
    Path local = Files.write(directory.resolve("copy.gguf"), content);

    puller().pull(model(new ModelSource.Local(local)), progress);

    assertArrayEquals(content, Files.readAllBytes(store.path(sha256)));
  }

  @Test
  void pull_serverWithoutRanges_beginsAgain() throws IOException {
    Files.createDirectories(store.directory());
    Files.write(store.partial(sha256), Arrays.copyOf(content, 1000));
    server.ignoreRanges();

    puller().pull(model(server.source("/model")), progress);

    assertEquals(List.of("bytes=1000-"), server.requests());
  }

  @Test
  void pull_beginningThatIsWrong_isFetchedAnewFromTheSameSource() throws IOException {
    Files.createDirectories(store.directory());
    Files.write(store.partial(sha256), new byte[1000]);

    puller().pull(model(server.source("/model")), progress);

    assertEquals(List.of("bytes=1000-", ""), server.requests());
  }

  @Test
  void pull_fromASourceOfOtherBytes_keepsWhatWasThere() throws IOException {
    Files.createDirectories(store.directory());
    Files.write(store.partial(sha256), Arrays.copyOf(content, 600_000));
    Path other = Files.write(directory.resolve("other.gguf"), new byte[BYTES]);

    DroverException refused =
        assertThrows(
            DroverException.class,
            () -> puller().pull(model(new ModelSource.Local(other)), progress));

    assertEquals(ErrorCode.SOURCE_UNAVAILABLE, refused.code());
    assertEquals(600_000, store.partialBytes(sha256));
    assertEquals(List.of(store.partial(sha256).getFileName().toString()), namesInStore(".part"));
    puller().pull(model(server.source("/model")), progress);
    assertEquals(List.of("bytes=600000-"), server.requests());
  }

  @Test
  void pull_stoppedWhileItFetchedAnew_goesOnThere() throws IOException {
    ModelSource.Web source = server.source("/model");
    Files.createDirectories(store.directory());
    Files.write(store.partial(sha256), new byte[300_000]);
    Files.write(store.partialOf(source, sha256), Arrays.copyOf(content, 500_000));

    puller().pull(model(source), progress);

    assertEquals(List.of("bytes=300000-", "bytes=500000-"), server.requests());
    assertEquals(List.of(), namesInStore(".part"));
  }

  @Test
  void pull_wholeFileThatWasNotNamedYet_asksForNothing() throws IOException {
    Files.createDirectories(store.directory());
    Files.write(store.partial(sha256), content);

    puller().pull(model(server.source("/model")), progress);

    assertEquals(List.of(), server.requests());
  }

  @Test
  void pull_wholeFileThatIsWrong_isBegunAnew() throws IOException {
    Files.createDirectories(store.directory());
    Files.write(store.partial(sha256), new byte[BYTES]);
    server.breakAfter(400_000);

    puller().pull(model(server.source("/model")), progress);

    assertEquals(List.of("", "bytes=400000-"), server.requests());
  }

  private List<String> namesInStore(String part) throws IOException {
    try (Stream<Path> files = Files.list(store.directory())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.contains(part))
          .toList();
    }
  }

  @Test
  void pull_sourcesThatFail_areLeftWithTheirReasonsInOrder() throws IOException {
    Path other = Files.write(directory.resolve("other.gguf"), new byte[BYTES]);
    Path shorter = Files.write(directory.resolve("short.gguf"), new byte[10]);

    DroverException failed =
        assertThrows(
            DroverException.class,
            () ->
                puller()
                    .pull(
                        model(
                            server.source("/gone"),
                            server.source("/larger"),
                            new ModelSource.Web(closedPort()),
                            new ModelSource.Local(other),
                            new ModelSource.Local(shorter),
                            new ModelSource.Local(directory.resolve("missing"))),
                        progress));

    assertEquals(ErrorCode.SOURCE_UNAVAILABLE, failed.code());
    List<String> reasons =
        List.of(
            "the server answers 404",
            "it has 700001 bytes and not the expected 700000",
            "no connection to 127.0.0.1",
            "it gives other bytes than the model's",
            "it has 10 bytes and not the expected 700000",
            "there is no readable file");
    assertEquals(reasons.size(), notes.size());
    for (int i = 0; i < reasons.size(); i++) {
      assertTrue(notes.get(i).contains(reasons.get(i)), notes.get(i));
      assertTrue(String.valueOf(failed.getMessage()).contains(reasons.get(i)));
    }
    assertTrue(store.find(sha256).isEmpty());
  }

  @Test
  void pull_secondSource_isUsedWhenTheFirstVanished() {
    puller().pull(model(server.source("/gone"), server.source("/model")), progress);

    assertTrue(store.find(sha256).isPresent());
    assertEquals(1, notes.size());
  }

  @Test
  void pull_serverThatSaysNothingMore_isLeft() {
    server.stallAt(100_000);
    ModelPuller impatient =
        new ModelPuller(
            store,
            new WebFetcher(
                new ProxySettings(Map.of(), null), new TickingNanos(), Duration.ofSeconds(4)),
            (source, into) -> {
              throw new IOException("no pip here");
            },
            any -> Long.MAX_VALUE);

    assertThrows(
        DroverException.class, () -> impatient.pull(model(server.source("/model")), progress));
    server.release();

    assertTrue(store.partialBytes(sha256) <= 100_000);
  }

  @Test
  void pull_withoutSpace_isRefusedBeforeAByteIsFetched() {
    ModelPuller full =
        new ModelPuller(
            store,
            (source, into) -> {
              throw new IOException("must not be asked");
            },
            (source, into) -> {
              throw new IOException("must not be asked");
            },
            any -> BYTES);

    DroverException refused =
        assertThrows(
            DroverException.class, () -> full.pull(model(server.source("/model")), progress));

    assertEquals(ErrorCode.DISK_FULL, refused.code());
    assertEquals(List.of(), server.requests());
    assertFalse(Files.exists(store.partial(sha256)));
  }

  private ModelPuller puller() {
    return new ModelPuller(store, Map.of(), () -> 0);
  }

  private CatalogueModel model(ModelSource... sources) {
    return new CatalogueModel("m", "M", sha256, BYTES, "Apache-2.0", "llama", 1, List.of(sources));
  }

  private static URI closedPort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/model");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
