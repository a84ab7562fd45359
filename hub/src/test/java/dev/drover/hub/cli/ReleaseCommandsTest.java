package dev.drover.hub.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.hub.publish.Drafts;
import dev.drover.testkit.TinyGguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code drover release} as a publisher types it: from a draft and a model to the hub's list. */
class ReleaseCommandsTest extends CommandsFixture {
  private static final String PASSPHRASE = "correct horse\n";

  private Path publisher = Path.of("");
  private Path model = Path.of("");

  @BeforeEach
  void init() throws IOException {
    publisher = directory.resolve("publisher");
    model = directory.resolve("tiny.gguf");
    if (!Files.exists(publisher)) {
      assertEquals(0, release(PASSPHRASE, "init", "--upload"), this::failure);
      assertTrue(text().contains("The hub hands this root to devices"), text());
      Path written = TinyGguf.ofSeed(1).writeTo(model);
      assertEquals(model, written);
    }
  }

  /** Runs a command of the publisher, which reads this passphrase from a descriptor. */
  private int release(String passphrase, String command, String... options) throws IOException {
    try (Descriptor descriptor = Descriptor.of(directory, passphrase)) {
      List<String> words =
          new ArrayList<>(
              List.of(
                  "release",
                  command,
                  "--dir",
                  publisher.toString(),
                  "--passphrase-fd",
                  descriptor.number()));
      words.addAll(List.of(options));
      return run(words.toArray(String[]::new));
    }
  }

  private String draft(String version) throws IOException {
    Path file = directory.resolve("release-" + version + ".json");
    return Files.writeString(file, Drafts.draft(version).toString()).toString();
  }

  private List<String> listed() throws IOException {
    assertEquals(0, run("release", "ls", "--json"), this::failure);
    List<String> labels = new ArrayList<>();
    JSON.readTree(text()).forEach(release -> labels.add(release.get("release").asText()));
    return labels;
  }

  private long signed() throws IOException {
    try (Stream<Path> files = Files.walk(publisher)) {
      return files.filter(Files::isRegularFile).count();
    }
  }

  /** Asserts that a command fails like this, and that nothing was signed by it. */
  private void assertRefused(String code, String cause, int exit, String... options)
      throws IOException {
    assertRefused(PASSPHRASE, code, cause, exit, options);
  }

  private void assertRefused(
      String passphrase, String code, String cause, int exit, String... options)
      throws IOException {
    long files = signed();
    assertEquals(exit, release(passphrase, "publish", options), this::failure);
    assertTrue(said().startsWith("drover: " + code + ": "), said());
    assertTrue(said().contains(cause), said());
    assertTrue(said().contains(" next: "), said());
    assertFalse(said().contains("Exception"), said());
    assertFalse(said().contains("horse"), said());
    assertEquals(files, signed());
  }

  @Test
  void release_thatIsPublished_isListedByTheHub() throws Exception {
    String draft = draft("1.0.0");
    String[] publish = {"--draft", draft, "--model", model.toString()};
    assertEquals(0, release(PASSPHRASE, "publish", publish), this::failure);
    assertTrue(text().startsWith("Published hall/1.0.0, manifest SHA-256\n  "), text());
    assertTrue(text().contains("drover job run --install hall/1.0.0"), text());
    String digest = text().lines().toList().get(1).strip();

    assertEquals(0, run("release", "ls", "--json"));
    JsonNode all = JSON.readTree(text());
    JsonNode release = all.get(0);
    assertEquals("hall/1.0.0", release.get("release").asText());
    assertEquals(1, release.get("questions").size());
    assertEquals(Files.size(model), release.get("bytes").asLong(), text());
    assertEquals(0, run("release", "ls"));
    assertTrue(text().contains("hall/1.0.0 "), text());

    assertEquals(0, release(PASSPHRASE, "publish", publish), "the same again, as after a failure");
    assertTrue(text().contains(digest), text());
    assertRefused(
        "ALREADY_EXISTS", "hall/1.0.0 was signed with other content", 70, "--draft", draft);
  }

  @Test
  void passphrase_thatIsWrongOrMissing_signsNothing() throws IOException {
    String draft = draft("2.0.0");
    for (String wrong : List.of("korrect horse", "")) {
      assertRefused(wrong, "INVALID_ARGUMENT", "passphrase", 64, "--draft", draft);
    }
    assertRefused("x".repeat(2000), "LIMIT_EXCEEDED", "at most 1024", 64, "--draft", draft);
    String[] noTerminal = {"release", "publish", "--dir", publisher.toString(), "--draft", draft};
    assertEquals(64, run(noTerminal));
    assertTrue(said().contains("no terminal to ask"), said());
    assertEquals(64, run("release", "publish", "--dir", "x", "--passphrase", "correct horse"));
    assertFalse(listed().contains("hall/2.0.0"));
  }

  @Test
  void model_thatIsNone_signsNothing() throws IOException {
    String draft = draft("3.0.0");
    Path none = directory.resolve("none.gguf");
    assertRefused(
        "MODEL_UNREADABLE", "no such file", 70, "--draft", draft, "--model", none.toString());
    Path text = Files.writeString(directory.resolve("text.gguf"), "not a model at all");
    assertRefused(
        "MODEL_CORRUPT", "does not begin with GGUF", 76, "--draft", draft, "--model", "" + text);
    byte[] whole = Files.readAllBytes(model);
    Path cut = directory.resolve("cut.gguf");
    Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
    assertRefused("MODEL_CORRUPT", "cut off", 76, "--draft", draft, "--model", cut.toString());
    assertFalse(listed().contains("hall/3.0.0"));
  }

  @Test
  void answerSchema_thatAsksForFreeText_isNotSigned() throws IOException {
    String draft = draft("5.0.0");
    String text = Files.readString(Path.of(draft));
    String choice = "{\"enum\":[\"yes\",\"no\"]}";
    assertTrue(text.contains(choice), text);
    Files.writeString(Path.of(draft), text.replace(choice, "{\"type\":\"string\"}"));
    assertRefused("SCHEMA_NOT_ALLOWED", "answer", 64, "--draft", draft);
  }

  @Test
  void draft_orDirectory_thatIsNotThere_isNamed() throws IOException {
    Path none = directory.resolve("none.json");
    assertRefused("NOT_FOUND", none.toString(), 66, "--draft", none.toString());
    Path broken = Files.writeString(directory.resolve("broken.json"), "{\n\"name\": }");
    assertRefused("INVALID_ARGUMENT", "from line 2 on", 64, "--draft", broken.toString());
    assertRefused(
        "INVALID_ARGUMENT", "1 to 365 days", 64, "--draft", draft("4.0.0"), "--valid-days", "0");
    publisher = Files.createDirectories(directory.resolve("elsewhere"));
    assertRefused("NOT_FOUND", "no offline key", 66, "--draft", draft("4.0.0"));
  }

  @Test
  void init_withAShortPassphrase_orTwice_makesNoKey() throws IOException {
    assertEquals(70, release(PASSPHRASE, "init"));
    assertTrue(said().startsWith("drover: ALREADY_EXISTS: "), said());
    publisher = directory.resolve("new-publisher");
    for (String weak : List.of("", "short")) {
      assertEquals(64, release(weak, "init"));
      assertTrue(said().contains("at least 8 characters"), said());
      assertFalse(Files.exists(publisher.resolve("offline.key")));
    }
  }
}
