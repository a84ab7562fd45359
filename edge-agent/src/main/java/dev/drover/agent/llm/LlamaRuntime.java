package dev.drover.agent.llm;

import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.content.GgufHeader;
import dev.drover.content.ModelFit;
import dev.drover.content.RuntimeTraits;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * Makes the runtime that the agent uses.
 *
 * <p>Where other processes want the same cores, two or more threads wait for each other in loops
 * that burn the time the others need: under load one token took up to a second. A process on such a
 * machine is started with {@code OMP_WAIT_POLICY=passive} in its environment, where the engine's
 * threads sleep instead; it cannot be set from within.
 */
public final class LlamaRuntime {
  private LlamaRuntime() {}

  /**
   * Returns a runtime over llama.cpp; nothing native is touched before a load.
   *
   * @param settings bounds, and the directory of the native library
   * @param nanoTime monotonic time in nanoseconds
   */
  public static ModelRuntime create(RuntimeSettings settings, LongSupplier nanoTime) {
    return new OwnedRuntime(
        new KherudEngine(settings.nativeDirectory()),
        new HeaderCheck(AvailableMemory::bytes),
        settings,
        nanoTime);
  }

  /**
   * Returns whether a model would run here, with the numbers.
   *
   * @param header of the model's file
   * @param contextTokens prompt and answer together, at least 1
   * @param processBytes memory of the agent without a model
   * @param availableBytes memory that may be used in all
   */
  public static ModelFit fit(
      GgufHeader header, int contextTokens, long processBytes, long availableBytes) {
    return ModelFit.of(
        header,
        traits(),
        new ModelFit.Demand(contextTokens, HeaderCheck.BATCH_TOKENS, processBytes, availableBytes));
  }

  /** Returns the threads of inference where a specification names none: the physical cores. */
  public static int threads() {
    return PhysicalCores.count();
  }

  /** Returns what the engine can load. */
  public static RuntimeTraits traits() {
    return new RuntimeTraits(KherudEngine.architectures(), HeaderCheck.REPACKED);
  }

  /**
   * Does nothing where the engine can run in this process.
   *
   * @throws dev.drover.wire.DroverException {@code RUNTIME_UNAVAILABLE} with the reason: another
   *     kind of machine, a processor without the needed features, a missing preload, or settings of
   *     the engine in the environment
   */
  public static void requireUsable() {
    NativeLibrary.requireUsable();
  }

  /**
   * Unpacks the engine's library and links it into a program of its own; this process is not
   * touched.
   *
   * @param nativeDirectory as in {@link RuntimeSettings}
   * @throws dev.drover.wire.DroverException {@code RUNTIME_UNAVAILABLE} with the linker's reason
   */
  public static void requireLoadable(Path nativeDirectory) {
    NativeLibrary.requireLinkable(NativeLibrary.install(nativeDirectory));
  }
}
