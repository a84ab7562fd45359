package dev.drover.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HostPortTest {
  @ParameterizedTest
  @ValueSource(strings = {"hub.local:8883", "127.0.0.1:1", "[::1]:8883", "[fe80::1]:65535"})
  void address_parsed_printsTheSame(String text) {
    assertEquals(text, HostPort.parse(text).toString());
  }

  @Test
  void ipv6_parsed_losesItsBrackets() {
    assertEquals(new HostPort("::1", 8883), HostPort.parse("[::1]:8883"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hub",
        "hub:",
        ":1",
        "hub:x",
        "hub:65536",
        "hub:-1",
        "::1:8883",
        "[hub]:1",
        "[::1]",
        "a b:1",
        "a/b:1",
        "[]:1",
        "user@hub:1",
        "é:1",
        "hub:٣"
      })
  void address_malformed_isRefused(String text) {
    assertEquals(
        ErrorCode.INVALID_ARGUMENT,
        assertThrows(DroverException.class, () -> HostPort.parse(text)).code());
  }
}
