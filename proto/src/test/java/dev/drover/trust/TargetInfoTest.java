package dev.drover.trust;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.wire.ErrorCode;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Section 5.7: what is listed about a file, and the check of its bytes. */
class TargetInfoTest extends TufFixture {

  @Test
  void target_listed_verifiesItsBytesOnly() {
    repository.addTarget("targets", "dir/file");
    repository.publishAll();
    TargetInfo target = refresh().find("dir/file").orElseThrow();

    target.verify("dir/file".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertEquals(8, target.lengthBytes());
    assertEquals("targets", target.custom().get("by").textValue());
    assertEquals(target.sha256(), target.hashes().get("sha256"));
    assertArrayEquals(
        new ErrorCode[] {
          ErrorCode.DIGEST_MISMATCH, ErrorCode.LIMIT_EXCEEDED, ErrorCode.DIGEST_MISMATCH
        },
        new ErrorCode[] {
          Codes.of(() -> target.verify(new byte[8])),
          Codes.of(() -> target.verify(new byte[9])),
          Codes.of(() -> target.verify(new byte[7]))
        });
    assertTrue(refresh().find("dir/other").isEmpty());
  }

  @Test
  void target_withUnknownHashesOnly_isListedAndCannotBeVerified() {
    repository.addTarget("targets", "good");
    ObjectNode entry =
        ((ObjectNode) repository.targetsOf("targets").get("targets")).putObject("odd");
    entry.put("length", 5_000_000_000L).putObject("hashes").put("md5", "00");
    repository.publishAll();
    TrustedRepository trusted = refresh();

    TargetInfo odd = trusted.find("odd").orElseThrow();
    assertEquals(5_000_000_000L, odd.lengthBytes());
    assertEquals(ErrorCode.MESSAGE_MALFORMED, Codes.of(odd::newVerifier));
    assertEquals(ErrorCode.MESSAGE_MALFORMED, Codes.of(odd::sha256));
    assertEquals(2, trusted.topLevelTargets().size());
  }

  @Test
  void extraField_ofTargets_isReturnedAndAbsentOneIsEmpty() {
    repository.targetsOf("targets").put("x-floor", 12);
    repository.publishAll();
    TrustedRepository trusted = refresh();
    assertEquals(12, trusted.extra("x-floor").orElseThrow().intValue());
    assertTrue(trusted.extra("x-other").isEmpty());
    assertEquals(Instant.parse(TestRepository.FAR), trusted.validUntil());
  }
}
