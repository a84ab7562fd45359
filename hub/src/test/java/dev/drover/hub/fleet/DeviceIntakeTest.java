package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Hashes;
import dev.drover.envelope.AuditAuth;
import dev.drover.envelope.EventAuth;
import dev.drover.hub.v1.Credentials;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.DeviceState;
import dev.drover.v1.EventEnvelope;
import dev.drover.v1.Heartbeat;
import dev.drover.v1.Presence;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Topic;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DeviceIntakeTest {
  private static long refused(SimWorld world, ErrorCode code) {
    return world.fleet().statistics().refused().getOrDefault(code, 0L);
  }

  private static DeviceEvent beat(SimWorld world) {
    return DeviceEvent.newBuilder()
        .setIncarnation(1000)
        .setTimeMs(world.nowMs() + 1000)
        .setHeartbeat(Heartbeat.getDefaultInstance())
        .build();
  }

  @Test
  void events_withoutTheDevicesKey_areRefused() {
    try (SimWorld world = new SimWorld(1, 0)) {
      SimDevice device = world.add("cam-0", "a");
      world.run(1000);
      byte[] wrongKey = Hashes.sha256(new byte[] {9});
      byte[] forged = EventAuth.seal(wrongKey, "acme", "cam-0", beat(world));
      world.link.send("cam-0", Topic.Channel.EVT, forged);
      world.settle();
      assertEquals(1, refused(world, ErrorCode.SIGNATURE_INVALID));

      byte[] own = EventAuth.seal(device.linkKey(), "acme", "cam-0", beat(world));
      world.link.send("cam-1", Topic.Channel.EVT, own);
      world.settle();
      assertEquals(1, refused(world, ErrorCode.UNAUTHENTICATED));
      long accepted = world.fleet().statistics().accepted();
      world.link.send("cam-0", Topic.Channel.EVT, own);
      world.settle();
      assertEquals(accepted + 1, world.fleet().statistics().accepted());
    }
  }

  @Test
  void malformedAndOversized_areRefused() {
    try (SimWorld world = new SimWorld(2, 0)) {
      world.add("cam-0", "a");
      world.run(1000);
      world.link.send("cam-0", Topic.Channel.EVT, new byte[] {1, 2, 3});
      world.link.send("cam-0", Topic.Channel.AUDIT, new byte[] {1, 2, 3});
      world.link.send("cam-0", Topic.Channel.PRESENCE, new byte[] {1, 2, 3});
      world.link.send("cam-0", Topic.Channel.EVT, new byte[100_000]);
      world.link.send("cam-0", Topic.Channel.AUDIT, new byte[100_000]);
      world.link.send("cam-0", Topic.Channel.PRESENCE, new byte[100]);
      world.link.send("cam-0", Topic.Channel.CMD, new byte[1]);
      world.settle();
      assertEquals(3, refused(world, ErrorCode.MESSAGE_MALFORMED));
      assertEquals(3, refused(world, ErrorCode.LIMIT_EXCEEDED));
      assertEquals(1, refused(world, ErrorCode.PERMISSION_DENIED));
    }
  }

  @Test
  void whatMayNotLeaveADevice_isRefusedOnEntryToo() {
    try (SimWorld world = new SimWorld(3, 0)) {
      SimDevice device = world.add("cam-0", "a");
      world.run(1000);
      // An agent that leaks would seal without the guard: an unknown field with text.
      ByteString leaking =
          beat(world)
              .toByteString()
              .concat(ByteString.copyFrom(new byte[] {(byte) 0xf2, 1, 2, 'h', 'i'}));
      byte[] mac =
          Hashes.hmacSha256(
              device.linkKey(),
              "drover/v1 event\0acme\0cam-0\0".getBytes(StandardCharsets.UTF_8),
              leaking.toByteArray());
      EventEnvelope envelope =
          EventEnvelope.newBuilder().setEvent(leaking).setMac(ByteString.copyFrom(mac)).build();
      world.link.send("cam-0", Topic.Channel.EVT, envelope.toByteArray());
      world.settle();
      assertEquals(1, refused(world, ErrorCode.EGRESS_REFUSED));
      // It may as well be an agent that is newer than the hub: both sides are told.
      assertEquals(
          ErrorCode.EGRESS_REFUSED.number(),
          world.fleet().devices().get("cam-0").getNotUnderstoodError());
      assertEquals(1, device.refusals);
    }
  }

  @Test
  void auditBatch_ofAnotherKey_isRefused() {
    try (SimWorld world = new SimWorld(4, 0)) {
      world.add("cam-0", "a");
      SimDevice other = world.add("cam-1", "a");
      world.run(1000);
      BatchStatement statement =
          BatchStatement.newBuilder().setTenant("acme").setDevice("cam-1").build();
      byte[] upload = AuditAuth.sign(other.auditSeed, statement).toByteArray();
      world.link.send("cam-0", Topic.Channel.AUDIT, upload);
      world.settle();
      assertEquals(1, refused(world, ErrorCode.SIGNATURE_INVALID));
      assertEquals(0, world.fleet().audit().head().getDeviceLeaves());
    }
  }

  @Test
  void presence_lowersAtOnce_andIsOnlyAHint() {
    try (SimWorld world = new SimWorld(5, 0)) {
      world.add("cam-0", "a");
      world.run(1000);
      Presence.Builder presence = Presence.newBuilder().setIncarnation(1000);
      world.link.send("cam-0", Topic.Channel.PRESENCE, presence.build().toByteArray());
      world.settle();
      assertEquals(DeviceState.OFFLINE, world.fleet().devices().get("cam-0").getState());
      world.link.send(
          "cam-0", Topic.Channel.PRESENCE, presence.setOnline(true).build().toByteArray());
      world.settle();
      assertEquals(DeviceState.ONLINE, world.fleet().devices().get("cam-0").getState());
      world.link.send("cam-0", Topic.Channel.PRESENCE, new byte[0]);
      world.settle();
      assertTrue(world.fleet().statistics().refused().isEmpty());
    }
  }

  @Test
  void renewal_acceptsBothKeys() {
    try (SimWorld world = new SimWorld(6, 0)) {
      SimDevice device = world.add("cam-0", "a");
      world.run(1000);
      Credentials renewed =
          Credentials.newBuilder()
              .setSerial("ff")
              .setAuditKey(ByteString.copyFrom(device.auditKey()))
              .build();
      world.finish(world.fleet().devices().renew("cam-0", renewed, "a0", new byte[32]));
      long accepted = world.fleet().statistics().accepted();
      world.link.send(
          "cam-0",
          Topic.Channel.EVT,
          EventAuth.seal(device.linkKey(), "acme", "cam-0", beat(world)));
      world.link.send(
          "cam-0",
          Topic.Channel.EVT,
          EventAuth.seal(SimWorld.linkKey("cam-0", "ff"), "acme", "cam-0", beat(world)));
      world.settle();
      assertEquals(accepted + 2, world.fleet().statistics().accepted());
      assertFalse(world.fleet().registry().isRevoked("a0"));
    }
  }

  @Test
  void chunkWants_goToTheCache() {
    try (SimWorld world = new SimWorld(7, 0)) {
      SimDevice device = world.add("cam-0", "a");
      world.run(1000);
      byte[] digest = Hashes.sha256(new byte[] {5});
      DeviceEvent.Builder want = beat(world).toBuilder();
      want.getWantBuilder().addSha256(ByteString.copyFrom(digest));
      byte[] sealed = EventAuth.seal(device.linkKey(), "acme", "cam-0", want.build());
      world.link.send("cam-0", Topic.Channel.EVT, sealed);
      world.settle();
      assertEquals(Hashes.hex(digest), world.wanted.get(0).hex());
    }
  }
}
