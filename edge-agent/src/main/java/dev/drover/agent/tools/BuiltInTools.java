package dev.drover.agent.tools;

import dev.drover.agent.core.HealthSource;
import dev.drover.agent.core.QuestionAnswerer;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.ToolRegistry;
import java.nio.file.Path;
import java.util.List;

/** The tools that every agent has: {@code device.status}, {@code files.*}, {@code notes.ask}. */
public final class BuiltInTools {
  private BuiltInTools() {}

  /**
   * Returns the tools, thread-safe each.
   *
   * @param filesRoot what the file tools may read; need not exist
   */
  public static List<Tool> of(HealthSource health, Path filesRoot, QuestionAnswerer answerer) {
    FilesRoot root = new FilesRoot(filesRoot);
    return List.of(
        new DeviceStatusTool(health),
        new FilesListTool(root),
        new FilesReadTool(root),
        new FilesSearchTool(root),
        new NotesAskTool(answerer));
  }

  /** Returns a registry of these tools and no others; arguments as for {@link #of}. */
  public static ToolRegistry registry(
      HealthSource health, Path filesRoot, QuestionAnswerer answerer) {
    return ToolRegistry.of(of(health, filesRoot, answerer));
  }
}
