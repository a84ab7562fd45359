package dev.drover.deploy.doctor;

import dev.drover.agent.llm.AvailableMemory;
import dev.drover.agent.llm.LlamaRuntime;
import dev.drover.agent.models.Catalogue;
import dev.drover.agent.models.CatalogueModel;
import dev.drover.agent.models.ModelStore;
import dev.drover.config.Build;
import dev.drover.config.DataSize;
import dev.drover.deploy.fleet.Machine;
import dev.drover.term.Terminal;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The machine itself: Java, the model runtime, memory, the clock. */
final class MachineChecks {
  private static final int JDK_LEAST = 17;
  private static final long AGENT_BYTES = 80L << 20;
  private static final Duration FUTURE_MAX = Duration.ofDays(20 * 365);
  private static final int SECONDS_MAX = 10;
  private static final int TEXT_BYTES_MAX = 256;

  private final Findings findings;

  MachineChecks(Findings findings) {
    this.findings = findings;
  }

  void java() {
    int version = Runtime.version().feature();
    String found = Runtime.version() + " at " + System.getProperty("java.home");
    if (version < JDK_LEAST) {
      findings.fail(
          "java",
          ErrorCode.JDK_TOO_OLD,
          "This is " + found + ".",
          ErrorCode.JDK_TOO_OLD.nextStep());
    } else {
      findings.ok("java", found);
    }
  }

  void system() {
    String system = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
    findings.ok("system", system + libc());
  }

  /** Returns the version of the C library, where the system has the GNU one. */
  private static String libc() {
    try {
      Process asked = new ProcessBuilder("getconf", "GNU_LIBC_VERSION").start();
      byte[] said = asked.getInputStream().readNBytes(TEXT_BYTES_MAX);
      boolean ended = asked.waitFor(SECONDS_MAX, TimeUnit.SECONDS);
      String text = new String(said, StandardCharsets.UTF_8).strip();
      return ended && asked.exitValue() == 0 ? ", " + text : ", not glibc";
    } catch (IOException noSuchProgram) {
      return "";
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  /**
   * Tries the model runtime's library as an agent would.
   *
   * @param place directory that exists, on the disk where agents unpack it
   */
  void runtime(Path place) {
    findings.look(
        "model runtime",
        () -> {
          LlamaRuntime.requireUsable();
          Path temporary = Files.createTempDirectory(place, "doctor");
          try {
            LlamaRuntime.requireLoadable(temporary);
          } finally {
            Machine.delete(temporary);
          }
          findings.ok("model runtime", "its library loads on this processor");
        });
  }

  void memory(ModelStore store) {
    long available = AvailableMemory.bytes();
    long limit = AvailableMemory.limitBytes();
    String seen =
        size(available)
            + " available"
            + (limit == 0 ? "" : ", in a control group limited to " + size(limit));
    List<CatalogueModel> models = new ArrayList<>(Catalogue.bundled().models());
    models.sort(Comparator.comparingLong(CatalogueModel::memoryBytes));
    List<CatalogueModel> unfit = models.stream().filter(m -> needed(m) > available).toList();
    if (unfit.isEmpty()) {
      findings.ok("memory", seen + "; every model of the catalogue fits");
      return;
    }
    String names =
        String.join(", ", unfit.stream().map(m -> m.id() + " " + size(needed(m))).toList());
    boolean none = unfit.size() == models.size();
    boolean wanted = unfit.stream().anyMatch(m -> store.find(m.sha256()).isPresent());
    String what = seen + "; too little for " + names;
    if (none) {
      findings.fail(
          "memory",
          ErrorCode.MODEL_TOO_LARGE,
          what,
          "End other programs, raise the limit, or run this machine without a model.");
    } else if (wanted) {
      findings.warn("memory", what, "Use a smaller model here, or give it more memory.");
    } else {
      findings.ok("memory", what);
    }
  }

  private static long needed(CatalogueModel model) {
    return model.memoryBytes() + AGENT_BYTES;
  }

  /**
   * Checks that the clock shows a time that can be.
   *
   * @param nowMs by the clock
   */
  void clock(long nowMs) {
    long builtMs = Build.read().builtMs();
    String now = Terminal.time(nowMs);
    if (nowMs < builtMs) {
      findings.fail(
          "clock",
          ErrorCode.CLOCK_UNTRUSTED,
          "It shows " + now + ", and this program was built at " + Terminal.time(builtMs) + ".",
          "Set the clock, or let a time service do it. An enrolled agent works meanwhile.");
    } else if (nowMs > builtMs + FUTURE_MAX.toMillis()) {
      findings.fail(
          "clock",
          ErrorCode.CLOCK_UNTRUSTED,
          "It shows " + now + ", decades after this program was built.",
          "Set the clock, or let a time service do it: certificates seem to have ended.");
    } else {
      findings.ok("clock", now);
    }
  }

  static String size(long bytes) {
    return new DataSize(bytes).forPerson();
  }
}
