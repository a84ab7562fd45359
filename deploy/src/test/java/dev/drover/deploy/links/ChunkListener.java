package dev.drover.deploy.links;

import dev.drover.agent.core.BulkLink;
import dev.drover.crypto.Hashes;
import java.util.ArrayList;
import java.util.List;

/** Keeps the names of chunks, and of those that are not what their name says. */
final class ChunkListener implements BulkLink.Listener {
  private final List<String> names = new ArrayList<>();
  private final List<String> damaged = new ArrayList<>();
  private int losses;

  synchronized List<String> names() {
    return List.copyOf(names);
  }

  synchronized List<String> damaged() {
    return List.copyOf(damaged);
  }

  synchronized int losses() {
    return losses;
  }

  @Override
  public synchronized void onChunk(String sha256, byte[] payload) {
    names.add(sha256);
    if (!Hashes.hex(Hashes.sha256(payload)).equals(sha256)) {
      damaged.add(sha256);
    }
  }

  @Override
  public synchronized void onLost() {
    losses++;
  }
}
