package dev.drover.deploy.sim;

import com.google.protobuf.ByteString;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Hashes;
import dev.drover.hub.v1.Credentials;
import dev.drover.v1.ConfigureDeviceRequest;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.LabelDeviceRequest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** What operators do with devices: enrol, invite, revoke, label, configure; and renewals. */
final class Enrolments {
  private static final long YEAR_MS = 366L * 24 * 3600 * 1000;
  private static final int TOKEN_ID_BYTES = 16;

  private final SimWorld world;
  private final RandomGenerator random;
  private final Asking asking;
  private int serials;

  Enrolments(SimWorld world, RandomGenerator random, Asking asking) {
    this.world = world;
    this.random = random;
    this.asking = asking;
  }

  /** What a device is known by from an enrolment or a renewal on. */
  private record Papers(String serial, byte[] token, byte[] auditSeed, long incarnation) {
    Credentials credentials() {
      return Credentials.newBuilder()
          .setSerial(serial)
          .setBulkSerial("bulk-" + serial)
          .setAuditKey(ByteString.copyFrom(Ed25519.publicKey(auditSeed)))
          .setExpiresMs(SimWorld.BEGIN_MS + YEAR_MS)
          .build();
    }

    DeviceIdentity identity(String device) {
      return new DeviceIdentity(
          SimWorld.TENANT,
          device,
          SimWorld.NO_TLS,
          SimWorld.NO_TLS,
          auditSeed,
          SimHub.HUB_KEY,
          SimHub.linkKey(device, serial),
          List.of(),
          List.of(),
          "log.example/sim",
          incarnation);
    }
  }

  private Papers papers() {
    serials++;
    String serial = "a" + serials;
    byte[] token = hash("token " + serials);
    return new Papers(serial, token, hash("audit " + serial), random.nextLong());
  }

  private static byte[] hash(String text) {
    return Hashes.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  private CreateTokenRequest request(SimAgent agent) {
    return CreateTokenRequest.newBuilder()
        .setDevice(agent.name)
        .putLabels("group", JobDraws.GROUPS[world.agents().indexOf(agent) % 2])
        .setTtlSeconds(24 * 3600)
        .build();
  }

  /** Has a device enrolled, anew if it was before, and switched on. */
  void enrol(SimAgent agent) {
    Papers papers = papers();
    byte[] tokenId = Arrays.copyOf(papers.token(), TOKEN_ID_BYTES);
    asking.ask(
        "enrol " + agent.name,
        Asking.TRIES_MAX,
        fleet ->
            fleet
                .registry()
                .createToken(request(agent), tokenId, papers.token(), "anna")
                .handle((token, again) -> token)
                .thenCompose(
                    token -> fleet.registry().redeemToken(tokenId, papers.token(), papers.token()))
                .thenCompose(
                    token ->
                        fleet
                            .devices()
                            .enrol(
                                agent.name,
                                papers.credentials(),
                                papers.incarnation(),
                                papers.token())),
        device -> {
          if (agent.life() > 0) {
            world.ledger().reborn(agent.name);
          }
          agent.kill("enrolled");
          agent.enrolled(papers.identity(agent.name), papers.serial());
          agent.start();
          if (random.nextInt(12) == 0) {
            atOnce(agent);
          }
        },
        // A clock of the hub that jumped may let a token end before it is used.
        refused -> asking.planned(1_000 + random.nextInt(5_000), () -> enrol(agent)));
  }

  /** Does something before the device has said a word. */
  private void atOnce(SimAgent agent) {
    switch (random.nextInt(3)) {
      case 0 -> renew(agent);
      case 1 -> revoke(agent);
      default -> configure(agent);
    }
  }

  /** Has a token made, which nobody uses for now. */
  private void invite(SimAgent agent) {
    byte[] token = papers().token();
    asking.ask(
        "invite " + agent.name,
        fleet ->
            fleet
                .registry()
                .createToken(request(agent), Arrays.copyOf(token, TOKEN_ID_BYTES), token, "anna"),
        made -> {});
  }

  /** After a restore: has those enrolled again whom the hub no longer knows as they are. */
  void enrolForgotten() {
    for (SimAgent agent : world.agents()) {
      String known =
          world
              .hub()
              .fleet()
              .flatMap(fleet -> fleet.devices().credentials(agent.name))
              .map(Credentials::getSerial)
              .orElse("");
      if (agent.identity().isPresent() && !known.equals(agent.serial())) {
        enrol(agent);
      }
    }
  }

  /** Does something with a device. */
  void change() {
    SimAgent agent = world.anyAgent(random);
    switch (random.nextInt(9)) {
      case 0, 1 -> revoke(agent);
      case 2 -> enrol(agent);
      case 3 -> invite(agent);
      case 4 -> renew(agent);
      case 5, 6 -> configure(agent);
      default -> relabel(agent);
    }
  }

  private void revoke(SimAgent agent) {
    asking.ask(
        "revoke " + agent.name,
        fleet -> fleet.devices().revoke(agent.name, "anna"),
        device -> {
          if (random.nextInt(3) == 0) {
            asking.planned(random.nextInt(10_000), () -> revokeAgain(agent));
          }
          if (random.nextInt(2) == 0) {
            asking.planned(random.nextInt(10_000), () -> invite(agent));
            asking.planned(10_000 + random.nextInt(20_000), () -> whileInvited(agent));
          }
          asking.planned(10_000 + random.nextInt(150_000), () -> enrol(agent));
        });
  }

  private void whileInvited(SimAgent agent) {
    switch (random.nextInt(3)) {
      case 0 -> configure(agent);
      case 1 -> relabel(agent);
      default -> invite(agent);
    }
  }

  private void revokeAgain(SimAgent agent) {
    asking.ask(
        "revoke again " + agent.name,
        fleet -> fleet.devices().revoke(agent.name, "bert"),
        device -> {});
  }

  private void renew(SimAgent agent) {
    DeviceIdentity before = agent.identity().orElse(null);
    String shown = agent.serial();
    if (before == null) {
      return;
    }
    serials++;
    Papers papers =
        new Papers(
            "a" + serials, hash("renewal " + serials), before.auditSeed(), before.incarnation());
    asking.ask(
        "renew " + agent.name,
        fleet -> fleet.devices().renew(agent.name, papers.credentials(), shown, papers.token()),
        device -> {
          // Enrolled again meanwhile: what was renewed is nobody's.
          if (agent.serial().equals(shown)) {
            agent.kill("renewed");
            agent.enrolled(papers.identity(agent.name), papers.serial());
            agent.start();
          }
        });
  }

  private void relabel(SimAgent agent) {
    LabelDeviceRequest request =
        LabelDeviceRequest.newBuilder()
            .setDevice(agent.name)
            .putSet("group", JobDraws.GROUPS[random.nextInt(2)])
            .build();
    asking.ask(
        "relabel " + agent.name, fleet -> fleet.devices().label(request, "anna"), device -> {});
  }

  private void configure(SimAgent agent) {
    ConfigureDeviceRequest request =
        ConfigureDeviceRequest.newBuilder()
            .setDevice(agent.name)
            .putSet("runtime.threads", Integer.toString(1 + random.nextInt(4)))
            .build();
    asking.ask(
        "configure " + agent.name,
        fleet -> fleet.devices().configure(request, "anna"),
        device -> world.operator().configured(agent.name));
  }
}
