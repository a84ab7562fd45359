package dev.drover.envelope;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.crypto.Ed25519;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.HubRecord;
import dev.drover.v1.HubStatement;
import dev.drover.wire.DroverException;
import dev.drover.wire.EgressGuard;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.nio.charset.StandardCharsets;

/**
 * Signs and checks what goes into the audit log: batches of a device under its audit key, records
 * of the hub under its online key. Ed25519 over a domain and the statement's bytes. Thread-safe.
 */
public final class AuditAuth {
  private static final byte[] DEVICE_DOMAIN =
      "drover/v1 audit-batch\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] HUB_DOMAIN =
      "drover/v1 hub-record\n".getBytes(StandardCharsets.UTF_8);

  private AuditAuth() {}

  /**
   * Signs a batch after checking it against its egress classes.
   *
   * @param seed of the device's audit key
   * @throws DroverException with {@link ErrorCode#EGRESS_REFUSED} or {@link
   *     ErrorCode#LIMIT_EXCEEDED}
   */
  public static AuditUpload sign(byte[] seed, BatchStatement statement) {
    byte[] bytes = statement.toByteArray();
    AuditUpload upload =
        AuditUpload.newBuilder()
            .setStatement(ByteString.copyFrom(bytes))
            .setSignature(ByteString.copyFrom(Ed25519.sign(seed, domain(DEVICE_DOMAIN, bytes))))
            .build();
    EgressGuard.check(upload);
    Limits.check("The audit batch", upload.getSerializedSize(), Limits.AUDIT_LEAF_BYTES_MAX);
    return upload;
  }

  /**
   * Checks a received batch and returns its statement.
   *
   * @param publicKey the device's audit key
   * @throws DroverException with {@link ErrorCode#SIGNATURE_INVALID}, {@link
   *     ErrorCode#EGRESS_REFUSED} or {@link ErrorCode#MESSAGE_MALFORMED}
   */
  public static BatchStatement check(byte[] publicKey, AuditUpload upload) {
    Limits.check("The audit batch", upload.getSerializedSize(), Limits.AUDIT_LEAF_BYTES_MAX);
    byte[] bytes = upload.getStatement().toByteArray();
    byte[] signature = upload.getSignature().toByteArray();
    if (!Ed25519.verify(publicKey, domain(DEVICE_DOMAIN, bytes), signature)) {
      throw new DroverException(
          ErrorCode.SIGNATURE_INVALID, "An audit batch is not signed by its device.");
    }
    EgressGuard.checkReceived(upload);
    try {
      return BatchStatement.parseFrom(bytes);
    } catch (InvalidProtocolBufferException broken) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "An audit batch does not parse.", broken);
    }
  }

  /** Signs a record of the hub with the seed of its online key. */
  public static HubRecord sign(byte[] seed, HubStatement statement) {
    byte[] bytes = statement.toByteArray();
    return HubRecord.newBuilder()
        .setStatement(ByteString.copyFrom(bytes))
        .setSignature(ByteString.copyFrom(Ed25519.sign(seed, domain(HUB_DOMAIN, bytes))))
        .build();
  }

  /**
   * Checks a record of the hub and returns its statement.
   *
   * @throws DroverException with {@link ErrorCode#SIGNATURE_INVALID} or {@link
   *     ErrorCode#MESSAGE_MALFORMED}
   */
  public static HubStatement check(byte[] publicKey, HubRecord record) {
    byte[] bytes = record.getStatement().toByteArray();
    byte[] signature = record.getSignature().toByteArray();
    if (!Ed25519.verify(publicKey, domain(HUB_DOMAIN, bytes), signature)) {
      throw new DroverException(ErrorCode.SIGNATURE_INVALID, "A record is not signed by the hub.");
    }
    try {
      return HubStatement.parseFrom(bytes);
    } catch (InvalidProtocolBufferException broken) {
      throw new DroverException(ErrorCode.MESSAGE_MALFORMED, "A record does not parse.", broken);
    }
  }

  private static byte[] domain(byte[] domain, byte[] bytes) {
    byte[] all = new byte[domain.length + bytes.length];
    System.arraycopy(domain, 0, all, 0, domain.length);
    System.arraycopy(bytes, 0, all, domain.length, bytes.length);
    return all;
  }
}
