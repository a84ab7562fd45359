package dev.drover.hub.publish;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import dev.drover.content.ChunkTable;
import dev.drover.content.GgmlType;
import dev.drover.content.GgufHeader;
import dev.drover.content.ModelFit;
import dev.drover.content.RuntimeTraits;
import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.Sha256;
import dev.drover.release.Artifact;
import dev.drover.release.ReleaseManifest;
import dev.drover.trust.RepositoryExpiry;
import dev.drover.trust.RoleSigners;
import dev.drover.trust.Signer;
import dev.drover.trust.TargetInfo;
import dev.drover.trust.TufRepositoryWriter;
import dev.drover.v1.SignedDocument;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Ids;
import dev.drover.wire.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A publisher's directory: the offline key under a passphrase, and the signed repository.
 *
 * <pre>
 * offline.key   PKCS#8 under a passphrase, mode 0600
 * repository/   root/1.json  meta/3/targets.json  meta/3/snapshot.json  timestamp.json
 * </pre>
 *
 * Not thread-safe; one process at a time uses a directory.
 */
public final class Publisher {
  private static final Pattern DIGEST_NAME = Pattern.compile("[0-9a-f]{64}(\\..*)?");
  private static final String UNNAMED_MODEL = "model.gguf";

  /** How long the root is valid. */
  public static final Duration ROOT_LIFE = Duration.ofDays(365);

  private static final String JSON = ".json";
  private static final String COUNTER = "releaseCounter";
  private static final int PASSPHRASE_CHARS_MIN = 8;
  private static final int BATCH_TOKENS = 512;
  private static final long PROCESS_BYTES = 64L << 20;

  private final Path directory;

  /** Makes a publisher over a directory. */
  public Publisher(Path directory) {
    this.directory = directory;
  }

  /**
   * Makes the offline key and an empty repository. Durable on return.
   *
   * @return the root document, which devices are given to trust
   * @throws DroverException with {@link ErrorCode#ALREADY_EXISTS} or {@link
   *     ErrorCode#INVALID_ARGUMENT} for a short passphrase
   */
  public byte[] create(char[] passphrase, SecureRandom random, Instant now) {
    if (passphrase.length < PASSPHRASE_CHARS_MIN) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "A passphrase has at least " + PASSPHRASE_CHARS_MIN + " characters.");
    }
    if (Files.exists(keyFile())) {
      throw new DroverException(
          ErrorCode.ALREADY_EXISTS, "There is an offline key in " + directory + " already.");
    }
    byte[] seed = Ed25519.newSeed(random);
    KeyFiles.writeEncryptedEd25519(keyFile(), seed, passphrase, random);
    return TufRepositoryWriter.create(
            repository(), RoleSigners.single(Signer.ofEd25519(seed)), now.plus(ROOT_LIFE))
        .rootDocument();
  }

  /** Signs a release and withdraws none; see the other method of this name. */
  public SignedRelease sign(
      ObjectNode draft, @Nullable Path model, char[] passphrase, Instant now, Duration life) {
    return sign(draft, model, passphrase, now, life, List.of());
  }

  /**
   * Signs a release: measures the model, writes the manifest, lists it in the targets metadata.
   * Durable on return. Signing the same again, after an upload that failed, gives the same
   * manifest.
   *
   * @param draft what a person wrote; {@code releaseCounter} and {@code requirements} are filled in
   * @param model the GGUF file, or null for a release without one
   * @param life of the timestamp; snapshot and targets live three times as long
   * @param withdrawn releases, as {@code name/version}, that are listed no more
   * @throws DroverException with {@link ErrorCode#INVALID_ARGUMENT} for a wrong passphrase or
   *     draft, {@link ErrorCode#ALREADY_EXISTS} for a version that was signed with other content,
   *     {@link ErrorCode#LIMIT_EXCEEDED} when the list of releases outgrows a message of the
   *     broker; nothing is signed then
   */
  public SignedRelease sign(
      ObjectNode draft,
      @Nullable Path model,
      char[] passphrase,
      Instant now,
      Duration life,
      List<String> withdrawn) {
    Draft.check(draft);
    if (!Files.exists(keyFile())) {
      throw new DroverException(
              ErrorCode.NOT_FOUND, "There is no offline key in " + directory + ".")
          .withNextStep("Make it once with `drover release init`, or name its directory.");
    }
    byte[] seed = KeyFiles.readEncryptedEd25519(keyFile(), passphrase);
    TufRepositoryWriter writer =
        TufRepositoryWriter.open(repository(), RoleSigners.single(Signer.ofEd25519(seed)));
    ObjectNode complete = draft.deepCopy();
    List<Artifact> artifacts = new ArrayList<>();
    List<byte[]> pieces = new ArrayList<>();
    Map<String, Path> files = new HashMap<>();
    if (model != null) {
      artifacts.add(artifact(model, pieces));
      files.put(modelName(model), model);
      complete.set("requirements", requirements(model, draft.path("contextTokens").asInt()));
    }
    byte[] manifestBytes = list(writer, complete, artifacts);
    ReleaseManifest manifest = ReleaseManifest.parse(manifestBytes);
    pieces.add(manifestBytes);
    withdrawn.forEach(label -> writer.removeTarget(ReleaseManifest.targetPath(label)));
    long version =
        publish(
            writer,
            new RepositoryExpiry(
                now.plus(life.multipliedBy(3)), now.plus(life.multipliedBy(3)), now.plus(life)));
    return new SignedRelease(
        manifest, Sha256.of(manifestBytes).hex(), version, documents(), pieces, files);
  }

  /** Lists the release and returns its manifest, which a version that is listed already keeps. */
  private byte[] list(TufRepositoryWriter writer, ObjectNode complete, List<Artifact> artifacts) {
    String label = complete.path("name").asText() + "/" + complete.path("version").asText();
    Optional<TargetInfo> before = writer.target(ReleaseManifest.targetPath(label));
    long counter =
        before.map(target -> target.custom().path(COUNTER).asLong()).orElseGet(this::nextCounter);
    complete.put(COUNTER, counter);
    byte[] bytes = ReleaseManifest.write(complete, artifacts);
    ReleaseManifest manifest = ReleaseManifest.parse(bytes);
    Sha256 digest = Sha256.of(bytes);
    if (before.isPresent()) {
      if (!before.get().sha256().equals(digest.hex())) {
        throw new DroverException(
                ErrorCode.ALREADY_EXISTS, "Release " + label + " was signed with other content.")
            .withNextStep("Give the draft another version.");
      }
      return bytes;
    }
    ObjectNode custom = JsonNodeFactory.instance.objectNode().put(COUNTER, counter);
    writer.putTarget(manifest.targetPath(), bytes.length, digest.toBytes(), custom);
    // Before the repository: a number may be left out, but none is given twice.
    DurableFiles.replace(
        counterFile(),
        Long.toString(counter).getBytes(StandardCharsets.US_ASCII),
        DurableFiles.PUBLIC);
    return bytes;
  }

  private static long publish(TufRepositoryWriter writer, RepositoryExpiry expiry) {
    writer.limitDocuments(Limits.CHUNK_BYTES_MAX);
    try {
      return writer.publish(expiry);
    } catch (DroverException refused) {
      if (refused.code() != ErrorCode.LIMIT_EXCEEDED) {
        throw refused;
      }
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED,
          refused.getMessage()
              + " It lists every release: take those from it that no device needs, with"
              + " --withdraw NAME/VERSION.",
          refused);
    }
  }

  private static Artifact artifact(Path model, List<byte[]> pieces) {
    ChunkTable.Built built = ChunkTable.build(model);
    List<String> names = new ArrayList<>();
    for (byte[] piece : built.table().pieces()) {
      names.add(Sha256.of(piece).hex());
      pieces.add(piece);
    }
    return new Artifact(
        modelName(model),
        Artifact.Kind.MODEL,
        built.fileDigest().hex(),
        built.table().totalLength(),
        names);
  }

  /** The file's own name, by which people know the model, unless it says nothing. */
  private static String modelName(Path model) {
    Path file = model.getFileName();
    String name = file == null ? "" : file.toString().toLowerCase(Locale.ROOT);
    boolean telling = Ids.isReference(name) && !DIGEST_NAME.matcher(name).matches();
    return telling ? name : UNNAMED_MODEL;
  }

  private static JsonNode requirements(Path model, int contextTokens) {
    GgufHeader header = GgufHeader.read(model);
    RuntimeTraits any = new RuntimeTraits(Set.of(header.architecture()), Set.of(GgmlType.Q4_0));
    ModelFit fit =
        ModelFit.of(
            header,
            any,
            new ModelFit.Demand(
                Math.max(1, contextTokens), BATCH_TOKENS, PROCESS_BYTES, Long.MAX_VALUE));
    ObjectNode requirements = JsonNodeFactory.instance.objectNode();
    requirements.put("architecture", header.architecture());
    requirements.put("memoryBytes", fit.neededBytes());
    requirements.put("diskBytes", header.fileLength());
    return requirements;
  }

  private long nextCounter() {
    return DurableFiles.readBounded(counterFile(), 32)
            .map(bytes -> Long.parseLong(new String(bytes, StandardCharsets.US_ASCII)))
            .orElse(0L)
        + 1;
  }

  /** Returns every root and the newest of the other signed documents, as they were written. */
  public List<SignedDocument> documents() {
    List<SignedDocument> documents = new ArrayList<>();
    Map<String, SignedDocument> newest = new TreeMap<>();
    try {
      documents.addAll(read(repository().resolve("root"), name -> "root", Long::parseLong));
      Path meta = repository().resolve("meta");
      if (Files.isDirectory(meta)) {
        try (DirectoryStream<Path> versions = Files.newDirectoryStream(meta)) {
          for (Path folder : versions) {
            long version = Long.parseLong(folder.getFileName().toString());
            for (SignedDocument document : read(folder, name -> name, name -> version)) {
              newest.merge(
                  document.getRole(), document, (a, b) -> a.getVersion() > b.getVersion() ? a : b);
            }
          }
        }
      }
    } catch (IOException unreadable) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The repository cannot be read.", unreadable);
    }
    documents.addAll(newest.values());
    DurableFiles.readBounded(repository().resolve("timestamp.json"), Limits.TUF_TIMESTAMP_BYTES_MAX)
        .ifPresent(bytes -> documents.add(document("timestamp", 0, bytes)));
    return documents;
  }

  private static List<SignedDocument> read(
      Path folder, UnaryOperator<String> role, ToLongFunction<String> version) throws IOException {
    List<SignedDocument> documents = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + JSON)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        String stem = name.substring(0, name.length() - JSON.length());
        byte[] content = Files.readAllBytes(file);
        documents.add(document(role.apply(stem), version.applyAsLong(stem), content));
      }
    }
    documents.sort(Comparator.comparingLong(SignedDocument::getVersion));
    return documents;
  }

  private static SignedDocument document(String role, long version, byte[] content) {
    return SignedDocument.newBuilder()
        .setRole(role)
        .setVersion(version)
        .setContent(ByteString.copyFrom(content))
        .build();
  }

  private Path keyFile() {
    return directory.resolve("offline.key");
  }

  private Path repository() {
    return directory.resolve("repository");
  }

  private Path counterFile() {
    return directory.resolve("release.counter");
  }
}
