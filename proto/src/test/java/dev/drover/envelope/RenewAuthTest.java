package dev.drover.envelope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import dev.drover.crypto.KeyFiles;
import dev.drover.v1.RenewRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.security.KeyPair;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class RenewAuthTest {
  private final KeyPair pair = KeyFiles.newP256(new SecureRandom());
  private final RenewRequest signed =
      RenewAuth.sign(
          pair.getPrivate(),
          RenewRequest.newBuilder()
              .setDevice("d")
              .setCsr(ByteString.copyFromUtf8("a"))
              .setBulkCsr(ByteString.copyFromUtf8("bc"))
              .setTimeMs(5)
              .build());

  @Test
  void request_signed_isAccepted() {
    RenewAuth.check(pair.getPublic(), signed);
  }

  @Test
  void request_changedAnywhere_isRefused() {
    refused(signed.toBuilder().setTimeMs(6).build());
    refused(
        signed.toBuilder()
            .setCsr(ByteString.copyFromUtf8("ab"))
            .setBulkCsr(ByteString.copyFromUtf8("c"))
            .build());
    refused(signed.toBuilder().setSignature(ByteString.copyFromUtf8("x")).build());
  }

  @Test
  void request_ofAnotherKey_isRefused() {
    KeyPair other = KeyFiles.newP256(new SecureRandom());
    assertThrows(DroverException.class, () -> RenewAuth.check(other.getPublic(), signed));
  }

  private void refused(RenewRequest request) {
    DroverException refusal =
        assertThrows(DroverException.class, () -> RenewAuth.check(pair.getPublic(), request));
    assertEquals(ErrorCode.SIGNATURE_INVALID, refusal.code());
  }
}
