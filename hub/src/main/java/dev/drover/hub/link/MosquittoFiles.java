package dev.drover.hub.link;

import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.Pem;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The folder of a Mosquitto that serves this hub: configuration, access rules, its certificate and
 * key, and the list of revoked certificates. Thread-safe.
 */
public final class MosquittoFiles {
  /**
   * A broker with a list that ended refuses everybody, and nobody but a person makes it reload; so
   * a list holds until the CA ends, and a newer one says more.
   */
  private static final Duration LIST_LIFE = Duration.ofDays(3650);

  private static final Duration SERVER_LIFE = Duration.ofDays(3650);
  private static final int FILE_BYTES_MAX = 64 << 20;

  private final Path directory;
  private final String tenant;
  private final CertificateAuthority authority;
  private final MosquittoConfig.Files files;

  /**
   * Names the folder; nothing is read or written.
   *
   * @param authority the hub's
   */
  public MosquittoFiles(Path directory, String tenant, CertificateAuthority authority) {
    this.directory = directory.toAbsolutePath().normalize();
    this.tenant = tenant;
    this.authority = authority;
    this.files =
        new MosquittoConfig.Files(
            this.directory.resolve("ca.pem"),
            this.directory.resolve("server.pem"),
            this.directory.resolve("server.key"),
            this.directory.resolve("crl.pem"),
            this.directory.resolve("acl"));
  }

  /** Returns the file to start Mosquitto with. */
  public Path config() {
    return directory.resolve("mosquitto.conf");
  }

  /**
   * Writes all files, with a new key (mode 0600) and a certificate for it. A revocation list and
   * access rules that are there stay as they are: the hub keeps them.
   *
   * @param bindAddress IP address to listen on
   * @param addresses host names and IP addresses by which devices and hub reach the broker
   */
  public void create(
      String bindAddress, int port, List<String> addresses, SecureRandom random, Instant now) {
    KeyPair pair = KeyFiles.newP256(random);
    KeyFiles.writeP256(files.key(), pair);
    Certificates.write(
        files.certificate(),
        authority.issueServer(
            Identity.server(tenant, "broker"), pair.getPublic(), now, SERVER_LIFE, addresses));
    Certificates.write(files.ca(), authority.certificate());
    if (!Files.exists(files.revocationList()) || !Files.exists(files.acl())) {
      writeRevocations(Set.of(), Set.of(), now);
    }
    write(config(), MosquittoConfig.config(bindAddress, port, files));
  }

  /**
   * Writes the revocation list and the access rules, unless they say the same already. The broker
   * knows them when it has reloaded (SIGHUP).
   *
   * @param serials of the revoked certificates
   * @param devices that are revoked now
   * @return whether anything was written
   */
  public synchronized boolean update(
      Collection<BigInteger> serials, Collection<String> devices, Instant now) {
    Set<BigInteger> revoked = new TreeSet<>(serials);
    byte[] rules = rules(devices);
    boolean same =
        DurableFiles.readBounded(files.acl(), FILE_BYTES_MAX)
                .filter(kept -> Arrays.equals(kept, rules))
                .isPresent()
            && keptSerials().filter(revoked::equals).isPresent();
    if (!same) {
      writeRevocations(revoked, devices, now);
    }
    return !same;
  }

  private void writeRevocations(
      Collection<BigInteger> serials, Collection<String> devices, Instant now) {
    write(files.revocationList(), authority.revocationList(serials, now, LIST_LIFE));
    DurableFiles.replace(files.acl(), rules(devices), DurableFiles.PUBLIC);
  }

  private byte[] rules(Collection<String> devices) {
    return MosquittoConfig.acl(tenant, new TreeSet<>(devices)).getBytes(StandardCharsets.UTF_8);
  }

  private Optional<Set<BigInteger>> keptSerials() {
    return DurableFiles.readBounded(files.revocationList(), FILE_BYTES_MAX)
        .map(bytes -> serials(new String(bytes, StandardCharsets.US_ASCII)));
  }

  private static Set<BigInteger> serials(String pem) {
    try {
      byte[] der = Pem.parse(pem).expect("X509 CRL");
      X509CRL list =
          (X509CRL)
              CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der));
      Set<? extends X509CRLEntry> entries = list.getRevokedCertificates();
      return entries == null
          ? Set.of()
          : entries.stream().map(X509CRLEntry::getSerialNumber).collect(Collectors.toSet());
    } catch (GeneralSecurityException broken) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The broker's revocation list is damaged; delete it.", broken);
    }
  }

  private static void write(Path file, String text) {
    DurableFiles.replace(file, text.getBytes(StandardCharsets.UTF_8), DurableFiles.PUBLIC);
  }
}
