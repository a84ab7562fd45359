package dev.drover.deploy.sim;

import dev.drover.machine.sim.CrashPlan;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Small files that are replaced whole, beside the store; durable when {@link #put} returns. */
final class SimFiles {
  private final Map<String, byte[]> files = new TreeMap<>();
  private final CrashPlan plan;

  SimFiles(CrashPlan plan) {
    this.plan = plan;
  }

  Optional<byte[]> get(String name) {
    return Optional.ofNullable(files.get(name)).map(bytes -> Arrays.copyOf(bytes, bytes.length));
  }

  void put(String name, byte[] content) {
    plan.pass("before a file is replaced");
    files.put(name, content.clone());
    plan.pass("after a file was replaced");
  }

  void delete(String name) {
    plan.pass("before a file is deleted");
    files.remove(name);
  }

  /** Changes a file behind everybody's back. */
  void damage(String name) {
    byte[] content = files.get(name);
    if (content != null && content.length > 0) {
      content[0] ^= 1;
    }
  }

  /** Returns the names that begin so. */
  java.util.List<String> names(String prefix) {
    return files.keySet().stream().filter(name -> name.startsWith(prefix)).toList();
  }

  SimFiles copy() {
    SimFiles copy = new SimFiles(plan);
    files.forEach((name, content) -> copy.files.put(name, content.clone()));
    return copy;
  }

  void become(SimFiles image) {
    Map<String, byte[]> kept = new TreeMap<>(image.files);
    files.clear();
    kept.forEach((name, content) -> files.put(name, content.clone()));
  }
}
