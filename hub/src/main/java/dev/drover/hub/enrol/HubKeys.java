package dev.drover.hub.enrol;

import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.config.HubConfig;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The hub's keys, made on its first start and read on every other one. Thread-safe.
 *
 * <p>The certificates of its listeners and of its link to an external broker live in memory only
 * and are issued anew before they end. {@link #toString} shows no key.
 */
public final class HubKeys {
  /** Name of the first operator, an admin. */
  public static final String FIRST_OPERATOR = "admin";

  private static final List<String> SECRETS =
      List.of("ca.key", "command.key", "log.key", "link.secret");
  private static final int SECRET_BYTES = 32;
  private static final Duration SERVER_LIFE = Duration.ofDays(397);

  private final CertificateAuthority authority;
  private final HubConfig config;
  private final SecureRandom random;
  private final byte[] commandSeed;
  private final byte[] logSeed;
  private final byte[] linkSecret;
  private volatile TlsMaterial server;
  private volatile TlsMaterial brokerClient;

  private HubKeys(
      CertificateAuthority authority,
      HubConfig config,
      SecureRandom random,
      Instant now,
      byte[] commandSeed,
      byte[] logSeed,
      byte[] linkSecret) {
    this.authority = authority;
    this.config = config;
    this.random = random;
    this.server = newServer(authority, config, random, now);
    this.brokerClient = newBrokerClient(authority, config, random, now);
    this.commandSeed = commandSeed;
    this.logSeed = logSeed;
    this.linkSecret = linkSecret;
  }

  /**
   * Opens the keys of a hub, makes those that are missing on the first start, and issues a new
   * server certificate for the configured addresses. Durable on return.
   *
   * @param directory made with mode 0700 if absent
   * @throws DroverException with {@link ErrorCode#STORE_FAILED} when some keys are there and others
   *     are missing, which no start leaves behind; with {@link ErrorCode#CONFIG_INVALID_VALUE} when
   *     they are another tenant's
   */
  public static HubKeys open(Path directory, HubConfig config, SecureRandom random, Instant now) {
    makePrivate(directory);
    Path caKey = directory.resolve("ca.key");
    Path caCertificate = directory.resolve("ca.crt");
    Path secret = directory.resolve("link.secret");
    if (!Files.exists(secret)) {
      requireFirstStart(config);
      KeyFiles.writeEd25519(directory.resolve("command.key"), Ed25519.newSeed(random));
      KeyFiles.writeEd25519(directory.resolve("log.key"), Ed25519.newSeed(random));
      CertificateAuthority made = CertificateAuthority.create(config.tenant(), random, now);
      made.store(caKey, caCertificate);
      byte[] bytes = new byte[SECRET_BYTES];
      random.nextBytes(bytes);
      DurableFiles.replace(secret, bytes, DurableFiles.OWNER_ONLY);
    }
    CertificateAuthority authority = loadAuthority(directory, random);
    requireSameTenant(authority, config);
    return new HubKeys(
        authority,
        config,
        random,
        now,
        KeyFiles.readEd25519(directory.resolve("command.key")),
        KeyFiles.readEd25519(directory.resolve("log.key")),
        DurableFiles.readBounded(secret, SECRET_BYTES)
            .filter(bytes -> bytes.length == SECRET_BYTES)
            .orElseThrow(
                () ->
                    new DroverException(
                        ErrorCode.STORE_FAILED, "The hub's link secret is missing or damaged.")));
  }

  private static TlsMaterial newServer(
      CertificateAuthority authority, HubConfig config, SecureRandom random, Instant now) {
    KeyPair pair = KeyFiles.newP256(random);
    X509Certificate certificate =
        authority.issueServer(
            Identity.api(config.tenant()), pair.getPublic(), now, SERVER_LIFE, config.addresses());
    return new TlsMaterial(pair.getPrivate(), certificate, authority.certificate());
  }

  private static TlsMaterial newBrokerClient(
      CertificateAuthority authority, HubConfig config, SecureRandom random, Instant now) {
    KeyPair pair = KeyFiles.newP256(random);
    X509Certificate certificate =
        authority.issueClient(Identity.hub(config.tenant()), pair.getPublic(), now, SERVER_LIFE);
    return new TlsMaterial(pair.getPrivate(), certificate, authority.certificate());
  }

  /**
   * Issues new certificates to the hub itself, with new keys, when two thirds of the life of the
   * present ones are over.
   *
   * @return whether it did; then listeners take {@link #server} again
   */
  public boolean renewIfDue(Instant now) {
    if (now.isBefore(Certificates.renewAt(server.certificate()))) {
      return false;
    }
    server = newServer(authority, config, random, now);
    brokerClient = newBrokerClient(authority, config, random, now);
    return true;
  }

  private static void makePrivate(Path directory) {
    try {
      if (!Files.exists(directory)) {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
      }
    } catch (IOException failed) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The directory " + directory + " cannot be made.", failed);
    }
  }

  /** The secret is written last, so without it no earlier start was complete. */
  private static void requireFirstStart(HubConfig config) {
    if (Files.exists(config.dataDir().resolve("store"))) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The hub's keys are missing although it has a store.");
    }
  }

  /** Under another name nothing that was issued and stored before would be found again. */
  private static void requireSameTenant(CertificateAuthority authority, HubConfig config) {
    if (!authority.tenant().equals(config.tenant())) {
      throw new DroverException(
              ErrorCode.CONFIG_INVALID_VALUE,
              "This hub is of the tenant " + authority.tenant() + ", which never changes.")
          .withNextStep("Set tenant to that, or give another data-dir for another fleet.");
    }
  }

  /** Returns the files that only the hub's owner may read and that a started hub must have. */
  public static List<Path> secrets(Path directory) {
    return SECRETS.stream().map(directory::resolve).toList();
  }

  /**
   * Returns the CA in this directory, for what speaks for a hub beside it.
   *
   * @throws DroverException as {@link CertificateAuthority#load}
   */
  public static CertificateAuthority loadAuthority(Path directory, SecureRandom random) {
    return CertificateAuthority.load(
        directory.resolve("ca.key"), directory.resolve("ca.crt"), random);
  }

  /** Returns the CA's certificate in this directory; fails like {@link Certificates#read}. */
  public static X509Certificate caCertificate(Path directory) {
    return Certificates.read(directory.resolve("ca.crt"));
  }

  /** Returns the certificate authority. */
  public CertificateAuthority authority() {
    return authority;
  }

  /** Returns key and certificate of the hub's listeners; others after a renewal. */
  public TlsMaterial server() {
    return server;
  }

  /** Returns key and certificate by which the hub is a client of an external broker, as above. */
  public TlsMaterial brokerClient() {
    return brokerClient;
  }

  /** Returns the seed of the online key that signs commands, leases and hub records. */
  public byte[] commandSeed() {
    return commandSeed.clone();
  }

  /** Returns the seed of the key that signs checkpoints. */
  public byte[] logSeed() {
    return logSeed.clone();
  }

  /** Returns the secret from which link keys are derived. */
  public byte[] linkSecret() {
    return linkSecret.clone();
  }

  @Override
  public String toString() {
    return "HubKeys[ca=" + authority.pin() + "]";
  }
}
