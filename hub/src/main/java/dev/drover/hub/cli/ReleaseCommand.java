package dev.drover.hub.cli;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.config.DataSize;
import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.Hashes;
import dev.drover.hub.publish.Publisher;
import dev.drover.hub.publish.SignedRelease;
import dev.drover.hub.publish.Upload;
import dev.drover.term.Json;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.v1.ListReleasesRequest;
import dev.drover.v1.PublishReleaseRequest;
import dev.drover.v1.Release;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code drover release}. */
@Command(
    name = "release",
    mixinStandardHelpOptions = true,
    description = "Sign releases on your own machine and publish them on a hub.",
    footer = {
      "",
      "Examples:",
      "  drover release init --dir publisher",
      "  drover release publish --dir publisher --draft release.json --model model.gguf",
      "The directory holds the offline key; keep it off the hub and off the network."
    })
public final class ReleaseCommand {
  private static final int VALID_DAYS_MAX = 365;
  private static final JsonMapper JSON = new JsonMapper();

  private final Clock clock;
  private final SecureRandom random;

  /**
   * Makes the command.
   *
   * @param clock dates signatures
   * @param random of the offline key
   */
  public ReleaseCommand(Clock clock, SecureRandom random) {
    this.clock = clock;
    this.random = random;
  }

  @Command(
      name = "init",
      mixinStandardHelpOptions = true,
      description = "Make an offline key and an empty signed repository.",
      footer = {"", "Example:", "  drover release init --dir publisher --upload"})
  void init(
      @Mixin HubOptions hub,
      @Option(
              names = "--dir",
              required = true,
              paramLabel = "DIR",
              description = "The publisher's directory.")
          Path directory,
      @Mixin PassphraseOption passphrase,
      @Option(
              names = "--upload",
              description = "Give the release root to the hub, which hands it to new devices.")
          boolean upload) {
    Publisher publisher = new Publisher(directory);
    byte[] root = passphrase.useNew(secret -> publisher.create(secret, random, clock.instant()));
    Path file = directory.resolve("release-root.json");
    DurableFiles.replace(file, root, DurableFiles.PUBLIC);
    PrintStream out = hub.terminal().out();
    out.println("Offline key in " + directory + ", under your passphrase.");
    out.println("Release root in " + file + ", SHA-256 " + Hashes.hex(Hashes.sha256(root)) + ".");
    if (upload) {
      try (HubConnection connection = hub.connect()) {
        var unused =
            connection
                .calls()
                .publishRelease(
                    PublishReleaseRequest.newBuilder()
                        .addAllDocuments(publisher.documents())
                        .build());
        out.println("The hub hands this root to devices that enrol from now on.");
      }
    }
  }

  @Command(
      name = "publish",
      mixinStandardHelpOptions = true,
      description = "Sign a release and hand it to the hub.",
      footer = {
        "",
        "Example:",
        "  drover release publish --dir publisher --draft release.json --model model.gguf"
      })
  void publish(
      @Mixin HubOptions hub,
      @Option(
              names = "--dir",
              required = true,
              paramLabel = "DIR",
              description = "The publisher's directory.")
          Path directory,
      @Option(
              names = "--draft",
              required = true,
              paramLabel = "FILE",
              description =
                  "JSON with name, version, system, contextTokens, questions and evalSuite.")
          Path draft,
      @Option(names = "--model", paramLabel = "FILE", description = "A GGUF model.")
          @Nullable Path model,
      @Option(
              names = "--valid-days",
              paramLabel = "DAYS",
              description = "Until the metadata must be signed again; 30 by default.",
              defaultValue = "30")
          int validDays,
      @Option(
              names = "--withdraw",
              paramLabel = "NAME/VERSION",
              description = "List this older release no more; repeatable.")
          @Nullable List<String> withdrawn,
      @Mixin PassphraseOption passphrase) {
    Duration life = Duration.ofDays(days(validDays));
    List<String> gone = withdrawn == null ? List.of() : withdrawn;
    SignedRelease signed;
    try {
      signed =
          passphrase.use(
              secret ->
                  new Publisher(directory)
                      .sign(draft(draft), model, secret, clock.instant(), life, gone));
    } catch (DroverException refused) {
      throw ofDraft(refused);
    }
    try (HubConnection connection = hub.connect()) {
      Release release = new Upload(connection.channel()).publish(signed, bytes -> {});
      PrintStream out = hub.terminal().out();
      if (hub.json()) {
        out.println(Json.of(release));
        return;
      }
      out.println("Published " + release.getRelease() + ", manifest SHA-256");
      out.println("  " + Hashes.hex(release.getManifestSha256().toByteArray()));
      out.println(
          "Roll it out: drover job run --install "
              + release.getRelease()
              + " --group 1 --group 100%");
    }
  }

  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "List the releases that the hub verified.",
      footer = {"", "Example:", "  drover release ls --json"})
  void list(@Mixin HubOptions hub) {
    try (HubConnection connection = hub.connect()) {
      List<Release> releases =
          connection
              .calls()
              .listReleases(ListReleasesRequest.getDefaultInstance())
              .getReleasesList();
      TextTable table =
          new TextTable("RELEASE", "NUMBER", "SIZE", "QUESTIONS", "EVAL", "PUBLISHED");
      for (Release release : releases) {
        table.row(
            release.getRelease(),
            release.getReleaseCounter(),
            new DataSize(release.getBytes()).forPerson(),
            release.getQuestionsCount(),
            release.getGoldenPrompts(),
            Terminal.time(release.getPublishedMs()));
      }
      String none = "No releases. See: drover release --help";
      hub.terminal().list(hub.json(), releases, table, none);
    }
  }

  private static ObjectNode draft(Path file) {
    byte[] bytes =
        DurableFiles.readBounded(file, Limits.MANIFEST_BYTES_MAX)
            .orElseThrow(
                () -> new DroverException(ErrorCode.NOT_FOUND, "There is no draft " + file + "."));
    try {
      JsonNode node = JSON.readTree(bytes);
      if (node instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException broken) {
      JsonLocation at = broken.getLocation();
      String where = at == null ? "" : ", from line " + at.getLineNr() + " on";
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "The draft " + file + " is not JSON" + where + ".", broken);
    } catch (IOException impossibleFromMemory) {
      throw new IllegalStateException(impossibleFromMemory);
    }
    throw new DroverException(
        ErrorCode.INVALID_ARGUMENT, "The draft " + file + " is not a JSON object.");
  }

  /** A draft that makes no sense is no message that somebody sent. */
  private static DroverException ofDraft(DroverException failure) {
    return failure.code() == ErrorCode.MESSAGE_MALFORMED
        ? new DroverException(
                ErrorCode.INVALID_ARGUMENT, String.valueOf(failure.getMessage()), failure)
            .withNextStep("Correct the draft; nothing was signed.")
        : failure;
  }

  private static int days(int days) {
    if (days < 1 || days > VALID_DAYS_MAX) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "Metadata is valid for 1 to " + VALID_DAYS_MAX + " days.");
    }
    return days;
  }
}
