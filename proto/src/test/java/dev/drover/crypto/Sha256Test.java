package dev.drover.crypto;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.junit.jupiter.api.Test;

class Sha256Test {
  /** FIPS 180-4 example. */
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @Test
  void digest_ofParts_isThatOfTheWhole() {
    byte[] abc = "abc".getBytes(StandardCharsets.UTF_8);
    assertEquals(ABC, Sha256.of(abc).hex());
    assertEquals(Sha256.of(abc), Sha256.of(new byte[] {'a'}, new byte[] {'b', 'c'}));
    MessageDigest running = Hashes.newSha256();
    running.update(abc);
    assertEquals(ABC, Sha256.finish(running).toString());
  }

  @Test
  void value_readBack_isEqualAndKeepsItsBytes() {
    Sha256 digest = Sha256.fromHex(ABC);
    byte[] bytes = digest.toBytes();
    assertEquals(digest, Sha256.fromBytes(bytes));
    assertEquals(digest.hashCode(), Sha256.fromBytes(bytes).hashCode());
    byte[] kept = bytes.clone();
    Sha256 copied = Sha256.fromBytes(bytes);
    bytes[0] = 0;
    assertArrayEquals(kept, copied.toBytes());
    copied.toBytes()[0] = 0;
    assertArrayEquals(kept, copied.toBytes());
    assertNotEquals(digest, Sha256.of());
  }

  @Test
  void order_isThatOfUnsignedBytes() {
    Sha256 small = Sha256.fromHex("00".repeat(32));
    Sha256 large = Sha256.fromHex("ff".repeat(32));
    assertTrue(small.compareTo(large) < 0);
    assertTrue(large.compareTo(small) > 0);
    assertEquals(0, small.compareTo(Sha256.fromHex("00".repeat(32))));
  }

  @Test
  void otherForms_areRefused() {
    for (String bad :
        List.of(
            "", ABC + "0", ABC.substring(2), "zz" + ABC.substring(2), "BA" + ABC.substring(2))) {
      assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> Sha256.fromHex(bad));
    }
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> Sha256.fromBytes(new byte[31]));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> Sha256.fromBytes(new byte[33]));
  }
}
