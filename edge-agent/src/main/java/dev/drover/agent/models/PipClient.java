package dev.drover.agent.models;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs the pip that is on the path, to download and nothing else. */
final class PipClient {
  private static final Duration LIMIT = Duration.ofMinutes(30);
  private static final int REASON_CHARS_MAX = 200;

  private final Map<String, String> environment;

  PipClient(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * Downloads one wheel.
   *
   * @param requirement pinned, {@code name==version}
   * @param directory empty; pip's temporary files go there too
   * @return the wheel
   * @throws IOException why not, in words for a person
   */
  Path download(String requirement, Path directory) throws IOException {
    Path log = directory.resolve("pip.log");
    List<String> command = new ArrayList<>(find());
    command.addAll(
        List.of(
            "download",
            "--quiet",
            "--no-input",
            "--no-deps",
            "--no-cache-dir",
            "--only-binary=:all:",
            "--disable-pip-version-check",
            "--dest",
            directory.toString(),
            "--",
            requirement));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("TMPDIR", directory.toString());
    Process process = builder.start();
    try {
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException("pip did not end in " + LIMIT.toMinutes() + " minutes");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the download was interrupted", e);
    } finally {
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      throw new IOException("pip fails on " + requirement + ": " + reason(log));
    }
    return PipFetcher.onlyWheel(directory);
  }

  /** Returns how to call pip. */
  private List<String> find() throws IOException {
    for (String name : List.of("pip3", "pip")) {
      Path found = onPath(name);
      if (found != null) {
        return List.of(found.toString());
      }
    }
    Path python = onPath("python3");
    if (python != null) {
      return List.of(python.toString(), "-m", "pip");
    }
    throw new IOException("there is no pip on the path");
  }

  private @Nullable Path onPath(String name) {
    for (String part : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      Path candidate = Path.of(part).resolve(name);
      if (!part.isEmpty() && Files.isExecutable(candidate) && Files.isRegularFile(candidate)) {
        return candidate;
      }
    }
    return null;
  }

  private static String reason(Path log) throws IOException {
    List<String> lines =
        new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.startsWith("ERROR") || line.contains("No module named pip"))
            .toList();
    String last = lines.isEmpty() ? "no reason given" : lines.get(lines.size() - 1);
    return last.length() > REASON_CHARS_MAX ? last.substring(0, REASON_CHARS_MAX) : last;
  }
}
