package dev.drover.deploy.doctor;

import dev.drover.deploy.demo.DemoState;
import dev.drover.deploy.fleet.Machine;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What a demo left, and the programs of others that are of use. */
final class SurroundingChecks {
  private static final List<String> SYSTEM_FOLDERS = List.of("/usr/sbin", "/usr/local/sbin");

  private record Tool(String name, String use) {}

  private static final List<Tool> TOOLS =
      List.of(
          new Tool("pip", "gets models from a package index"),
          new Tool("mosquitto", "a broker of its own, and tests"),
          new Tool("grpcurl", "calls hub and agents by hand, and tests"),
          new Tool("promtool", "checks metrics, and tests"));

  private final Findings findings;
  private final Map<String, String> environment;

  SurroundingChecks(Findings findings, Map<String, String> environment) {
    this.findings = findings;
    this.environment = environment;
  }

  void demo(Path root) {
    findings.look(
        "demo",
        () -> {
          if (DemoState.isRunning(root)) {
            findings.info("demo", "its fleet runs at " + root + "; stop it: drover down");
          } else if (Files.isDirectory(root)) {
            findings.warn(
                "demo",
                "it left " + MachineChecks.size(Machine.bytes(root)) + " at " + root,
                "Delete it: drover down");
          } else {
            findings.ok("demo", "left nothing behind");
          }
        });
  }

  void tools() {
    for (Tool tool : TOOLS) {
      Optional<Path> found = find(tool.name());
      findings.info(
          tool.name(), found.map(Path::toString).orElse("not here") + " (" + tool.use() + ")");
    }
  }

  private Optional<Path> find(String program) {
    String path = environment.getOrDefault("PATH", "");
    return Stream.concat(
            Arrays.stream(path.split(File.pathSeparator)).filter(folder -> !folder.isBlank()),
            SYSTEM_FOLDERS.stream())
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
