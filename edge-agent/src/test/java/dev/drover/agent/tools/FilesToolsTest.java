package dev.drover.agent.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.agent.core.ToolRegistry;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.FieldValue;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilesToolsTest {
  @TempDir Path directory;
  private Path root;
  private ToolsFixture tools;

  @BeforeEach
  void prepare() throws IOException {
    root = Files.createDirectories(directory.resolve("root"));
    Files.writeString(directory.resolve("secret.txt"), "outside");
    Files.createDirectories(root.resolve("logs/old"));
    Files.writeString(root.resolve("logs/today.txt"), "all well\nan ERROR here\n");
    Files.writeString(root.resolve("logs/old/last.txt"), "ERROR of last week\n");
    tools =
        new ToolsFixture(
            BuiltInTools.registry(
                DeviceHealth::getDefaultInstance,
                root,
                (question, context) -> {
                  throw new DroverException(ErrorCode.MODEL_NOT_LOADED, "There is no model.");
                }));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../secret.txt",
        "logs/../../secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "logs/..",
        "linked.txt",
        "linked/secret.txt",
        "inner",
        "loop/loop/loop"
      })
  void read_pathThatLeavesTheRoot_isRefused(String path) throws IOException {
    Files.createSymbolicLink(root.resolve("linked.txt"), directory.resolve("secret.txt"));
    Files.createSymbolicLink(root.resolve("linked"), directory);
    Files.createSymbolicLink(root.resolve("inner"), root.resolve("logs/today.txt"));
    Files.createSymbolicLink(root.resolve("loop"), Path.of("loop"));

    assertEquals(ErrorCode.PATH_OUTSIDE_ROOT, refused("files.read", path));
    assertEquals(ErrorCode.PATH_OUTSIDE_ROOT, refused("files.list", path));
  }

  @Test
  void read_pipe_isRefusedWithoutWaiting() throws IOException, InterruptedException {
    Process made = new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start();
    assertEquals(0, made.waitFor());

    assertEquals(ErrorCode.PATH_OUTSIDE_ROOT, refused("files.read", "pipe"));
    assertEquals(2, tools.call("files.search", "{\"text\": \"l\"}").path("count").asInt());
  }

  @ParameterizedTest
  @ValueSource(strings = {"absent", "logs/absent", "logs/today.txt/below", "logs", "."})
  void read_whatIsNoFile_isNotFound(String path) {
    assertEquals(ErrorCode.NOT_FOUND, refused("files.read", path));
  }

  @Test
  void list_rootThatDoesNotExist_isNotFound() throws IOException {
    ToolRegistry none =
        BuiltInTools.registry(
            DeviceHealth::getDefaultInstance,
            directory.resolve("none"),
            (question, context) -> {
              throw new DroverException(ErrorCode.MODEL_NOT_LOADED, "There is no model.");
            });

    ToolsFixture bare = new ToolsFixture(none);
    DroverException absent =
        assertThrows(DroverException.class, () -> bare.call("files.list", "{}"));

    assertEquals(ErrorCode.NOT_FOUND, absent.code());
  }

  @Test
  void list_directory_tellsKindsAndSizes() throws IOException {
    Files.createSymbolicLink(root.resolve("logs/link"), directory);

    JsonNode result = tools.call("files.list", "{\"path\": \"logs\"}");

    assertEquals(
        "[{\"name\":\"link\",\"kind\":\"other\",\"bytes\":0},"
            + "{\"name\":\"old\",\"kind\":\"directory\",\"bytes\":0},"
            + "{\"name\":\"today.txt\",\"kind\":\"file\",\"bytes\":23}]",
        result.path("entries").toString());
    assertFalse(result.path("truncated").asBoolean());
  }

  @Test
  void list_manyNames_comesInPiecesThatAreWhole() throws IOException {
    Path many = Files.createDirectories(root.resolve("many"));
    for (int i = 0; i < 900; i++) {
      Files.createFile(many.resolve("a-file-with-a-name-that-is-not-short-" + i));
    }
    int seen = 0;
    String after = "";
    boolean more = true;
    while (more) {
      JsonNode piece =
          tools.call("files.list", "{\"path\": \"many\", \"after\": \"" + after + "\"}");
      JsonNode entries = piece.path("entries");
      assertEquals(900, piece.path("count").asInt());
      seen += entries.size();
      after = entries.get(entries.size() - 1).path("name").asText();
      more = piece.path("truncated").asBoolean();
    }
    assertEquals(900, seen);
  }

  @Test
  void read_hugeFile_comesInPieces() throws IOException {
    try (RandomAccessFile huge = new RandomAccessFile(root.resolve("huge").toFile(), "rw")) {
      huge.setLength(5L << 30);
      huge.seek((5L << 30) - 3);
      huge.write("end".getBytes(StandardCharsets.US_ASCII));
    }
    JsonNode first = tools.call("files.read", "{\"path\": \"huge\"}");
    JsonNode last =
        tools.call("files.read", "{\"path\": \"huge\", \"offset\": " + ((5L << 30) - 3) + "}");
    JsonNode beyond =
        tools.call("files.read", "{\"path\": \"huge\", \"offset\": 9007199254740991}");

    assertEquals(16_384, first.path("bytes").asInt());
    assertEquals(5L << 30, first.path("size").asLong());
    assertEquals("end", last.path("content").asText());
    assertTrue(last.path("end").asBoolean());
    assertEquals(0, beyond.path("bytes").asInt());
  }

  @Test
  void read_textOfWideCharacters_isNeverCutInsideOne() throws IOException {
    String text = "€".repeat(5000);
    Files.writeString(root.resolve("wide.txt"), text);
    StringBuilder read = new StringBuilder();
    long offset = 0;
    boolean more = true;
    while (more) {
      JsonNode piece =
          tools.call(
              "files.read",
              "{\"path\": \"wide.txt\", \"bytes\": 1000, \"offset\": " + offset + "}");
      assertEquals("utf-8", piece.path("encoding").asText());
      read.append(piece.path("content").asText());
      offset += piece.path("bytes").asLong();
      more = !piece.path("end").asBoolean();
    }
    assertEquals(text, read.toString());
  }

  @Test
  void read_bytesThatAreNoText_areBase64() throws IOException {
    byte[] raw = {(byte) 0xff, 0, 1, (byte) 0xc3};
    Files.write(root.resolve("raw"), raw);
    byte[] control = new byte[16_384];
    Files.write(root.resolve("control"), control);

    JsonNode small = tools.call("files.read", "{\"path\": \"raw\"}");
    JsonNode large = tools.call("files.read", "{\"path\": \"control\"}");

    assertEquals("base64", small.path("encoding").asText());
    assertEquals(Base64.getEncoder().encodeToString(raw), small.path("content").asText());
    assertEquals("base64", large.path("encoding").asText());
  }

  @Test
  void search_text_findsLinesBelowAndNotThroughLinks() throws IOException {
    Files.writeString(directory.resolve("other.txt"), "ERROR outside");
    Files.createSymbolicLink(root.resolve("linked"), directory);

    JsonNode result = tools.call("files.search", "{\"text\": \"ERROR\"}");

    assertEquals(
        "[{\"path\":\"logs/old/last.txt\",\"line\":1,\"text\":\"ERROR of last week\"},"
            + "{\"path\":\"logs/today.txt\",\"line\":2,\"text\":\"an ERROR here\"}]",
        result.path("matches").toString());
    assertEquals(2, result.path("files").asInt());
  }

  @Test
  void search_moreThanFits_saysSo() throws IOException {
    Files.writeString(root.resolve("many.txt"), "same line\n".repeat(5000));

    JsonNode result = tools.call("files.search", "{\"text\": \"same\"}");

    assertEquals(100, result.path("count").asInt());
    assertTrue(result.path("truncated").asBoolean());
  }

  @Test
  void search_cancelled_ends() {
    tools.cancel();

    DroverException ended =
        assertThrows(
            DroverException.class, () -> tools.call("files.search", "{\"text\": \"ERROR\"}"));

    assertEquals(ErrorCode.CANCELLED, ended.code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"path\": 1}",
        "{\"path\": \"a\", \"offset\": -1}",
        "{\"path\": \"a\", \"bytes\": 1000000}",
        "{\"path\": \"a\", \"more\": true}"
      })
  void read_argumentsOutsideTheSchema_areRefused(String arguments) {
    DroverException refused =
        assertThrows(DroverException.class, () -> tools.call("files.read", arguments));

    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
  }

  @Test
  void reportedFields_ofFiles_areCountsOnly() {
    JsonNode read = tools.call("files.read", "{\"path\": \"logs/today.txt\"}");
    JsonNode found = tools.call("files.search", "{\"text\": \"ERROR\"}");

    List<FieldValue> ofRead = tools.tool("files.read").definition().reported().encode(read);
    List<FieldValue> ofSearch = tools.tool("files.search").definition().reported().encode(found);

    assertEquals(List.of(number(0, 23)), ofRead);
    assertEquals(List.of(number(0, 2), number(1, 2)), ofSearch);
    assertEquals(14_001, tools.tool("files.read").definition().reported().chargedMillibits());
  }

  private static FieldValue number(int property, long value) {
    return FieldValue.newBuilder().setProperty(property).setNumber(value).build();
  }

  private ErrorCode refused(String tool, String path) {
    return assertThrows(
            DroverException.class, () -> tools.call(tool, "{\"path\": \"" + path + "\"}"))
        .code();
  }
}
