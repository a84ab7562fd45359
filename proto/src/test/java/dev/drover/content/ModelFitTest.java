package dev.drover.content;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.testkit.GgufBuilder;
import dev.drover.testkit.TinyGguf;
import dev.drover.wire.ErrorCode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ModelFitTest {
  private static final long MIB = 1L << 20;
  private static final RuntimeTraits RUNTIME =
      new RuntimeTraits(Set.of("llama", "qwen2"), Set.of(GgmlType.Q4_0));
  private static final ModelFit.Demand ROOMY = new ModelFit.Demand(2048, 512, 64 * MIB, 1L << 40);

  private static GgufHeader header(byte[] bytes) {
    return GgufHeader.read(new MemoryChannel(bytes, Integer.MAX_VALUE));
  }

  /** Returns metadata that makes a model, to be varied. */
  private static GgufBuilder model() {
    return new GgufBuilder()
        .string("general.architecture", "qwen2")
        .u32("qwen2.context_length", 32_768)
        .u32("qwen2.embedding_length", 1536)
        .u32("qwen2.block_count", 28)
        .u32("qwen2.feed_forward_length", 8960);
  }

  private static ModelShape shape(GgufBuilder file) {
    return header(file.build()).shape();
  }

  @Test
  void fit_tinyModel_addsUpItsParts() {
    GgufHeader header = header(TinyGguf.ofSeed(1).bytes());
    ModelFit fit = ModelFit.of(header, RUNTIME, ROOMY);
    assertEquals("llama", fit.architecture());
    assertEquals(header.fileLength(), fit.weightsBytes());
    assertEquals(0, fit.repackBytes());
    assertEquals(512L * 2048, fit.kvCacheBytes());
    long perToken = 8 * 128 + 3 * 192 + 4 * 2048;
    assertEquals(4 * (512 * perToken + 4 * 389), fit.computeBytes());
    assertEquals(
        header.fileLength() + 512L * 2048 + fit.computeBytes() + 64 * MIB, fit.neededBytes());
    assertTrue(fit.fits());
    fit.require();
  }

  @Test
  void fit_smallContext_neverComputesMoreThanIt() {
    GgufHeader header = header(TinyGguf.ofSeed(1).bytes());
    ModelFit fit = ModelFit.of(header, RUNTIME, new ModelFit.Demand(16, 512, 0, 1L << 40));
    assertEquals(4 * (16 * (8 * 128 + 3 * 192 + 4 * 16) + 4 * 389), fit.computeBytes());
  }

  @Test
  void fit_repackedWeights_countTwice() {
    byte[] bytes = TinyGguf.ofSeed(1).withWeights(TinyGguf.Weights.Q4_0).bytes();
    GgufHeader header = header(bytes);
    ModelFit fit = ModelFit.of(header, RUNTIME, ROOMY);
    assertEquals(header.tensorBytes(GgmlType.Q4_0), fit.repackBytes());
    assertEquals(header.tensorBytes() - 5 * 128 * 4, fit.repackBytes());
    assertEquals(
        fit.weightsBytes()
            + fit.repackBytes()
            + fit.kvCacheBytes()
            + fit.computeBytes()
            + fit.processBytes(),
        fit.neededBytes());
    RuntimeTraits plain = new RuntimeTraits(Set.of("llama"), Set.of());
    assertEquals(0, ModelFit.of(header, plain, ROOMY).repackBytes());
  }

  @Test
  void fit_lastByte_decides() {
    GgufHeader header = header(TinyGguf.ofSeed(1).bytes());
    long needed = ModelFit.of(header, RUNTIME, ROOMY).neededBytes();
    ModelFit exact = ModelFit.of(header, RUNTIME, new ModelFit.Demand(2048, 512, 64 * MIB, needed));
    assertEquals(Optional.empty(), exact.problem());
    ModelFit tooLittle =
        ModelFit.of(header, RUNTIME, new ModelFit.Demand(2048, 512, 64 * MIB, needed - 1));
    assertEquals(Optional.of(ErrorCode.MODEL_TOO_LARGE), tooLittle.problem());
    assertFalse(tooLittle.fits());
    String message = assertRefused(ErrorCode.MODEL_TOO_LARGE, tooLittle::require);
    assertEquals(
        "The model needs 85 MiB (weights 1, repacked 0, context 1, buffers 20, process 64);"
            + " 85 MiB are available.",
        message);
  }

  @Test
  void fit_unknownArchitecture_isSaidWhateverItsFigures() {
    GgufHeader header = header(TinyGguf.ofSeed(1).withArchitecture("qwen3").bytes());
    ModelFit fit = ModelFit.of(header, RUNTIME, ROOMY);
    assertEquals(Optional.of(ErrorCode.MODEL_ARCHITECTURE_UNKNOWN), fit.problem());
    assertTrue(assertRefused(ErrorCode.MODEL_ARCHITECTURE_UNKNOWN, fit::require).contains("qwen3"));
    assertEquals(0, fit.kvCacheBytes() + fit.computeBytes());
    assertFalse(fit.architectureKnown());
    assertEquals(64 * MIB, fit.processBytes());
    assertEquals(1L << 40, fit.availableBytes());
    GgufHeader bare = header(new GgufBuilder().string("general.architecture", "x").build());
    assertFalse(ModelFit.of(bare, RUNTIME, ROOMY).fits());
  }

  @Test
  void fit_absurdFigures_neverFit() {
    GgufHeader header =
        header(
            model()
                .u32("qwen2.attention.head_count", 1 << 20)
                .u32("qwen2.attention.key_length", 1 << 20)
                .u32("qwen2.attention.value_length", 1 << 20)
                .build());
    for (int context : new int[] {1 << 10, 1 << 20, 1 << 25, Integer.MAX_VALUE}) {
      ModelFit fit =
          ModelFit.of(header, RUNTIME, new ModelFit.Demand(context, context, 0, 1L << 48));
      assertTrue(fit.neededBytes() > 1L << 48, fit::summary);
      assertFalse(fit.fits());
    }
  }

  @Test
  void demand_outOfRange_isRefused() {
    for (long[] d :
        new long[][] {{0, 1, 0, 0}, {1, 0, 0, 0}, {1, 1, -1, 0}, {1, 1, 0, -1}, {-1, 1, 0, 0}}) {
      assertRefused(
          ErrorCode.INVALID_ARGUMENT,
          () -> new ModelFit.Demand((int) d[0], (int) d[1], d[2], d[3]));
    }
    assertEquals(1, new ModelFit.Demand(1, 1, 0, 0).batchTokens());
  }

  @Test
  void shape_publishedModel_hasItsFigures() {
    ModelShape shape =
        shape(
            model().u32("qwen2.attention.head_count", 12).u32("qwen2.attention.head_count_kv", 2));
    assertEquals(new ModelShape("qwen2", 28, 1536, 8960, 12, 56, 128, 128, 32_768), shape);
    assertEquals(28_672, shape.kvBytesPerToken());
  }

  @Test
  void shape_defaults_areThoseOfLlamaCpp() {
    ModelShape noKv = shape(model().u32("qwen2.attention.head_count", 12));
    assertEquals(12 * 28, noKv.kvHeadCount());
    ModelShape wide =
        shape(
            model()
                .u32("qwen2.attention.head_count", 12)
                .u32("qwen2.attention.key_length", 64)
                .u32("qwen2.attention.value_length", 96));
    assertEquals(64, wide.keyLength());
    assertEquals(96, wide.valueLength());
    assertEquals(12L * 28 * (64 + 96) * 2, wide.kvBytesPerToken());
    ModelShape noAttention = shape(model());
    assertEquals(0, noAttention.headCount());
    assertEquals(0, noAttention.kvBytesPerToken());
  }

  @Test
  void shape_figuresPerLayer_areSummedOrTheWidestTaken() {
    int[] heads = new int[28];
    int[] kvHeads = new int[28];
    int[] inner = new int[28];
    int sum = 0;
    for (int i = 0; i < 28; i++) {
      heads[i] = 6 + i % 7;
      kvHeads[i] = i % 3;
      inner[i] = 100 + i;
      sum += kvHeads[i];
    }
    GgufBuilder base =
        new GgufBuilder()
            .string("general.architecture", "qwen2")
            .u32("qwen2.context_length", 10)
            .u32("qwen2.embedding_length", 1536)
            .u32("qwen2.block_count", 28)
            .ints("qwen2.attention.head_count", heads)
            .ints("qwen2.feed_forward_length", inner);
    int headSum = Arrays.stream(heads).sum();
    assertEquals(headSum, shape(base).kvHeadCount());
    ModelShape shape = shape(base.ints("qwen2.attention.head_count_kv", kvHeads));
    assertEquals(12, shape.headCount());
    assertEquals(sum, shape.kvHeadCount());
    assertEquals(127, shape.feedForwardLength());
    assertEquals(128, shape.keyLength());
  }

  @Test
  void shape_missingOrAbsurdFigures_areRefused() {
    GgufBuilder empty = new GgufBuilder().string("general.architecture", "qwen2");
    assertCorrupt(empty, "block_count");
    empty.u32("qwen2.block_count", 1);
    assertCorrupt(empty, "embedding_length");
    empty.u32("qwen2.embedding_length", 1);
    assertCorrupt(empty, "context_length");
    empty.u64("qwen2.context_length", 1L << 31);
    assertEquals(1L << 31, shape(empty).contextLength());
    for (Object[] bad :
        new Object[][] {
          {"block_count", 0L},
          {"block_count", 4097L},
          {"block_count", -1L},
          {"embedding_length", 0L},
          {"embedding_length", (1L << 20) + 1},
          {"context_length", 0L},
          {"context_length", (1L << 31) + 1},
          {"attention.head_count", -1L},
          {"attention.head_count", (1L << 20) + 1},
          {"attention.head_count_kv", -1L},
          {"attention.key_length", -1L},
          {"attention.value_length", (1L << 20) + 1},
          {"feed_forward_length", -1L}
        }) {
      GgufBuilder file = new GgufBuilder().string("general.architecture", "qwen2");
      for (String key : new String[] {"block_count", "embedding_length", "context_length"}) {
        if (!key.equals(bad[0])) {
          file.u32("qwen2." + key, 1);
        }
      }
      assertCorrupt(file.u64("qwen2." + bad[0], (Long) bad[1]), (String) bad[0]);
    }
    assertCorrupt(
        model().ints("qwen2.attention.head_count_kv", new int[27]), "attention.head_count_kv");
    assertCorrupt(
        new GgufBuilder().string("general.architecture", "x").f32("x.block_count", 1f),
        "block_count");
    int[] negative = new int[28];
    negative[5] = -1;
    assertCorrupt(
        model().ints("qwen2.attention.head_count_kv", negative), "attention.head_count_kv");
  }

  @Test
  void shape_limitsThemselves_areAllowed() {
    ModelShape shape =
        shape(
            new GgufBuilder()
                .string("general.architecture", "x")
                .u32("x.block_count", 4096)
                .u32("x.embedding_length", 1 << 20)
                .u32("x.context_length", 1)
                .u32("x.attention.head_count", 1 << 20));
    assertEquals(4096, shape.blockCount());
    assertEquals(1, shape.keyLength());
  }

  @Test
  void architecture_anythingButAName_isRefused() {
    assertCorrupt(new GgufBuilder(), "architecture");
    assertCorrupt(new GgufBuilder().u32("general.architecture", 1), "architecture");
    for (String bad : new String[] {"", "Llama", "a b", "a\nb", "x".repeat(65), "x".repeat(5000)}) {
      assertCorrupt(new GgufBuilder().string("general.architecture", bad), "architecture");
    }
  }

  @Test
  void tokenizer_needsItsModelAndItsTokens() {
    GgufBuilder onlyModel = new GgufBuilder().string("tokenizer.ggml.model", "gpt2");
    assertFalse(header(onlyModel.build()).hasTokenizer());
    GgufBuilder onlyTokens = new GgufBuilder().strings("tokenizer.ggml.tokens", List.of("a"));
    assertFalse(header(onlyTokens.build()).hasTokenizer());
    onlyTokens.string("tokenizer.ggml.model", "gpt2").string("tokenizer.chat_template", "x");
    assertTrue(header(onlyTokens.build()).hasTokenizer());
    assertTrue(header(onlyTokens.build()).hasChatTemplate());
    assertEquals(Optional.empty(), header(onlyTokens.build()).quantisation());
  }

  private static void assertCorrupt(GgufBuilder file, String about) {
    GgufHeader header = header(file.build());
    assertTrue(assertRefused(ErrorCode.MODEL_CORRUPT, header::shape).contains(about));
  }
}
