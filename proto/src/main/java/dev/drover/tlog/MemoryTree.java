package dev.drover.tlog;

import dev.drover.crypto.Sha256;
import java.util.ArrayList;
import java.util.List;

/** A small tree with all its nodes in memory. Not thread-safe. */
final class MemoryTree implements NodeSource {
  private final CompactRange range = new CompactRange();
  private final List<List<Sha256>> levels = new ArrayList<>();

  void append(Sha256 leafHash) {
    range.append(
        leafHash,
        (level, index, hash) -> {
          if (level == levels.size()) {
            levels.add(new ArrayList<>());
          }
          levels.get(level).add(hash);
        });
  }

  Sha256 root() {
    return range.root();
  }

  long size() {
    return range.size();
  }

  @Override
  public Sha256 node(int level, long index) {
    return levels.get(level).get(Math.toIntExact(index));
  }
}
