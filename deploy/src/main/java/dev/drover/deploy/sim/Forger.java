package dev.drover.deploy.sim;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.crypto.Hashes;
import dev.drover.envelope.CommandAuth;
import dev.drover.v1.Command;
import dev.drover.v1.CommandEnvelope;
import dev.drover.v1.CommandMark;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.EventEnvelope;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Lease;
import dev.drover.v1.LeaseRevocation;
import dev.drover.wire.Topic;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a lying broker makes of messages. It reads everything and has no key of anybody's: it flips
 * bits, changes what is signed, and signs commands of its own under the hub's name.
 */
final class Forger {
  private static final byte[] OWN_SEED = Hashes.sha256(new byte[] {9});
  private static final long HOUR_MS = 3_600_000;

  private final RandomGenerator random;
  private final Map<String, CommandMark> marks = new TreeMap<>();
  private @Nullable Command lease;

  Forger(RandomGenerator random) {
    this.random = random;
  }

  /** Learns from a command that passes by. */
  void sees(String device, byte[] payload) {
    Command command = command(payload);
    if (command.getSeq() > 0) {
      CommandMark mark =
          CommandMark.newBuilder()
              .setHubEpoch(command.getHubEpoch())
              .setSeq(command.getSeq())
              .build();
      marks.put(device, mark);
    }
    lease = command.hasLease() ? command : lease;
  }

  /** Returns what it gives in place of a message. */
  byte[] forged(boolean up, String device, Topic.Channel channel, byte[] payload) {
    if (payload.length == 0) {
      return payload;
    }
    int how = random.nextInt(3);
    if (up) {
      return how == 0 && channel == Topic.Channel.EVT ? lied(payload) : flipped(payload);
    }
    Command granted = lease;
    CommandMark mark = marks.get(device);
    if (how == 0 || granted == null || mark == null) {
      return flipped(payload);
    }
    return how == 1 ? changed(payload) : invented(device, granted, mark);
  }

  private byte[] flipped(byte[] payload) {
    byte[] bytes = payload.clone();
    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    return bytes;
  }

  /** A report of success where there was another one, under the seal of that one. */
  private byte[] lied(byte[] payload) {
    try {
      EventEnvelope envelope = EventEnvelope.parseFrom(payload);
      DeviceEvent.Builder event = DeviceEvent.parseFrom(envelope.getEvent()).toBuilder();
      if (event.hasReport()) {
        event.getReportBuilder().setState(ExecutionState.SUCCEEDED).setError(0);
      } else {
        event.setSeq(event.getSeq() + 1);
      }
      return envelope.toBuilder().setEvent(event.build().toByteString()).build().toByteArray();
    } catch (InvalidProtocolBufferException rubbish) {
      return flipped(payload);
    }
  }

  /** The same command, good for longer or for more, under the signature that it had. */
  private byte[] changed(byte[] payload) {
    Command.Builder command = command(payload).toBuilder();
    command.setExpiresMs(command.getExpiresMs() + HOUR_MS);
    if (command.hasLease()) {
      longer(command.getLeaseBuilder());
    } else if (command.hasRevocation()) {
      command.setRevocation(LeaseRevocation.getDefaultInstance());
    }
    try {
      return CommandEnvelope.parseFrom(payload).toBuilder()
          .setCommand(command.build().toByteString())
          .build()
          .toByteArray();
    } catch (InvalidProtocolBufferException rubbish) {
      return flipped(payload);
    }
  }

  /** The next command of the device: one more attempt of what somebody was granted. */
  private byte[] invented(String device, Command granted, CommandMark mark) {
    Command.Builder command =
        granted.toBuilder()
            .setDevice(device)
            .setHubEpoch(mark.getHubEpoch())
            .setSeq(mark.getSeq() + 1)
            .setExpiresMs(granted.getExpiresMs() + HOUR_MS);
    longer(command.getLeaseBuilder());
    command.getLeaseBuilder().setAttempt(granted.getLease().getAttempt() + 1);
    return CommandAuth.sign(OWN_SEED, List.of(command.build())).get(0).toByteArray();
  }

  private static void longer(Lease.Builder lease) {
    lease
        .setExpiresMs(lease.getExpiresMs() + HOUR_MS)
        .setDeadlineMs(lease.getDeadlineMs() + HOUR_MS);
  }

  private static Command command(byte[] payload) {
    try {
      return Command.parseFrom(CommandEnvelope.parseFrom(payload).getCommand());
    } catch (InvalidProtocolBufferException rubbish) {
      return Command.getDefaultInstance();
    }
  }
}
