package dev.drover.agent.release;

import dev.drover.agent.core.ControlLink;
import dev.drover.agent.exchange.Waiting;
import dev.drover.trust.Fetcher;
import dev.drover.trust.RoleVersion;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Release metadata as the broker retains it. */
final class RetainedMetadata implements Fetcher {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final ControlLink link;
  private final Topics topics;

  RetainedMetadata(ControlLink link, Topics topics) {
    this.link = link;
    this.topics = topics;
  }

  @Override
  public Optional<byte[]> fetch(RoleVersion name, int bytesMax) {
    String topic = topic(name);
    Map<String, byte[]> found = Waiting.join(link.fetchRetained(List.of(topic), DEADLINE));
    byte[] document = found.get(topic);
    if (document != null && document.length > bytesMax) {
      throw new DroverException(ErrorCode.LIMIT_EXCEEDED, "A metadata document is too long.");
    }
    return Optional.ofNullable(document).filter(bytes -> bytes.length > 0);
  }

  private String topic(RoleVersion name) {
    if (name.role().equals(RoleVersion.TIMESTAMP)) {
      return topics.timestamp();
    }
    return name.role().equals(RoleVersion.ROOT)
        ? topics.root(name.version())
        : topics.meta(name.version(), name.role());
  }
}
