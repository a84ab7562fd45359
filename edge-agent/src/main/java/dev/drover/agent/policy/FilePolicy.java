package dev.drover.agent.policy;

import dev.drover.agent.core.HubPolicy;
import dev.drover.agent.core.ToolDefinition;
import dev.drover.agent.core.ToolRegistry;
import dev.drover.config.Config;
import dev.drover.config.ConfigKey;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The owner's rules: what only reads is allowed, {@code allow} adds tools to it and {@code deny}
 * takes tools away. A tool in both is denied. Nothing allows a tool that carries text of people or
 * models. Read once, immutable and thread-safe.
 */
public final class FilePolicy implements HubPolicy {
  private final Set<String> allowed;
  private final Set<String> denied;

  private FilePolicy(Set<String> allowed, Set<String> denied) {
    this.allowed = allowed;
    this.denied = denied;
  }

  /** The rules as they are written. */
  record Rules(
      @ConfigKey(
              value = "allow",
              byDefault = "",
              doc = "Tools that the hub may call beyond those that only read, with commas between.")
          List<String> allow,
      @ConfigKey(
              value = "deny",
              byDefault = "",
              doc = "Tools that the hub may not call, with commas between; wins over allow.")
          List<String> deny) {}

  /**
   * Reads the rules.
   *
   * @param file UTF-8 lines of {@code allow = tool, tool} and {@code deny = tool, tool}; without
   *     the file the hub may call what only reads
   * @throws DroverException {@code CONFIG_UNKNOWN_KEY}, {@code CONFIG_INVALID_VALUE}, also for a
   *     tool that does not exist: a misspelt refusal must not pass for one
   */
  public static FilePolicy read(Path file, ToolRegistry tools) {
    return read(file, name -> tools.find(name).isPresent());
  }

  /** Like {@link #read(Path, ToolRegistry)}, for tools that are known by name alone. */
  public static FilePolicy read(Path file, Predicate<String> isTool) {
    if (Files.notExists(file)) {
      return new FilePolicy(Set.of(), Set.of());
    }
    Rules rules = Config.read(Rules.class, Config.file(file));
    return new FilePolicy(known(rules.allow(), isTool), known(rules.deny(), isTool));
  }

  /** Returns rules that were read elsewhere; a tool in both sets is denied. */
  public static FilePolicy of(Set<String> allowed, Set<String> denied) {
    return new FilePolicy(Set.copyOf(allowed), Set.copyOf(denied));
  }

  @Override
  public boolean mayCall(ToolDefinition tool) {
    boolean named = allowed.contains(tool.name()) && !tool.answersQuestions();
    return !denied.contains(tool.name()) && (named || HubPolicy.READ_ONLY.mayCall(tool));
  }

  private static Set<String> known(List<String> names, Predicate<String> isTool) {
    for (String name : names) {
      if (!isTool.test(name)) {
        throw new DroverException(
            ErrorCode.CONFIG_INVALID_VALUE,
            "The policy names " + name + ", which is no tool here.");
      }
    }
    return Set.copyOf(names);
  }
}
