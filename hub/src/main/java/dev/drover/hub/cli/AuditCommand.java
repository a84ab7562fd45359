package dev.drover.hub.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.KeyFiles;
import dev.drover.hub.enrol.OperatorCredentials;
import dev.drover.hub.verify.AuditReport;
import dev.drover.hub.verify.AuditVerifier;
import dev.drover.hub.verify.Growth;
import dev.drover.hub.verify.LogCopy;
import dev.drover.hub.verify.Tiles;
import dev.drover.term.Json;
import dev.drover.term.Terminal;
import dev.drover.tlog.SignedNote;
import dev.drover.tlog.VerifierKey;
import dev.drover.v1.AuditEntry;
import dev.drover.v1.AuditLeaf;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.HubInfo;
import dev.drover.v1.HubStatement;
import dev.drover.v1.TailAuditRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code drover audit}. */
@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    description = "Follow and verify the log of everything that was done.",
    footer = {
      "",
      "Examples:",
      "  drover audit tail --follow",
      "  drover audit verify --copy log-copy",
      "  drover audit verify --dir log-copy --log-key KEY --hub-key HEX"
    })
public final class AuditCommand {
  private static final String BY = "_BY";

  private final Clock clock;

  /** Makes the command with the clock that TLS certificates are checked by. */
  public AuditCommand(Clock clock) {
    this.clock = clock;
  }

  @Command(
      name = "tail",
      mixinStandardHelpOptions = true,
      description = "Print the entries of the log.",
      footer = {"", "Example:", "  drover audit tail --from 100 --follow"})
  void tail(
      @Mixin HubOptions hub,
      @Option(
              names = "--from",
              paramLabel = "INDEX",
              defaultValue = "0",
              description = "First entry; 0 by default.")
          long from,
      @Option(names = "--follow", description = "Go on as the log grows.") boolean follow) {
    PrintStream out = hub.terminal().out();
    try (HubConnection connection = hub.connect()) {
      Iterator<AuditEntry> entries =
          connection
              .streams()
              .tailAudit(
                  TailAuditRequest.newBuilder().setFromIndex(from).setFollow(follow).build());
      while (entries.hasNext()) {
        out.println(line(hub, entries.next()));
      }
    }
  }

  private static String line(HubOptions hub, AuditEntry entry) {
    try {
      AuditLeaf leaf = AuditLeaf.parseFrom(entry.getLeaf());
      if (leaf.hasDevice()) {
        BatchStatement batch = BatchStatement.parseFrom(leaf.getDevice().getStatement());
        return hub.json() ? json(entry, "device", batch) : device(entry.getIndex(), batch);
      }
      HubStatement statement = HubStatement.parseFrom(leaf.getHub().getStatement());
      return hub.json() ? json(entry, "hub", statement) : hub(entry.getIndex(), statement);
    } catch (InvalidProtocolBufferException broken) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "Entry " + entry.getIndex() + " does not parse.", broken);
    }
  }

  private static String json(AuditEntry entry, String kind, Message statement) {
    return "{\"index\": " + entry.getIndex() + ", \"" + kind + "\": " + Json.of(statement) + "}";
  }

  private static String device(long index, BatchStatement batch) {
    StringBuilder counts = new StringBuilder();
    batch
        .getCountsList()
        .forEach(
            count ->
                counts
                    .append(counts.length() == 0 ? "" : ", ")
                    .append(count.getCount())
                    .append(' ')
                    .append(word(count.getKind().name())));
    return String.format(
        Locale.ROOT,
        "%6d %s %s: %s",
        index,
        Terminal.time(batch.getTimeMs()),
        batch.getDevice(),
        counts);
  }

  private static String hub(long index, HubStatement statement) {
    String refused =
        statement.getError() == 0 ? "" : " refused " + ErrorCode.ofNumber(statement.getError());
    return String.format(
        Locale.ROOT,
        "%6d %s %s: %s %s%s",
        index,
        Terminal.time(statement.getTimeMs()),
        statement.getOperator(),
        word(statement.getAction().name()),
        statement.getSubject(),
        refused);
  }

  private static String word(String constant) {
    // What follows is what it was done to; who did it stands before.
    String did =
        constant.endsWith(BY) ? constant.substring(0, constant.length() - BY.length()) : constant;
    return did.toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = "Read the whole log and check it: root, tiles, signatures, chains.",
      footer = {
        "",
        "Examples:",
        "  drover audit verify --copy log-copy",
        "  drover audit verify --since checkpoint-of-may",
        "  drover audit verify --dir log-copy --log-key KEY --hub-key HEX"
      })
  void verify(
      @Mixin HubOptions hub,
      @Option(
              names = "--copy",
              paramLabel = "DIR",
              description = "Keep what was read there; must extend what was kept before.")
          @Nullable Path copy,
      @Option(
              names = "--since",
              paramLabel = "FILE",
              description = "A checkpoint from before that the log must extend.")
          @Nullable Path since,
      @Option(names = "--dir", paramLabel = "DIR", description = "Check this copy, no hub needed.")
          @Nullable Path directory,
      @Option(names = "--log-key", paramLabel = "KEY", description = "The log's key, from before.")
          @Nullable String logKey,
      @Option(names = "--hub-key", paramLabel = "HEX", description = "The hub's key, from before.")
          @Nullable String hubKey) {
    Optional<byte[]> earlier = Optional.ofNullable(since).map(AuditCommand::note);
    Verified verified =
        directory == null
            ? online(hub, copy, earlier, logKey, hubKey)
            : offline(directory, earlier, logKey, hubKey);
    AuditReport report = verified.report();
    PrintStream out = hub.terminal().out();
    if (hub.json()) {
      out.printf(
          Locale.ROOT,
          "{\"ok\": true, \"size\": %d, \"root\": \"%s\", \"devices\": %d, \"batches\": %d,"
              + " \"records\": %d, \"hub_records\": %d, \"gaps\": %d, \"since\": %d}%n",
          report.size(),
          report.root().hex(),
          report.devices(),
          report.batches(),
          report.records(),
          report.hubRecords(),
          report.gaps().size(),
          verified.since());
      return;
    }
    out.println(hub.terminal().green("verified") + " " + report.size() + " entries");
    out.println("  root       " + report.root().hex());
    out.println(
        "  devices    "
            + report.devices()
            + ", "
            + report.batches()
            + " batches, "
            + report.records()
            + " records committed to");
    out.println("  hub        " + report.hubRecords() + " records");
    if (verified.since() > 0) {
      out.println("  since      the checkpoint of " + verified.since() + " entries, all kept");
    }
    report.gaps().forEach(gap -> out.println("  gap        " + gap));
  }

  /** What was verified, and how many entries the largest earlier checkpoint covers, or 0. */
  private record Verified(AuditReport report, long since) {}

  private Verified online(
      HubOptions hub,
      @Nullable Path copy,
      Optional<byte[]> earlier,
      @Nullable String logKey,
      @Nullable String hubKey) {
    try (HubConnection connection = hub.connect()) {
      HubInfo info = connection.calls().getHub(GetHubRequest.getDefaultInstance());
      OperatorCredentials credentials = OperatorCredentials.load(hub.credentials());
      Tiles.Parts parts = Tiles.ofHub(hub.address(), credentials.tls().sslContext(clock.instant()));
      VerifierKey key = logKey == null ? VerifierKey.parse(info.getLogKey()) : logKey(logKey);
      byte[] signer = hubKey == null ? info.getHubKey().toByteArray() : hubKey(hubKey);
      if (copy == null) {
        return verified(parts, parts.checkpoint(), key, signer, earlier.stream());
      }
      LogCopy kept = new LogCopy(copy);
      byte[] note = parts.checkpoint();
      Stream<byte[]> all = Stream.concat(earlier.stream(), kept.checkpoint().stream());
      Verified verified = verified(kept.reading(parts), note, key, signer, all);
      kept.keep(note);
      return verified;
    }
  }

  private static Verified offline(
      Path directory, Optional<byte[]> earlier, @Nullable String logKey, @Nullable String hubKey) {
    if (logKey == null || hubKey == null) {
      throw new DroverException(
              ErrorCode.INVALID_ARGUMENT,
              "A copy is checked with --log-key and --hub-key, which it cannot vouch for itself.")
          .withNextStep("Give both as `drover hub status` prints them.");
    }
    Tiles.Parts parts = Tiles.ofDirectory(directory);
    return verified(parts, parts.checkpoint(), logKey(logKey), hubKey(hubKey), earlier.stream());
  }

  private static Verified verified(
      Tiles.Parts parts, byte[] note, VerifierKey logKey, byte[] hubKey, Stream<byte[]> earlier) {
    // First what is short: a log that lost its beginning need not be read to its end.
    long since =
        earlier
            .mapToLong(before -> Growth.require(before, note, logKey, parts.source()))
            .max()
            .orElse(0);
    return new Verified(AuditVerifier.verify(note, logKey, hubKey, parts.source()), since);
  }

  private static byte[] note(Path file) {
    return DurableFiles.readBounded(file, SignedNote.MAX_BYTES)
        .orElseThrow(
            () -> new DroverException(ErrorCode.NOT_FOUND, "There is no file " + file + "."));
  }

  private static VerifierKey logKey(String text) {
    try {
      return VerifierKey.parse(text);
    } catch (DroverException malformed) {
      throw new DroverException(
              ErrorCode.INVALID_ARGUMENT, "--log-key is no key of a log.", malformed)
          .withNextStep("Give it as `drover hub status` prints it: NAME+ID+KEY.");
    }
  }

  private static byte[] hubKey(String text) {
    try {
      return KeyFiles.parseEd25519Public(text);
    } catch (DroverException malformed) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "--hub-key is no key.", malformed)
          .withNextStep("Give it as 64 hexadecimal digits.");
    }
  }
}
