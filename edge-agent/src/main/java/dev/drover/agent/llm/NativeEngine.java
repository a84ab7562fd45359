package dev.drover.agent.llm;

import dev.drover.agent.core.model.Capabilities;
import dev.drover.agent.core.model.ChatMessage;
import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.ModelSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A native engine, used by one thread, that trusts its caller: every check is {@link
 * OwnedRuntime}'s. Calls block and may never return; failures are unchecked exceptions.
 */
interface NativeEngine {
  /** Returns what it can do. */
  Capabilities capabilities();

  /**
   * Loads a model whose header was checked, with {@code threads} above 0 and a pooling other than
   * {@code MEAN}.
   */
  void load(ModelSpec spec);

  /** Returns the number of tokens of a text. */
  int tokens(String text);

  /** Returns a prompt from messages of plain ASCII words. */
  String template(List<ChatMessage> words);

  /** Starts a generation; the stream has to be read to its end or cancelled. */
  Stream start(GenerationRequest request);

  /** Returns the vector of a text. */
  float[] embed(String text);

  /** Ends the engine; no call may be under way or follow. */
  void close();

  /** A generation under way; used by the owner thread only. */
  interface Stream {
    /** Returns the next piece, perhaps empty, or null after the last. */
    @Nullable String next();

    /** Ends the generation; nothing may be read after it. */
    void cancel();
  }
}
