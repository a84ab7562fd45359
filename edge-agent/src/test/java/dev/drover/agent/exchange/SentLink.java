package dev.drover.agent.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.agent.core.ControlLink;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.EventEnvelope;
import dev.drover.wire.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A link that is up and keeps what is sent. */
final class SentLink implements ControlLink {
  private final List<byte[]> sent = new ArrayList<>();
  private volatile byte[] presence = new byte[0];

  List<DeviceEvent> events() {
    return sent.stream().map(SentLink::event).toList();
  }

  List<DeviceEvent> reports() {
    return events().stream().filter(DeviceEvent::hasReport).toList();
  }

  long hellos() {
    return events().stream().filter(DeviceEvent::hasHello).count();
  }

  DeviceEvent last() {
    return events().get(events().size() - 1);
  }

  byte[] question() {
    List<DeviceEvent> questions = events().stream().filter(DeviceEvent::hasTime).toList();
    assertEquals(1, questions.size());
    return questions.get(0).getTime().getNonce().toByteArray();
  }

  byte[] presence() {
    return presence;
  }

  private static DeviceEvent event(byte[] sealed) {
    try {
      return DeviceEvent.parseFrom(EventEnvelope.parseFrom(sealed).getEvent());
    } catch (IOException broken) {
      throw new AssertionError(broken);
    }
  }

  @Override
  public void start(Listener listener) {}

  @Override
  public boolean connected() {
    return true;
  }

  @Override
  public Optional<String> trouble() {
    return Optional.empty();
  }

  @Override
  public CompletionStage<Void> publish(Topic.Channel channel, byte[] payload) {
    if (channel == Topic.Channel.EVT) {
      sent.add(payload);
    }
    if (channel == Topic.Channel.PRESENCE) {
      presence = payload;
    }
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<Map<String, byte[]>> fetchRetained(
      Collection<String> topics, Duration deadline) {
    return CompletableFuture.completedFuture(Map.of());
  }

  @Override
  public void reconnect() {}

  @Override
  public void close() {}
}
