package dev.drover.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * A disk that keeps only what was synced: after a crash any of the other writes may be there, whole
 * or torn, or not. It can lose power at a given step, run full, write short and fail to sync, after
 * which, as on Linux, the lost data still reads well and the next sync succeeds.
 */
final class SimulatedFiles implements BlockFiles {
  /** Thrown in place of everything after the power is gone. */
  static final class PowerLoss extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static final class Content {
    byte[] seen = {};
    byte[] durable = {};
    final List<UnaryOperator<byte[]>> pending = new ArrayList<>();
  }

  private final Map<Path, Content> contents = new HashMap<>();
  private final SplittableRandom random;

  /** Steps until power is lost. */
  int stepsLeft = Integer.MAX_VALUE;

  int steps;
  int failingSyncs;
  int bytesPerWrite = Integer.MAX_VALUE;
  long freeBytes = Long.MAX_VALUE;
  int openFiles;
  String fullMessage = "No space left on device";

  SimulatedFiles(long seed) {
    random = new SplittableRandom(seed);
  }

  boolean exists(Path file) {
    return contents.containsKey(file);
  }

  byte[] read(Path file) {
    return content(file).seen.clone();
  }

  void write(Path file, byte[] bytes) {
    Content content = contents.computeIfAbsent(file, f -> new Content());
    content.seen = bytes.clone();
    content.durable = bytes.clone();
  }

  /** Leaves what a power loss leaves. */
  void crash() {
    for (Content content : contents.values()) {
      for (UnaryOperator<byte[]> write : content.pending) {
        if (random.nextBoolean()) {
          content.durable = write.apply(content.durable);
        }
      }
      content.pending.clear();
      content.seen = content.durable.clone();
    }
    stepsLeft = Integer.MAX_VALUE;
    openFiles = 0;
  }

  private Content content(Path file) {
    Content content = contents.get(file);
    if (content == null) {
      throw new IllegalStateException("no file " + file);
    }
    return content;
  }

  private void step() {
    steps++;
    if (stepsLeft-- <= 0) {
      throw new PowerLoss();
    }
  }

  @Override
  public BlockFile open(Path file) {
    step();
    openFiles++;
    contents.computeIfAbsent(file, f -> new Content());
    return new SimulatedFile(file);
  }

  @Override
  public long usableBytes(Path file) {
    return freeBytes;
  }

  @Override
  public void move(Path from, Path to) {
    step();
    contents.put(to, content(from));
    contents.remove(from);
  }

  @Override
  public void delete(Path file) {
    step();
    contents.remove(file);
  }

  @Override
  public void syncDirectoryOf(Path file) {
    step();
  }

  private final class SimulatedFile implements BlockFile {
    private final Content content;
    private boolean open = true;

    SimulatedFile(Path file) {
      content = content(file);
    }

    @Override
    public long size() {
      return content.seen.length;
    }

    @Override
    public int read(ByteBuffer to, long position) {
      if (position >= content.seen.length) {
        return -1;
      }
      int n = Math.min(to.remaining(), content.seen.length - (int) position);
      to.put(content.seen, (int) position, n);
      return n;
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      step();
      int n = Math.min(from.remaining(), bytesPerWrite);
      if (n > freeBytes) {
        throw new IOException(fullMessage);
      }
      freeBytes -= freeBytes == Long.MAX_VALUE ? 0 : n;
      byte[] bytes = new byte[n];
      from.get(bytes);
      content.seen = put(content.seen, bytes, (int) position, n);
      int torn = random.nextInt(n + 1);
      content.pending.add(old -> put(old, bytes, (int) position, torn));
      // A write that is not torn is more than one case in n.
      content.pending.add(old -> put(old, bytes, (int) position, n));
      return n;
    }

    private byte[] put(byte[] old, byte[] bytes, int position, int n) {
      byte[] grown = Arrays.copyOf(old, Math.max(old.length, position + n));
      System.arraycopy(bytes, 0, grown, position, n);
      return grown;
    }

    @Override
    public void truncate(long size) {
      step();
      content.seen = Arrays.copyOf(content.seen, Math.min(content.seen.length, (int) size));
      content.pending.add(old -> Arrays.copyOf(old, Math.min(old.length, (int) size)));
    }

    @Override
    public void sync() throws IOException {
      step();
      if (failingSyncs > 0) {
        failingSyncs--;
        content.pending.clear();
        throw new IOException("Input/output error");
      }
      for (UnaryOperator<byte[]> write : content.pending) {
        content.durable = write.apply(content.durable);
      }
      content.pending.clear();
    }

    @Override
    public void close() {
      if (open) {
        openFiles--;
      }
      open = false;
    }
  }
}
