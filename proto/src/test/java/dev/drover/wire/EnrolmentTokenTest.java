package dev.drover.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnrolmentTokenTest {
  @Test
  void token_formattedAndParsed_isTheSame() {
    EnrolmentToken token = token("dev-1");
    EnrolmentToken read = EnrolmentToken.parse("\n " + token.format() + "\n");
    assertEquals(token.hubs(), read.hubs());
    assertEquals(token.caSha256(), read.caSha256());
    assertEquals("", read.rootSha256());
    assertArrayEquals(token.id(), read.id());
    assertArrayEquals(token.secret(), read.secret());
    assertEquals("dev-1", read.device());
    assertEquals("default", read.tenant());
  }

  @Test
  void token_asText_showsNoSecret() {
    assertFalse(token("dev-1").toString().contains("07"));
  }

  @Test
  void text_ofAnotherKind_isRefusedWithoutQuotingIt() {
    String json = "{\"hubs\":[\"h:1\"],\"secret\":\"geheim\"}";
    for (String text :
        List.of(
            "",
            "drover2.abc",
            "drover1.***",
            "drover1." + Base64.getUrlEncoder().encodeToString("geheim".getBytes(UTF_8)),
            "drover1." + Base64.getUrlEncoder().encodeToString(json.getBytes(UTF_8)))) {
      DroverException refused =
          assertThrows(DroverException.class, () -> EnrolmentToken.parse(text));
      assertEquals(ErrorCode.TOKEN_INVALID, refused.code());
      assertFalse(String.valueOf(refused.getMessage()).contains("geheim"));
    }
  }

  @Test
  void token_withBadParts_isRefused() {
    assertThrows(DroverException.class, () -> token("Hub/.."));
    assertThrows(DroverException.class, () -> token("hub"));
  }

  private static final java.nio.charset.Charset UTF_8 = StandardCharsets.UTF_8;

  private static EnrolmentToken token(String device) {
    byte[] secret = new byte[32];
    java.util.Arrays.fill(secret, (byte) 7);
    return new EnrolmentToken(
        List.of("hub.example:8443", "[::1]:8443"),
        "a".repeat(64),
        "",
        new byte[16],
        secret,
        device,
        "default");
  }
}
