package dev.drover.hub.link;

import dev.drover.hub.core.BrokerLink;
import dev.drover.wire.Topic;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Keeps what the hub gets; answers at once unless told to stall. */
public final class RecordingListener implements BrokerLink.Listener {
  private final List<String> messages = new CopyOnWriteArrayList<>();
  private final List<CompletableFuture<Void>> stalled = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> refuseNext = new AtomicReference<>();
  private final AtomicInteger connected = new AtomicInteger();
  private boolean stalling;

  @Override
  public CompletionStage<Void> onDeviceMessage(
      String device, Topic.Channel channel, byte[] payload) {
    String text =
        payload.length > 64
            ? payload.length + " bytes"
            : new String(payload, StandardCharsets.UTF_8);
    Throwable refusal = refuseNext.getAndSet(null);
    if (refusal != null) {
      return CompletableFuture.failedFuture(refusal);
    }
    messages.add(device + " " + channel.word() + " " + text);
    CompletableFuture<Void> later = new CompletableFuture<>();
    synchronized (stalled) {
      if (stalling) {
        stalled.add(later);
        return later;
      }
    }
    later.complete(null);
    return later;
  }

  @Override
  public void onConnected() {
    connected.incrementAndGet();
  }

  /** Returns how often the link came up. */
  int connected() {
    return connected.get();
  }

  void refuseNext(Throwable failure) {
    refuseNext.set(failure);
  }

  void stall() {
    synchronized (stalled) {
      stalling = true;
    }
  }

  void resume() {
    List<CompletableFuture<Void>> waiting;
    synchronized (stalled) {
      stalling = false;
      waiting = List.copyOf(stalled);
      stalled.clear();
    }
    waiting.forEach(stage -> stage.complete(null));
  }

  /** Returns "device channel text" of each message, in order. */
  public List<String> messages() {
    return List.copyOf(messages);
  }

  /** Forgets the messages. */
  public void clear() {
    messages.clear();
  }
}
