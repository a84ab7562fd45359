package dev.drover.testkit;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.opentest4j.AssertionFailedError;

/**
 * What a test needs that not every machine has. On a person's machine the test is skipped and says
 * what is missing; where {@code CI=true} it fails, because there nothing may be skipped.
 *
 * <p>This is the only class that may skip a test; the build forbids it to all others.
 */
public final class Needs {
  private static final List<String> SYSTEM_FOLDERS =
      List.of("/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin");

  private Needs() {}

  /** Returns the Mosquitto broker's program, or skips or fails the calling test. */
  public static Path mosquitto() {
    return program("mosquitto", "Debian package mosquitto");
  }

  /** Returns {@code grpcurl}, or skips or fails the calling test. */
  public static Path grpcurl() {
    return program("grpcurl", "https://github.com/fullstorydev/grpcurl");
  }

  /** Returns Prometheus' {@code promtool}, or skips or fails the calling test. */
  public static Path promtool() {
    return program("promtool", "Debian package prometheus");
  }

  /** Returns {@code prlimit}, or skips or fails the calling test. */
  public static Path prlimit() {
    return program("prlimit", "Debian package util-linux");
  }

  /** Returns {@code zsh}, or skips or fails the calling test. */
  public static Path zsh() {
    return program("zsh", "Debian package zsh");
  }

  /** Returns {@code script}, which gives a command a terminal, or skips or fails the test. */
  public static Path script() {
    return program("script", "Debian package bsdutils");
  }

  /** Returns {@code systemd-analyze}, or skips or fails the calling test. */
  public static Path systemdAnalyze() {
    return program("systemd-analyze", "Debian package systemd");
  }

  /** Returns the GGUF file of SmolLM2-135M, or skips or fails the calling test. */
  public static Path smallModel() {
    String named = System.getenv("DROVER_TEST_MODEL");
    if (named != null && Files.isReadable(Path.of(named))) {
      return Path.of(named);
    }
    throw missing(
        "Set DROVER_TEST_MODEL to the file that `deploy/drover model pull smollm2-135m` made.");
  }

  private static Path program(String name, String whereFrom) {
    Stream<String> path =
        Optional.ofNullable(System.getenv("PATH")).stream()
            .flatMap(folders -> Stream.of(folders.split(File.pathSeparator)));
    return Stream.concat(path, SYSTEM_FOLDERS.stream())
        .filter(folder -> !folder.isBlank())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> missing(name + " is not installed (" + whereFrom + ")."));
  }

  private static AssertionError missing(String what) {
    if (!"true".equals(System.getenv("CI"))) {
      Assumptions.abort(what);
    }
    return new AssertionFailedError("In CI nothing is skipped: " + what);
  }
}
