package dev.drover.content;

import dev.drover.crypto.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** The machine's own file system. */
final class RealBlockFiles implements BlockFiles {
  private record RealFile(FileChannel channel) implements BlockFile {
    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public int read(ByteBuffer to, long position) throws IOException {
      return channel.read(to, position);
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      return channel.write(from, position);
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void sync() throws IOException {
      channel.force(true);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  @Override
  public BlockFile open(Path file) throws IOException {
    return new RealFile(
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  @Override
  public long usableBytes(Path file) throws IOException {
    return Files.getFileStore(file).getUsableSpace();
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    syncDirectoryOf(to);
  }

  @Override
  public void delete(Path file) {
    DurableFiles.delete(file);
  }

  @Override
  public void syncDirectoryOf(Path file) {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      DurableFiles.syncDirectory(directory);
    }
  }
}
