package dev.drover.agent;

import dev.drover.agent.config.AgentPlaces;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.identity.Enrolment;
import dev.drover.agent.identity.HubCalls;
import dev.drover.agent.identity.IdentityStore;
import dev.drover.agent.release.ReleaseTrust;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.DurableFiles;
import dev.drover.wire.DroverException;
import dev.drover.wire.EnrolmentToken;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** Enrols a device: puts the parts together that are needed for it, once. */
public final class EnrolAssembly {
  private static final List<String> TRUST_FILES =
      List.of("root.json", "timestamp.json", "snapshot.json", "targets.json");

  private EnrolAssembly() {}

  /**
   * Enrols with a token; on return the identity and the release root are durable, and an agent that
   * starts on this directory uses them.
   *
   * @param dataDir the agent's data directory
   * @param tokenText as the operator gave it
   * @param ownRoot a release root that the owner gives; it wins over the hub's and over one that is
   *     trusted already
   * @param proxy {@code host:port} of an HTTP proxy, or empty
   * @throws DroverException as {@link Enrolment#enrol}, and {@code ALREADY_EXISTS} where the
   *     directory is that of another device; the token is then not used
   */
  public static DeviceIdentity enrol(
      Path dataDir, String tokenText, Optional<byte[]> ownRoot, String proxy) {
    EnrolmentToken token = EnrolmentToken.parse(tokenText);
    IdentityStore store = new IdentityStore(AgentPlaces.identity(dataDir));
    requireSameDevice(store, token);
    ownRoot.ifPresent(ReleaseTrust::requireRoot);
    AgentFiles.prepare(dataDir);
    store.requireWritable();
    Clock clock = Clock.systemUTC();
    SecureRandom random = new SecureRandom();
    Enrolment enrolment = new Enrolment(new HubCalls(clock, proxy), random, clock, ms -> {});
    Enrolment.Enrolled enrolled = enrolment.enrol(token, ownRoot, random.nextLong());
    Path trust = AgentPlaces.trust(dataDir);
    if (ownRoot.isPresent()) {
      TRUST_FILES.forEach(file -> DurableFiles.delete(trust.resolve(file)));
    }
    if (enrolled.releaseRoot().length > 0) {
      ReleaseTrust.begin(trust, enrolled.releaseRoot());
    }
    store.save(enrolled.identity());
    return enrolled.identity();
  }

  /**
   * A directory stays with its device: executions and commands of another hub, or of another
   * device, would be taken for those that are kept there. Enrolling the same device again is how it
   * comes back after a revocation.
   */
  private static void requireSameDevice(IdentityStore store, EnrolmentToken token) {
    Optional<DeviceIdentity> kept;
    try {
      kept = store.load();
    } catch (DroverException damaged) {
      // Enrolling again is what mends it.
      return;
    }
    if (kept.isPresent() && !isOf(kept.get(), token)) {
      DeviceIdentity present = kept.get();
      throw new DroverException(
              ErrorCode.ALREADY_EXISTS,
              "This directory is that of the device "
                  + present.device()
                  + " of tenant "
                  + present.tenant()
                  + ", and the token is for another device or hub.")
          .withNextStep("Name another directory with --data, or move this one away.");
    }
  }

  private static boolean isOf(DeviceIdentity present, EnrolmentToken token) {
    return present.device().equals(token.device())
        && present.tenant().equals(token.tenant())
        && Certificates.fingerprint(present.control().ca()).equals(token.caSha256());
  }
}
