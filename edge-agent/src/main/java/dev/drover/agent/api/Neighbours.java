package dev.drover.agent.api;

import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLException;

/**
 * How paired neighbours connect. Each device has an authority of its own for this, apart from the
 * fleet's: a neighbour is given {@code own/ca.crt} of the directory, and gives its certificate,
 * which the owner puts into the directory as {@code NAME.pem}.
 *
 * @param bind address to listen on
 * @param port 0 for any
 * @param directory of the paired certificates; {@code own} in it holds the device's authority
 * @param clock the best time that the device knows
 * @param random makes keys
 */
public record Neighbours(
    String bind, int port, Path directory, InstantSource clock, SecureRandom random) {
  private static final Duration LIFE = Duration.ofDays(10 * 365);
  private static final int ADDRESSES_MAX = 32;
  private static final String NAME = "agent";

  /**
   * Returns where to listen.
   *
   * @throws DroverException {@code CONFIG_INVALID_VALUE}
   */
  InetSocketAddress address() {
    return new InetSocketAddress(host(), port);
  }

  /** Returns mutual TLS that accepts the paired certificates and no others. */
  SslContext tls() {
    CertificateAuthority own = authority();
    KeyPair pair = KeyFiles.newP256(random);
    X509Certificate certificate =
        own.issueServer(
            Identity.server(NAME, NAME), pair.getPublic(), clock.instant(), LIFE, addresses());
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(pair.getPrivate(), certificate, own.certificate())
              .clientAuth(ClientAuth.REQUIRE)
              .trustManager(PeerTrust.read(directory, clock))
              .protocols(TlsMaterial.PROTOCOLS);
      return GrpcSslContexts.configure(builder).build();
    } catch (SSLException unusable) {
      throw new DroverException(ErrorCode.INTERNAL, "TLS cannot be used.", unusable);
    }
  }

  private CertificateAuthority authority() {
    Path key = directory.resolve("own").resolve("ca.key");
    Path certificate = directory.resolve("own").resolve("ca.crt");
    if (Files.exists(certificate)) {
      return CertificateAuthority.load(key, certificate, random);
    }
    CertificateAuthority made = CertificateAuthority.create(NAME, random, clock.instant());
    made.store(key, certificate);
    return made;
  }

  private InetAddress host() {
    try {
      return InetAddress.getByName(bind);
    } catch (UnknownHostException unknown) {
      throw new DroverException(
          ErrorCode.CONFIG_INVALID_VALUE, "The value of grpc.tcp.bind is no address.", unknown);
    }
  }

  /** Returns the addresses at which neighbours may reach this device. */
  private List<String> addresses() {
    Set<String> addresses = new LinkedHashSet<>(List.of("localhost", "127.0.0.1"));
    InetAddress host = host();
    if (!host.isAnyLocalAddress()) {
      addresses.add(host.getHostAddress());
    } else {
      addresses.addAll(ofInterfaces());
    }
    return addresses.stream().limit(ADDRESSES_MAX).toList();
  }

  private static List<String> ofInterfaces() {
    List<String> addresses = new ArrayList<>();
    try {
      for (NetworkInterface one : NetworkInterface.networkInterfaces().toList()) {
        for (InterfaceAddress address : one.getInterfaceAddresses()) {
          // Without the zone of a link-local IPv6 address: a certificate cannot hold one.
          addresses.add(address.getAddress().getHostAddress().split("%", 2)[0]);
        }
      }
    } catch (SocketException unknown) {
      throw new DroverException(
          ErrorCode.INTERNAL, "The addresses of this device cannot be listed.", unknown);
    }
    return addresses;
  }
}
