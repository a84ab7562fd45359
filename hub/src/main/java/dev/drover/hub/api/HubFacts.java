package dev.drover.hub.api;

import com.google.protobuf.ByteString;
import dev.drover.config.Build;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Hashes;
import dev.drover.hub.config.HubConfig;
import dev.drover.hub.enrol.HubKeys;
import dev.drover.hub.fleet.DeviceService;
import dev.drover.hub.fleet.FleetService;
import dev.drover.hub.repo.ReleaseRepository;
import dev.drover.tlog.NoteSigner;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.CreateTokenResponse;
import dev.drover.v1.HubInfo;
import dev.drover.wire.EnrolmentToken;
import dev.drover.wire.Ids;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.IntSupplier;

/** What a hub says of itself, and the tokens by which devices find it. Thread-safe. */
public final class HubFacts {
  private static final String VERSION = Build.read().version();

  private final HubConfig config;
  private final HubKeys keys;
  private final List<String> brokers;
  private final IntSupplier apiPort;
  private final SecureRandom random;
  private final InstantSource clock;

  /**
   * Makes the facts.
   *
   * @param brokers as devices get them, {@code mqtts://host:port}
   * @param apiPort the port that is bound, asked when it is needed
   */
  public HubFacts(
      HubConfig config,
      HubKeys keys,
      List<String> brokers,
      IntSupplier apiPort,
      SecureRandom random,
      InstantSource clock) {
    this.config = config;
    this.keys = keys;
    this.brokers = List.copyOf(brokers);
    this.apiPort = apiPort;
    this.random = random;
    this.clock = clock;
  }

  /** Returns the time of the hub's clock. */
  Instant now() {
    return clock.instant();
  }

  HubInfo info(FleetService fleet) {
    DeviceService.Counts counts = fleet.devices().counts();
    return HubInfo.newBuilder()
        .setVersion(VERSION)
        .setTenant(config.tenant())
        .setHubEpoch(fleet.registry().hubEpoch())
        .setTimeMs(now().toEpochMilli())
        .addAllBrokers(brokers)
        .setLogOrigin(config.logOrigin())
        .setLogKey(NoteSigner.of(config.logOrigin(), keys.logSeed()).verifierKey().format())
        .setHubKey(ByteString.copyFrom(Ed25519.publicKey(keys.commandSeed())))
        .setDevices(counts.all())
        .setDevicesOnline(counts.online())
        .build();
  }

  CompletionStage<CreateTokenResponse> createToken(
      FleetService fleet, ReleaseRepository repository, CreateTokenRequest request, Caller caller) {
    Ids.requireDevice(request.getDevice());
    byte[] id = new byte[EnrolmentToken.ID_BYTES];
    byte[] secret = new byte[EnrolmentToken.SECRET_BYTES];
    random.nextBytes(id);
    random.nextBytes(secret);
    String root = repository.firstRoot().map(bytes -> Hashes.hex(Hashes.sha256(bytes))).orElse("");
    EnrolmentToken token =
        new EnrolmentToken(
            config.addresses().stream().map(this::withPort).toList(),
            Certificates.fingerprint(keys.authority().certificate()),
            root,
            id,
            secret,
            request.getDevice(),
            config.tenant());
    return fleet
        .registry()
        .createToken(request, id, secret, caller.name())
        .thenApply(
            made ->
                CreateTokenResponse.newBuilder()
                    .setToken(token.format())
                    .setExpiresMs(made.expiresMs())
                    .build());
  }

  private String withPort(String address) {
    String host = address.indexOf(':') >= 0 ? "[" + address + "]" : address;
    return host + ":" + apiPort.getAsInt();
  }
}
