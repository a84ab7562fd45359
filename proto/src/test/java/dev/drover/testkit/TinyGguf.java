package dev.drover.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A working language model of about half a megabyte with random weights: llama architecture, an SPM
 * vocabulary with byte fallback, two layers.
 *
 * <p>It proves loading, tokenising, streaming, grammars, cancelling and error paths of a model
 * runtime; it proves nothing about answers. The same settings give the same bytes on every machine.
 * Left to itself it prints letters and never ends: byte, control and end tokens get a logit of
 * zero, so that greedy output is valid UTF-8 of exactly the asked length.
 *
 * @param seed of the weights
 * @param weights format of all matrices; norms are always f32
 * @param architecture written as {@code general.architecture} and as the prefix of its keys
 * @param contextLength tokens, as {@code context_length}
 * @param layers number of blocks
 */
public record TinyGguf(
    long seed, Weights weights, String architecture, int contextLength, int layers) {
  /** Model width; also the length of a row. */
  public static final int EMBEDDING_LENGTH = 128;

  /** Attention heads. */
  public static final int HEADS = 4;

  /** Heads of keys and values. */
  public static final int KV_HEADS = 2;

  /** Width of one head. */
  public static final int HEAD_DIM = EMBEDDING_LENGTH / HEADS;

  private static final int FEED_FORWARD_LENGTH = 192;
  private static final int BYTE_TOKENS = 256;
  private static final int FIRST_BYTE_TOKEN = 3;
  private static final int TYPE_NORMAL = 1;
  private static final int TYPE_UNKNOWN = 2;
  private static final int TYPE_CONTROL = 3;
  private static final int TYPE_BYTE = 6;

  /** Formats that this generator can write. */
  public enum Weights {
    /** 32-bit floats. */
    F32(0, 0),
    /** Half floats. */
    F16(1, 1),
    /** 4 bits, 32 to a block; llama.cpp repacks these at load. */
    Q4_0(2, 2),
    /** 8 bits, 32 to a block. */
    Q8_0(8, 7);

    private final int ggmlType;
    private final int fileType;

    Weights(int ggmlType, int fileType) {
      this.ggmlType = ggmlType;
      this.fileType = fileType;
    }
  }

  /** Returns the usual model: half floats, two layers, 2,048 tokens of context, 0.7 MB. */
  public static TinyGguf ofSeed(long seed) {
    return new TinyGguf(seed, Weights.F16, "llama", 2048, 2);
  }

  /** Returns the same model in another weight format. */
  public TinyGguf withWeights(Weights other) {
    return new TinyGguf(seed, other, architecture, contextLength, layers);
  }

  /** Returns the same model that claims another architecture. */
  public TinyGguf withArchitecture(String other) {
    return new TinyGguf(seed, weights, other, contextLength, layers);
  }

  /** Returns the same model with another context length. */
  public TinyGguf withContextLength(int tokens) {
    return new TinyGguf(seed, weights, architecture, tokens, layers);
  }

  /** Returns a model of another depth. */
  public TinyGguf withLayers(int count) {
    return new TinyGguf(seed, weights, architecture, contextLength, count);
  }

  /** Writes the file, replacing an old one, and returns its path. */
  public Path writeTo(Path file) throws IOException {
    return Files.write(file, bytes());
  }

  /** Returns the file's bytes. */
  public byte[] bytes() {
    GgufBuilder out = new GgufBuilder();
    addHyperparameters(out);
    List<String> vocabulary = vocabulary();
    addTokenizer(out, vocabulary);
    SplittableRandom random = new SplittableRandom(seed);
    int tokens = vocabulary.size();
    matrix(out, random, "token_embd.weight", EMBEDDING_LENGTH, tokens, false);
    norm(out, "output_norm.weight");
    matrix(out, random, "output.weight", EMBEDDING_LENGTH, tokens, true);
    for (int layer = 0; layer < layers; layer++) {
      addBlock(out, random, "blk." + layer + ".");
    }
    return out.build();
  }

  private void addHyperparameters(GgufBuilder out) {
    String prefix = architecture + ".";
    out.string("general.architecture", architecture)
        .string("general.name", "tiny random test model")
        .u32("general.file_type", weights.fileType)
        .u32(prefix + "context_length", contextLength)
        .u32(prefix + "embedding_length", EMBEDDING_LENGTH)
        .u32(prefix + "block_count", layers)
        .u32(prefix + "feed_forward_length", FEED_FORWARD_LENGTH)
        .u32(prefix + "attention.head_count", HEADS)
        .u32(prefix + "attention.head_count_kv", KV_HEADS)
        .f32(prefix + "attention.layer_norm_rms_epsilon", 1e-5f)
        .u32(prefix + "rope.dimension_count", HEAD_DIM);
  }

  private static void addTokenizer(GgufBuilder out, List<String> vocabulary) {
    float[] scores = new float[vocabulary.size()];
    int[] types = new int[vocabulary.size()];
    for (int i = 0; i < types.length; i++) {
      boolean isByte = i >= FIRST_BYTE_TOKEN && i < FIRST_BYTE_TOKEN + BYTE_TOKENS;
      types[i] = isByte ? TYPE_BYTE : i >= FIRST_BYTE_TOKEN ? TYPE_NORMAL : TYPE_CONTROL;
      scores[i] = types[i] == TYPE_NORMAL ? -i : 0;
    }
    types[0] = TYPE_UNKNOWN;
    out.string("tokenizer.ggml.model", "llama")
        .strings("tokenizer.ggml.tokens", vocabulary)
        .floats("tokenizer.ggml.scores", scores)
        .ints("tokenizer.ggml.token_type", types)
        .u32("tokenizer.ggml.unknown_token_id", 0)
        .u32("tokenizer.ggml.bos_token_id", 1)
        .u32("tokenizer.ggml.eos_token_id", 2);
  }

  private static List<String> vocabulary() {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    for (int i = 0; i < BYTE_TOKENS; i++) {
      tokens.add(String.format(Locale.ROOT, "<0x%02X>", i));
    }
    for (char c = '!'; c <= '~'; c++) {
      tokens.add(String.valueOf(c));
    }
    // SPM writes a space as U+2581; pairs below make it merge, as a trained vocabulary would.
    tokens.add("\u2581");
    for (char c = 'a'; c <= 'z'; c++) {
      tokens.add("\u2581" + c);
    }
    tokens.addAll(List.of("\u00e4", "\u00f6", "\u00fc", "\u20ac", "th", "he", "in", "er", "the"));
    return tokens;
  }

  private void addBlock(GgufBuilder out, SplittableRandom random, String prefix) {
    int kvLength = KV_HEADS * HEAD_DIM;
    norm(out, prefix + "attn_norm.weight");
    matrix(out, random, prefix + "attn_q.weight", EMBEDDING_LENGTH, EMBEDDING_LENGTH, false);
    matrix(out, random, prefix + "attn_k.weight", EMBEDDING_LENGTH, kvLength, false);
    matrix(out, random, prefix + "attn_v.weight", EMBEDDING_LENGTH, kvLength, false);
    matrix(out, random, prefix + "attn_output.weight", EMBEDDING_LENGTH, EMBEDDING_LENGTH, false);
    norm(out, prefix + "ffn_norm.weight");
    matrix(out, random, prefix + "ffn_gate.weight", EMBEDDING_LENGTH, FEED_FORWARD_LENGTH, false);
    matrix(out, random, prefix + "ffn_up.weight", EMBEDDING_LENGTH, FEED_FORWARD_LENGTH, false);
    matrix(out, random, prefix + "ffn_down.weight", FEED_FORWARD_LENGTH, EMBEDDING_LENGTH, false);
  }

  private static void norm(GgufBuilder out, String name) {
    float[] ones = new float[EMBEDDING_LENGTH];
    Arrays.fill(ones, 1f);
    out.tensor(name, Weights.F32.ggmlType, new long[] {ones.length}, TinyWeights.f32(ones));
  }

  private void matrix(
      GgufBuilder out, SplittableRandom random, String name, int in, int rows, boolean logits) {
    // Uniform weights whose products keep about unit variance; logits are wider so that greedy
    // choices do not hang on rounding.
    float bound = (float) ((logits ? 4.0 : 1.0) * Math.sqrt(3.0 / in));
    float[] values = new float[in * rows];
    for (int i = 0; i < values.length; i++) {
      float value = (float) (random.nextDouble() * 2 - 1) * bound;
      values[i] = logits && i / in < FIRST_BYTE_TOKEN + BYTE_TOKENS ? 0 : value;
    }
    out.tensor(name, weights.ggmlType, new long[] {in, rows}, TinyWeights.encode(weights, values));
  }
}
