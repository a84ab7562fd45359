package dev.drover.deploy.sim;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.EventEnvelope;
import dev.drover.v1.EventReceipt;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Which numbered events reached the hub at any time, of each life of a device's store. */
final class Arrivals {
  /** A receipt beyond tells a store that it is not the present one. */
  private static final long SEQ_MAX = 1L << 50;

  private final Map<String, Life> lives = new HashMap<>();

  private static final class Life {
    private final Set<Long> beyond = new HashSet<>();
    private long last;

    void take(long seq) {
      beyond.add(seq);
      while (beyond.remove(last + 1)) {
        last++;
      }
    }
  }

  /** Notes what reaches the hub. */
  void arrived(String device, byte[] payload) {
    try {
      DeviceEvent event = DeviceEvent.parseFrom(EventEnvelope.parseFrom(payload).getEvent());
      for (long i = 0; i <= event.getMoreCount() && event.getSeq() > 0; i++) {
        lives
            .computeIfAbsent(device + "|" + event.getIncarnation(), unused -> new Life())
            .take(event.getSeq() + i);
      }
    } catch (InvalidProtocolBufferException rubbish) {
      // Forged on its way: the hub cannot read it either.
    }
  }

  /** Returns whether everything that a receipt confirms has reached the hub. */
  boolean bear(String device, EventReceipt receipt) {
    Life life = lives.get(device + "|" + receipt.getIncarnation());
    return receipt.getSeq() <= (life == null ? 0 : life.last) || receipt.getSeq() > SEQ_MAX;
  }
}
