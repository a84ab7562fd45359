package dev.drover.hub.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddedBrokerConfigTest {
  private static final long MIB = 1L << 20;

  @Test
  void connections_followTheHeap_withinBounds() {
    assertEquals(500, EmbeddedBrokerConfig.connectionsFor(64 * MIB));
    assertEquals(3_072, EmbeddedBrokerConfig.connectionsFor(224 * MIB));
    assertEquals(12_288, EmbeddedBrokerConfig.connectionsFor(512 * MIB));
    assertEquals(25_000, EmbeddedBrokerConfig.connectionsFor(Long.MAX_VALUE));
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 3_000, 10_500, 25_000})
  void heapForConnections_hasRoomForThem(int connections) {
    long heap = EmbeddedBrokerConfig.heapMib(connections) * MIB;
    assertTrue(EmbeddedBrokerConfig.connectionsFor(heap) >= connections);
  }
}
