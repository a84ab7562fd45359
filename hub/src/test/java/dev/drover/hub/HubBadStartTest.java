package dev.drover.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.testkit.LiveJvm;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub that cannot start says why and what helps, and harms nobody. */
class HubBadStartTest {
  @TempDir private Path directory;

  private void assertRefused(int exit, String code, String cause, Path data, String... settings) {
    List<String> words = new ArrayList<>(List.of("run", "--data", data.toString()));
    for (String setting : settings) {
      words.addAll(List.of("--set", setting));
    }
    try (LiveJvm hub = LiveJvm.start(directory, Main.class, words.toArray(String[]::new))) {
      assertEquals(exit, hub.awaitExit(), hub::output);
      String said = hub.output().replaceAll("\\s+", " ");
      assertTrue(said.contains("drover: " + code + ": "), said);
      assertTrue(said.contains(cause), said);
      assertTrue(said.contains(" next: "), said);
    }
  }

  @Test
  void secondHub_onADataDirectoryOrAPort_isRefused_andTheFirstGoesOn() {
    Path data = directory.resolve("hub");
    try (HubFixture first = HubFixture.withoutBroker(data)) {
      String any = "broker.port=0";
      assertRefused(70, "DATA_DIRECTORY_IN_USE", "Another process", data, "api.port=0", any);
      String port = first.address().substring(first.address().lastIndexOf(':') + 1);
      Path other = directory.resolve("other");
      assertRefused(73, "PORT_IN_USE", "port " + port, other, "api.port=" + port, any);
      String tenant =
          first.as(Role.ADMIN).calls().getHub(GetHubRequest.getDefaultInstance()).getTenant();
      assertEquals("default", tenant);
    }
  }

  @Test
  void unknownSetting_isRefusedWithTheNearestOne_beforeAnythingIsMade() {
    Path data = directory.resolve("hub");
    assertRefused(64, "CONFIG_UNKNOWN_KEY", "api.port", data, "api.prot=1");
    assertFalse(Files.exists(data));
  }
}
