package dev.drover.agent.core;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The tools of this agent, by name. Immutable and thread-safe. */
public final class ToolRegistry {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*");
  private static final int NAME_CHARS_MAX = 64;

  private final Map<String, Tool> tools = new TreeMap<>();

  private ToolRegistry(List<Tool> list) {
    for (Tool tool : list) {
      String name = tool.definition().name();
      if (name.length() > NAME_CHARS_MAX || !NAME.matcher(name).matches()) {
        throw new DroverException(ErrorCode.INVALID_ARGUMENT, "A tool's name is not one.");
      }
      if (tools.put(name, tool) != null) {
        throw new DroverException(ErrorCode.ALREADY_EXISTS, "Two tools are named " + name + ".");
      }
    }
  }

  /**
   * Returns a registry of these tools.
   *
   * @throws DroverException {@code ALREADY_EXISTS} for two of one name, {@code INVALID_ARGUMENT}
   */
  public static ToolRegistry of(List<Tool> tools) {
    return new ToolRegistry(tools);
  }

  /** Returns the tools in the order of their names. */
  public List<Tool> tools() {
    return new ArrayList<>(tools.values());
  }

  /** Returns the tool of this name. */
  public Optional<Tool> find(String name) {
    return Optional.ofNullable(tools.get(name));
  }

  /**
   * Returns the tool of this name.
   *
   * @throws DroverException {@code NOT_FOUND}
   */
  public Tool require(String name) {
    return find(name)
        .orElseThrow(() -> new DroverException(ErrorCode.NOT_FOUND, "The agent has no such tool."));
  }
}
