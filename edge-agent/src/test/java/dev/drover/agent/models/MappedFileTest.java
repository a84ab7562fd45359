package dev.drover.agent.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFileTest {
  @TempDir Path directory;

  @Test
  void of_fileThisProcessHasMapped_givesItsInode() throws IOException {
    Path file = Files.write(directory.resolve("a model.gguf"), new byte[100_000]);
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    assertTrue(MappedFile.ofSelf(file).isEmpty());
    try (FileChannel channel = FileChannel.open(file)) {
      MappedByteBuffer mapping = channel.map(FileChannel.MapMode.READ_ONLY, 0, 100_000);

      MappedFile mapped = MappedFile.ofSelf(link).orElseThrow();

      assertEquals(Files.getAttribute(file, "unix:ino"), mapped.inode());
      assertTrue(mapped.mappedBytes() >= 100_000);
      assertTrue(mapped.isStill());
      Path other = Files.write(directory.resolve("other"), new byte[100_000]);
      Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
      assertFalse(mapped.isStill());
      assertTrue(MappedFile.ofSelf(file).isEmpty() || MappedFile.ofSelf(file).get().deleted());
      assertEquals(100_000, mapping.limit());
    }
  }

  @Test
  void of_severalMappings_addsThem() throws IOException {
    Path maps = directory.resolve("maps");
    Files.writeString(
        maps,
        """
        7f0000000000-7f0000002000 r--s 00000000 fd:01 42 /models/a b.gguf
        7f0000002000-7f0000003000 r--s 00002000 fd:01 42 /models/a b.gguf
        7f0000003000-7f0000004000 rw-p 00000000 00:00 0
        7f0000004000-7f0000005000 r--s 00000000 fd:01 43 /models/c.gguf (deleted)
        7ffc00000000-7ffc00001000 rw-p 00000000 00:00 0 [stack]
        """);

    MappedFile file = MappedFile.of(maps, Path.of("/models/a b.gguf")).orElseThrow();
    assertEquals(new MappedFile("fd:01", 42, Path.of("/models/a b.gguf"), 0x3000, false), file);
    assertTrue(MappedFile.of(maps, Path.of("/models/c.gguf")).orElseThrow().deleted());
    assertTrue(MappedFile.of(maps, Path.of("/models/d.gguf")).isEmpty());
  }
}
