package dev.drover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlacesTest {
  @Test
  void places_withNothingSaid_lieInTheHomeOfTheEnvironment() {
    Map<String, String> environment = Map.of("HOME", "/home/ana", "DROVER_CACHE", "");
    assertEquals(Path.of("/home/ana/.cache/drover"), Places.cache(environment));
    assertEquals(Path.of("/home/ana/.drover/agent"), Places.agentData(environment));
    assertEquals(Path.of("/home/ana/.drover/hub"), Places.hubData(environment));
    assertEquals(Path.of("/home/ana/.drover/operator.pem"), Places.operatorFile(environment));
  }

  @Test
  void places_thatAreNamed_winOverTheHome() {
    Map<String, String> environment =
        Map.of("DROVER_CACHE", "/c", "DROVER_AGENT_DATA", "/a", "DROVER_OPERATOR", "/o");
    assertEquals(Path.of("/c"), Places.cache(environment));
    assertEquals(Path.of("/a"), Places.agentData(environment));
    assertEquals(Path.of("/o"), Places.operatorFile(environment));
  }

  @Test
  void home_withoutOneInTheEnvironment_isTheUsers() {
    assertEquals(Path.of(System.getProperty("user.home")), Places.home(Map.of()));
  }
}
