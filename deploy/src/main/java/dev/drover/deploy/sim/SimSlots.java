package dev.drover.deploy.sim;

import dev.drover.agent.release.SlotStore;
import dev.drover.crypto.Hashes;
import dev.drover.release.Artifact;
import dev.drover.release.ReleaseManifest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Where the releases of a simulated device lie: small files that outlive processes. */
final class SimSlots implements SlotStore {
  /** Prefix of files by their content. */
  static final String CONTENT = "content/";

  private static final String SLOTS = "slots/";

  private final SimFiles files;
  private final Runnable reading;

  /**
   * Makes the store over files of a device.
   *
   * @param reading called before a slot is read whole, which takes time
   */
  SimSlots(SimFiles files, Runnable reading) {
    this.files = files;
    this.reading = reading;
  }

  @Override
  public Path file(String sha256) {
    return Path.of(CONTENT + sha256);
  }

  /** Returns the digest that a path of {@link #file} names. */
  static String sha256(Path file) {
    return file.toString().substring(CONTENT.length());
  }

  boolean has(String sha256) {
    return isWhole(CONTENT + sha256, sha256);
  }

  void keep(String sha256, byte[] content) {
    files.put(CONTENT + sha256, content);
  }

  @Override
  public Optional<byte[]> manifest(String sha256) {
    return files
        .get(SLOTS + sha256)
        .or(() -> files.get(CONTENT + sha256))
        .filter(bytes -> Hashes.hex(Hashes.sha256(bytes)).equals(sha256));
  }

  boolean isStaged(String sha256) {
    return files.get(SLOTS + sha256).isPresent();
  }

  void stage(String sha256) {
    byte[] manifest =
        manifest(sha256)
            .orElseThrow(
                () -> new DroverException(ErrorCode.STORE_FAILED, "The manifest was lost."));
    files.put(SLOTS + sha256, manifest);
  }

  @Override
  public void verify(String sha256) {
    reading.run();
    boolean whole =
        isWhole(SLOTS + sha256, sha256)
            && manifest(sha256).map(ReleaseManifest::parse).stream()
                .flatMap(manifest -> manifest.artifacts().stream())
                .allMatch(artifact -> has(artifact.sha256()));
    if (!whole) {
      throw new DroverException(ErrorCode.MODEL_CORRUPT, "A file of the slot is damaged.");
    }
  }

  private boolean isWhole(String name, String sha256) {
    return files
        .get(name)
        .filter(bytes -> Hashes.hex(Hashes.sha256(bytes)).equals(sha256))
        .isPresent();
  }

  @Override
  public void collect(Set<String> kept) {
    Set<String> needed = new HashSet<>();
    for (String sha : kept) {
      needed.add(SLOTS + sha);
      needed.add(CONTENT + sha);
      manifest(sha).map(ReleaseManifest::parse).stream()
          .flatMap(manifest -> manifest.artifacts().stream())
          .map(Artifact::sha256)
          .forEach(artifact -> needed.add(CONTENT + artifact));
    }
    for (String prefix : new String[] {SLOTS, CONTENT}) {
      files.names(prefix).stream().filter(name -> !needed.contains(name)).forEach(files::delete);
    }
  }
}
