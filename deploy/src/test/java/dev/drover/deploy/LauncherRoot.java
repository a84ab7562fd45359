package dev.drover.deploy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.StringJoiner;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** The launcher of this checkout as a package brings it: beside folders of jars, never building. */
public final class LauncherRoot {
  private final Path root;

  private LauncherRoot(Path root) {
    this.root = root;
  }

  /** Copies the launcher and makes the folders, without a jar in them. */
  public static LauncherRoot in(Path directory) throws IOException {
    for (String folder : List.of("deploy", "lib", "agent-lib", "jdk/bin")) {
      Files.createDirectories(directory.resolve(folder));
    }
    LauncherRoot made = new LauncherRoot(directory);
    var unused = program(made.launcher(), Files.readString(module().resolve("drover")));
    return made;
  }

  /** Returns the directory of this module, wherever the test runs. */
  static Path module() {
    Path here = Path.of("");
    return Files.isRegularFile(here.resolve("drover")) ? here : Path.of("deploy");
  }

  /** Returns the launcher's command. */
  public Path launcher() {
    return root.resolve("deploy/drover");
  }

  /** Returns the folder of an agent's jars. */
  Path agentJars() {
    return root.resolve("agent-lib");
  }

  /** Gives it the agent of this test's class path. */
  public void takeAgentFromClassPath() throws IOException {
    StringJoiner places = new StringJoiner(" ");
    for (String place : System.getProperty("java.class.path").split(File.pathSeparator)) {
      places.add(Path.of(place).toUri().toString());
    }
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, places.toString());
    Path jar = agentJars().resolve("agent.jar");
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
  }

  /** Gives it a JDK 17 whose JVM is a script, and returns what JAVA_HOME is to be. */
  Path jdk(String script) throws IOException {
    Path home = root.resolve("jdk");
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"17.0.15\"\n");
    var unused = program(home.resolve("bin/java"), script);
    return home;
  }

  /** Returns where {@link #agentRun} writes. */
  Path output() {
    return root.resolve("out");
  }

  /** Returns how an agent is started with the JDK and the cache that lie here. */
  ProcessBuilder agentRun() {
    ProcessBuilder builder =
        new ProcessBuilder("bash", launcher().toString(), "agent", "run")
            .redirectErrorStream(true)
            .redirectOutput(output().toFile());
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "DROVER_SUPERVISED"));
    builder.environment().put("JAVA_HOME", root.resolve("jdk").toString());
    builder.environment().put("DROVER_CACHE", root.resolve("cache").toString());
    builder.environment().put("DROVER_NO_PRELOAD", "1");
    return builder;
  }

  /** Writes a script that can be started. */
  public static Path program(Path file, String script) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, script);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }
}
