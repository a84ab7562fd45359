package dev.drover.agent.release;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import dev.drover.agent.core.BulkLink;
import dev.drover.content.ChunkTable;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.Sha256;
import dev.drover.release.Artifact;
import dev.drover.release.ReleaseManifest;
import dev.drover.release.Requirements;
import dev.drover.trust.RepositoryExpiry;
import dev.drover.trust.RoleSigners;
import dev.drover.trust.Signer;
import dev.drover.trust.TufRepositoryWriter;
import dev.drover.v1.InstallTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** Releases that a publisher signed, and a broker that holds their content. */
final class PublishedReleases implements BulkLink.Opener {
  private final TufRepositoryWriter writer;
  private final Instant expires;
  private final Map<String, byte[]> retained = new ConcurrentHashMap<>();
  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private long counter;

  /** Begins a repository in a directory, from which its documents are fetched. */
  PublishedReleases(Path repository, Instant expires) {
    byte[] seed = Hashes.sha256(new byte[] {1});
    this.expires = expires;
    this.writer =
        TufRepositoryWriter.create(repository, RoleSigners.single(Signer.ofEd25519(seed)), expires);
  }

  /** Signs a release and returns the task of installing it. */
  InstallTask publish(String version, Requirements needs, Optional<Path> model) throws IOException {
    return sign(
        version,
        needs,
        model.isPresent() ? List.of(artifact(model.get(), Artifact.Kind.MODEL)) : List.of());
  }

  /** Signs a release of a file that nothing loads, and returns the task of installing it. */
  InstallTask publishFile(String version, Path file) throws IOException {
    return sign(version, new Requirements("", 0, 0), List.of(artifact(file, Artifact.Kind.FILE)));
  }

  private InstallTask sign(String version, Requirements needs, List<Artifact> artifacts) {
    counter++;
    ObjectNode draft = JsonNodeFactory.instance.objectNode();
    draft.put("name", "hall").put("version", version).put("releaseCounter", counter);
    draft.put("system", "").put("contextTokens", 64);
    draft
        .putObject("requirements")
        .put("architecture", needs.architecture())
        .put("memoryBytes", needs.memoryBytes())
        .put("diskBytes", needs.diskBytes());
    draft.putArray("questions");
    byte[] manifest = ReleaseManifest.write(draft, artifacts);
    String target = ReleaseManifest.parse(manifest).targetPath();
    byte[] sha256 = Hashes.sha256(manifest);
    writer.putTarget(target, manifest.length, sha256, JsonNodeFactory.instance.objectNode());
    long timestamp = writer.publish(new RepositoryExpiry(expires, expires, expires));
    retain(manifest);
    return InstallTask.newBuilder()
        .setTarget(target)
        .setManifestSha256(ByteString.copyFrom(sha256))
        .setReleaseCounter(counter)
        .setTimestampVersion(timestamp)
        .setRootSha256(ByteString.copyFrom(Hashes.sha256(writer.rootDocument())))
        .build();
  }

  private Artifact artifact(Path file, Artifact.Kind kind) throws IOException {
    ChunkTable.Built built = ChunkTable.build(file);
    ChunkTable table = built.table();
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < table.count(); i++) {
      int at = (int) table.offset(i);
      retain(Arrays.copyOfRange(bytes, at, at + table.length(i)));
    }
    List<String> pieces = table.pieces().stream().map(this::retain).toList();
    return new Artifact(
        "tiny.gguf", kind, built.fileDigest().hex(), table.totalLength(), new ArrayList<>(pieces));
  }

  private String retain(byte[] chunk) {
    String name = Sha256.of(chunk).hex();
    retained.put(name, chunk);
    return name;
  }

  /** Returns which chunks devices have asked the broker for. */
  Set<String> asked() {
    return Set.copyOf(asked);
  }

  /** Forgets which chunks were asked for until now. */
  void forgetAsked() {
    asked.clear();
  }

  @Override
  public CompletionStage<BulkLink> open(BulkLink.Listener listener) {
    return CompletableFuture.completedFuture(new Link(listener));
  }

  private final class Link implements BulkLink {
    private final Listener listener;

    Link(Listener listener) {
      this.listener = listener;
    }

    @Override
    public int windowMax() {
      return 8;
    }

    @Override
    public CompletionStage<Void> subscribe(Collection<String> sha256s) {
      asked.addAll(sha256s);
      for (String name : sha256s) {
        byte[] chunk = retained.get(name);
        if (chunk != null) {
          listener.onChunk(name, chunk.clone());
        }
      }
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<Void> unsubscribe(Collection<String> sha256s) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
  }
}
