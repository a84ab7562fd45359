package dev.drover.envelope;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.Sha256;
import dev.drover.tlog.BatchProof;
import dev.drover.tlog.MerkleBatch;
import dev.drover.v1.Command;
import dev.drover.v1.CommandEnvelope;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Signs commands of the hub and checks them on the device.
 *
 * <p>One Ed25519 signature covers a batch: it signs the root of an RFC 6962 tree over the commands'
 * bytes under a domain ({@link MerkleBatch#signedBytes}), and each envelope carries the path of its
 * own command. Thread-safe.
 */
public final class CommandAuth {
  private static final String DOMAIN = "drover/v1 commands";
  private static final int KEY_ID_BYTES = 8;

  private CommandAuth() {}

  /** Returns the 8 bytes by which an envelope names the hub's key. */
  public static byte[] keyId(byte[] publicKey) {
    return Arrays.copyOf(Hashes.sha256(publicKey), KEY_ID_BYTES);
  }

  /**
   * Signs commands together.
   *
   * @param seed of the hub's online key
   * @param commands 1 to {@link Limits#COMMANDS_PER_SIGNATURE_MAX}
   * @return an envelope for each command, in order
   * @throws DroverException with {@link ErrorCode#LIMIT_EXCEEDED}
   */
  public static List<CommandEnvelope> sign(byte[] seed, List<Command> commands) {
    Limits.check("The number of commands", commands.size(), Limits.COMMANDS_PER_SIGNATURE_MAX);
    List<byte[]> leaves = new ArrayList<>(commands.size());
    for (Command command : commands) {
      byte[] bytes = command.toByteArray();
      Limits.check("The command's size", bytes.length, Limits.COMMAND_BYTES_MAX);
      leaves.add(bytes);
    }
    MerkleBatch batch = MerkleBatch.of(leaves);
    ByteString signature = ByteString.copyFrom(Ed25519.sign(seed, batch.signedBytes(DOMAIN)));
    ByteString keyId = ByteString.copyFrom(keyId(Ed25519.publicKey(seed)));
    List<CommandEnvelope> envelopes = new ArrayList<>(commands.size());
    for (int i = 0; i < leaves.size(); i++) {
      CommandEnvelope.Builder envelope =
          CommandEnvelope.newBuilder()
              .setCommand(ByteString.copyFrom(leaves.get(i)))
              .setKeyId(keyId)
              .setSignature(signature)
              .setLeafIndex(i)
              .setTreeSize(leaves.size());
      for (Sha256 node : batch.proof(i).path()) {
        envelope.addPath(ByteString.copyFrom(node.toBytes()));
      }
      envelopes.add(envelope.build());
    }
    return envelopes;
  }

  /**
   * Opens what came on this device's command topic.
   *
   * @param publicKey the hub's online key, from enrolment
   * @return the command, which is addressed to this device; its time and number are not checked yet
   * @throws DroverException with {@link ErrorCode#LIMIT_EXCEEDED}, {@link
   *     ErrorCode#MESSAGE_MALFORMED} or {@link ErrorCode#SIGNATURE_INVALID}
   */
  public static Command open(byte[] publicKey, String tenant, String device, byte[] payload) {
    Limits.check("The command's size", payload.length, Limits.COMMAND_BYTES_MAX + 4096);
    try {
      CommandEnvelope envelope = CommandEnvelope.parseFrom(payload);
      byte[] bytes = envelope.getCommand().toByteArray();
      if (!verified(publicKey, envelope, bytes)) {
        throw new DroverException(
            ErrorCode.SIGNATURE_INVALID, "A command is not signed by this hub.");
      }
      Command command = Command.parseFrom(bytes);
      if (!command.getTenant().equals(tenant) || !command.getDevice().equals(device)) {
        throw new DroverException(
            ErrorCode.SIGNATURE_INVALID, "A command is addressed to another device.");
      }
      return command;
    } catch (InvalidProtocolBufferException broken) {
      throw new DroverException(ErrorCode.MESSAGE_MALFORMED, "A command does not parse.", broken);
    }
  }

  private static boolean verified(byte[] publicKey, CommandEnvelope envelope, byte[] bytes) {
    if (!Arrays.equals(keyId(publicKey), envelope.getKeyId().toByteArray())
        || envelope.getTreeSize() > Limits.COMMANDS_PER_SIGNATURE_MAX
        || envelope.getLeafIndex() > Limits.COMMANDS_PER_SIGNATURE_MAX) {
      return false;
    }
    List<Sha256> path = new ArrayList<>();
    for (ByteString node : envelope.getPathList()) {
      if (node.size() != Hashes.SHA256_BYTES) {
        return false;
      }
      path.add(Sha256.fromBytes(node.toByteArray()));
    }
    BatchProof proof =
        new BatchProof((int) envelope.getLeafIndex(), (int) envelope.getTreeSize(), path);
    return proof.verify(DOMAIN, bytes, publicKey, envelope.getSignature().toByteArray());
  }
}
