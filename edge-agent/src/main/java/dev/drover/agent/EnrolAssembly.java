package dev.drover.agent;

import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.identity.Enrolment;
import dev.drover.agent.identity.HubCalls;
import dev.drover.agent.identity.IdentityStore;
import dev.drover.agent.release.ReleaseTrust;
import dev.drover.crypto.DurableFiles;
import dev.drover.wire.EnrolmentToken;
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
   * @throws dev.drover.wire.DroverException as {@link Enrolment#enrol}
   */
  public static DeviceIdentity enrol(
      Path dataDir, String tokenText, Optional<byte[]> ownRoot, String proxy) {
    EnrolmentToken token = EnrolmentToken.parse(tokenText);
    Clock clock = Clock.systemUTC();
    SecureRandom random = new SecureRandom();
    Enrolment enrolment = new Enrolment(new HubCalls(clock, proxy), random, clock);
    Enrolment.Enrolled enrolled = enrolment.enrol(token, ownRoot, random.nextLong());
    AgentFiles.prepare(dataDir);
    Path trust = AgentPlaces.trust(dataDir);
    if (ownRoot.isPresent()) {
      TRUST_FILES.forEach(file -> DurableFiles.delete(trust.resolve(file)));
    }
    if (enrolled.releaseRoot().length > 0) {
      ReleaseTrust.begin(trust, enrolled.releaseRoot());
    }
    new IdentityStore(AgentPlaces.identity(dataDir)).save(enrolled.identity());
    return enrolled.identity();
  }
}
