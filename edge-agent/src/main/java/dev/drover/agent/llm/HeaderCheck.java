package dev.drover.agent.llm;

import dev.drover.agent.core.model.ModelSpec;
import dev.drover.content.GgmlType;
import dev.drover.content.GgufHeader;
import dev.drover.content.ModelFit;
import dev.drover.content.RuntimeTraits;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Files;
import java.util.Set;
import java.util.function.LongSupplier;

/** Judges a model by its header and the memory that is free. */
final class HeaderCheck implements ModelCheck {
  /** The engine keeps a second, rearranged copy of weights of this type. */
  static final Set<GgmlType> REPACKED = Set.of(GgmlType.Q4_0);

  /** Tokens that the engine computes at once when it is not told otherwise. */
  static final int BATCH_TOKENS = 512;

  private final LongSupplier availableBytes;

  HeaderCheck(LongSupplier availableBytes) {
    this.availableBytes = availableBytes;
  }

  @Override
  public String check(ModelSpec spec, Set<String> knownArchitectures) {
    if (!Files.isRegularFile(spec.file()) || !Files.isReadable(spec.file())) {
      throw new DroverException(
          ErrorCode.MODEL_UNREADABLE, "There is no readable model file at its path.");
    }
    GgufHeader header = GgufHeader.read(spec.file());
    ModelFit.of(
            header,
            new RuntimeTraits(knownArchitectures, REPACKED),
            new ModelFit.Demand(spec.contextTokens(), BATCH_TOKENS, 0, availableBytes.getAsLong()))
        .require();
    if (!header.hasTokenizer()) {
      throw new DroverException(
          ErrorCode.MODEL_CORRUPT, "The model file holds no vocabulary; it may be a part of one.");
    }
    return header.architecture();
  }
}
