package dev.drover.hub.link;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ConnectionCountTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger(ConnectionCount.class);
  private final ListAppender<ILoggingEvent> said = new ListAppender<>();
  private final ConnectionCount count = new ConnectionCount(10);

  @BeforeEach
  void listen() {
    said.start();
    logger.addAppender(said);
  }

  @AfterEach
  void leave() {
    logger.detachAppender(said);
  }

  @Test
  void nearlyFull_isSaidOnce_andAgainAfterManyHaveLeft() {
    connect(8);
    assertEquals(0, said.list.size());
    connect(2);
    assertEquals(1, said.list.size());
    disconnect(2);
    connect(2);
    assertEquals(1, said.list.size());
    disconnect(3);
    connect(3);
    assertEquals(2, said.list.size());
    assertEquals(10, count.now());
  }

  private void connect(int clients) {
    for (int i = 0; i < clients; i++) {
      count.connected();
    }
  }

  private void disconnect(int clients) {
    for (int i = 0; i < clients; i++) {
      count.disconnected();
    }
  }
}
