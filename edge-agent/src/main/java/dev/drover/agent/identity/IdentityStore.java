package dev.drover.agent.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.agent.core.JsonText;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Keeps the identity in a directory of mode 0700. Each version is a directory of its own; the file
 * {@code current} names the one that counts and is replaced last, so that a crash leaves the old
 * identity or the new one, whole. One process uses it at a time.
 */
public final class IdentityStore {
  private static final String CURRENT = "current";
  private static final Pattern VERSION = Pattern.compile("v[1-9][0-9]{0,8}");
  private static final List<String> SECRETS =
      List.of("control.key", "bulk.key", "audit.key", "link.key");

  /** More than the files of one identity take, each in blocks of a disk. */
  private static final int SAVED_BYTES = 128 * 1024;

  private static final int FILE_BYTES_MAX = 64 * 1024;

  private final Path directory;

  /** Makes a store over a directory, which is made when something is saved. */
  public IdentityStore(Path directory) {
    this.directory = directory;
  }

  /**
   * Returns the identity, empty before enrolment.
   *
   * @throws DroverException {@code STORE_FAILED} or {@code INVALID_ARGUMENT} where files are
   *     damaged
   */
  public Optional<DeviceIdentity> load() {
    Optional<String> version = current();
    try {
      return version.map(name -> read(directory.resolve(name)));
    } catch (IllegalArgumentException damaged) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The identity in " + directory + " is damaged.", damaged);
    }
  }

  /** Returns the files of the present identity that only its owner may read. */
  public List<Path> secrets() {
    return current()
        .map(directory::resolve)
        .map(version -> SECRETS.stream().map(version::resolve).toList())
        .orElse(List.of());
  }

  /**
   * Makes sure that an identity can be saved: call it before a token is spent on one.
   *
   * @throws DroverException {@code DISK_FULL} or {@code STORE_FAILED}
   */
  public void requireWritable() {
    makeDirectory();
    Path probe = directory.resolve("probe");
    DurableFiles.replace(probe, new byte[SAVED_BYTES], DurableFiles.OWNER_ONLY);
    DurableFiles.delete(probe);
  }

  /** Makes this the identity; durable on return. Older versions are deleted. */
  public void save(DeviceIdentity identity) {
    makeDirectory();
    Optional<String> before = current();
    int number = before.map(name -> Integer.parseInt(name.substring(1))).orElse(0) + 1;
    Path version = directory.resolve("v" + number);
    write(version, identity);
    DurableFiles.syncDirectory(directory);
    byte[] name = version.getFileName().toString().getBytes(StandardCharsets.UTF_8);
    DurableFiles.replace(directory.resolve(CURRENT), name, DurableFiles.OWNER_ONLY);
    deleteOthers(version);
  }

  private void makeDirectory() {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException unwritable) {
      throw DurableFiles.failure("cannot use", directory, unwritable);
    }
  }

  private Optional<String> current() {
    return DurableFiles.readBounded(directory.resolve(CURRENT), FILE_BYTES_MAX)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip())
        .filter(name -> VERSION.matcher(name).matches());
  }

  private static void write(Path version, DeviceIdentity identity) {
    writeTls(version, "control", identity.control());
    writeTls(version, "bulk", identity.bulk());
    Certificates.write(version.resolve("ca.crt"), identity.control().ca());
    KeyFiles.writeEd25519(version.resolve("audit.key"), identity.auditSeed());
    KeyFiles.writeEd25519Public(version.resolve("hub.pub"), identity.hubKey());
    byte[] linkKey = Hashes.hex(identity.linkKey()).getBytes(StandardCharsets.US_ASCII);
    DurableFiles.replace(version.resolve("link.key"), linkKey, DurableFiles.OWNER_ONLY);
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("tenant", identity.tenant()).put("device", identity.device());
    node.put("logOrigin", identity.logOrigin());
    node.put("incarnation", Long.toUnsignedString(identity.incarnation()));
    identity.brokers().forEach(node.putArray("brokers")::add);
    identity.hubs().forEach(node.putArray("hubs")::add);
    byte[] json = node.toPrettyString().getBytes(StandardCharsets.UTF_8);
    DurableFiles.replace(version.resolve("identity.json"), json, DurableFiles.OWNER_ONLY);
  }

  private static void writeTls(Path version, String name, TlsMaterial tls) {
    KeyFiles.writeP256(
        version.resolve(name + ".key"), new KeyPair(tls.certificate().getPublicKey(), tls.key()));
    Certificates.write(version.resolve(name + ".crt"), tls.certificate());
  }

  private static DeviceIdentity read(Path version) {
    Path ca = version.resolve("ca.crt");
    JsonNode node = readJson(version.resolve("identity.json"));
    List<String> brokers = new ArrayList<>();
    node.path("brokers").forEach(broker -> brokers.add(broker.asText()));
    List<String> hubs = new ArrayList<>();
    node.path("hubs").forEach(hub -> hubs.add(hub.asText()));
    byte[] linkKey = readBounded(version.resolve("link.key"));
    return new DeviceIdentity(
        node.path("tenant").asText(),
        node.path("device").asText(),
        TlsMaterial.load(version.resolve("control.key"), version.resolve("control.crt"), ca),
        TlsMaterial.load(version.resolve("bulk.key"), version.resolve("bulk.crt"), ca),
        KeyFiles.readEd25519(version.resolve("audit.key")),
        KeyFiles.readEd25519Public(version.resolve("hub.pub")),
        Hashes.unhex(new String(linkKey, StandardCharsets.US_ASCII)),
        brokers,
        hubs,
        node.path("logOrigin").asText(),
        Long.parseUnsignedLong(node.path("incarnation").asText("0")));
  }

  private static JsonNode readJson(Path file) {
    try {
      return JsonText.read(new String(readBounded(file), StandardCharsets.UTF_8));
    } catch (IOException damaged) {
      throw failed(damaged);
    }
  }

  private static byte[] readBounded(Path file) {
    return DurableFiles.readBounded(file, FILE_BYTES_MAX)
        .orElseThrow(
            () ->
                new DroverException(
                    ErrorCode.STORE_FAILED, "The identity lacks " + file.getFileName() + "."));
  }

  private void deleteOthers(Path kept) {
    try (Stream<Path> versions = Files.list(directory)) {
      for (Path version : versions.toList()) {
        if (VERSION.matcher(version.getFileName().toString()).matches() && !version.equals(kept)) {
          delete(version);
        }
      }
    } catch (IOException unreadable) {
      throw failed(unreadable);
    }
  }

  private static void delete(Path version) throws IOException {
    try (Stream<Path> files = Files.list(version)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(version);
  }

  private static DroverException failed(IOException cause) {
    return new DroverException(
        ErrorCode.STORE_FAILED, "The identity cannot be read or written.", cause);
  }
}
