package dev.drover.content;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The header of a GGUF file (ggml {@code docs/gguf.md}, versions 2 and 3, little-endian): what a
 * model is and where its tensors lie. Immutable.
 *
 * <p>Reading costs time and memory in proportion to the header only, at most {@value
 * #MAX_HEADER_BYTES} bytes of it, and refuses what llama.cpp would refuse, so that a model can be
 * turned down with a reason before a runtime sees it.
 */
public final class GgufHeader {
  private static final long MAX_HEADER_BYTES = 64L << 20;
  private static final byte[] MAGIC = {'G', 'G', 'U', 'F'};
  private static final int MAX_TENSORS = 1 << 16;
  private static final int MAX_NAME_BYTES = 63;
  private static final int MAX_DIMS = 4;
  private static final int DEFAULT_ALIGNMENT = 32;
  private static final int MAX_ALIGNMENT = 1 << 20;

  private final int version;
  private final int alignment;
  private final long fileLength;
  private final long dataOffset;
  private final GgufMetadata metadata;
  private final List<GgufTensor> tensors;

  private GgufHeader(GgufInput in) throws IOException {
    version = readVersion(in);
    long tensorCount = in.count(MAX_TENSORS, "tensors");
    metadata = GgufMetadata.read(in, in.u64());
    alignment = readAlignment(metadata);
    fileLength = in.fileLength();
    List<GgufTensor> relative = readTensors(in, tensorCount);
    dataOffset = padded(in.position());
    tensors = place(relative);
  }

  /**
   * Reads the header of a file.
   *
   * @throws DroverException {@code MODEL_CORRUPT} if it is no sound GGUF or shorter than its
   *     tensors need, {@code MODEL_UNREADABLE} if it cannot be read
   */
  public static GgufHeader read(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      return new GgufHeader(new GgufInput(channel, MAX_HEADER_BYTES));
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * Reads the header from the start of a channel, whose position is changed.
   *
   * @throws DroverException as {@link #read(Path)}
   */
  public static GgufHeader read(SeekableByteChannel channel) {
    try {
      return new GgufHeader(new GgufInput(channel, MAX_HEADER_BYTES));
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** Returns whether these are the first four bytes of a GGUF file; says nothing of the rest. */
  static boolean hasMagic(byte[] start) {
    return Arrays.equals(start, MAGIC);
  }

  private static int readVersion(GgufInput in) throws IOException {
    if (in.fileLength() < MAGIC.length || !hasMagic(in.bytes(MAGIC.length))) {
      throw GgufInput.corrupt("it does not begin with GGUF");
    }
    int version = in.u32();
    if (version != 0 && (version & 0xffff) == 0) {
      throw GgufInput.corrupt("it is written for big-endian machines");
    }
    if (version != 2 && version != 3) {
      throw GgufInput.corrupt("its version " + Integer.toUnsignedString(version) + " is unknown");
    }
    return version;
  }

  private static int readAlignment(GgufMetadata metadata) {
    long alignment = metadata.number("general.alignment").orElse((long) DEFAULT_ALIGNMENT);
    if (Long.bitCount(alignment) != 1 || alignment < 0 || alignment > MAX_ALIGNMENT) {
      throw GgufInput.corrupt("its alignment is no power of two up to 1 MiB");
    }
    return (int) alignment;
  }

  private List<GgufTensor> readTensors(GgufInput in, long count) throws IOException {
    List<GgufTensor> relative = new ArrayList<>();
    Set<String> names = new HashSet<>();
    long expected = 0;
    for (long i = 0; i < count; i++) {
      GgufTensor tensor = readTensor(in);
      if (!names.add(tensor.name())) {
        throw GgufInput.corrupt("a tensor appears twice");
      }
      if (tensor.offset() != expected) {
        throw GgufInput.corrupt("tensor " + i + " does not follow the one before it");
      }
      // Before the sum: a length that overflows it would look like a small one.
      if (tensor.bytes() > fileLength - expected) {
        throw GgufInput.corrupt("it is cut off, tensor " + i + " is longer than the file");
      }
      expected = padded(tensor.end());
      relative.add(tensor);
    }
    return relative;
  }

  private static GgufTensor readTensor(GgufInput in) throws IOException {
    String name = in.text(MAX_NAME_BYTES, "a tensor's name");
    int dimCount = in.u32();
    if (dimCount < 1 || dimCount > MAX_DIMS) {
      throw GgufInput.corrupt("a tensor has " + Integer.toUnsignedString(dimCount) + " dimensions");
    }
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < dimCount; i++) {
      dims.add(in.u64());
    }
    int number = in.u32();
    GgmlType type =
        GgmlType.ofNumber(number)
            .orElseThrow(() -> GgufInput.corrupt("a tensor has the unknown type " + number));
    return new GgufTensor(name, dims, type, in.u64(), bytes(dims, type));
  }

  private static long bytes(List<Long> dims, GgmlType type) {
    if (dims.get(0) % type.blockWeights() != 0) {
      throw GgufInput.corrupt("a tensor's rows are no whole blocks");
    }
    long bytes = type.blockBytes();
    try {
      for (int i = 0; i < dims.size(); i++) {
        long dim = i == 0 ? dims.get(0) / type.blockWeights() : dims.get(i);
        if (dim <= 0) {
          throw GgufInput.corrupt("a tensor has a dimension that is not positive");
        }
        bytes = Math.multiplyExact(bytes, dim);
      }
    } catch (ArithmeticException tooLarge) {
      throw GgufInput.corrupt("a tensor is larger than any disk");
    }
    return bytes;
  }

  private List<GgufTensor> place(List<GgufTensor> relative) {
    List<GgufTensor> placed = new ArrayList<>(relative.size());
    for (GgufTensor t : relative) {
      requireEnd(dataOffset + t.end());
      placed.add(new GgufTensor(t.name(), t.dims(), t.type(), dataOffset + t.offset(), t.bytes()));
    }
    return List.copyOf(placed);
  }

  private void requireEnd(long end) {
    if (end > fileLength) {
      throw GgufInput.corrupt(
          "it is cut off, a tensor ends at byte " + end + " of " + fileLength + " that are there");
    }
  }

  private long padded(long position) {
    return (position + alignment - 1) & -alignment;
  }

  private static DroverException unreadable(IOException cause) {
    return new DroverException(ErrorCode.MODEL_UNREADABLE, "The model file cannot be read.", cause);
  }

  /** Returns the format version, 2 or 3. */
  public int version() {
    return version;
  }

  /** Returns what tensor offsets are multiples of, in bytes; a power of two. */
  public int alignment() {
    return alignment;
  }

  /** Returns the length of the file in bytes. */
  public long fileLength() {
    return fileLength;
  }

  /** Returns where tensor data begins, in bytes from the start of the file. */
  public long dataOffset() {
    return dataOffset;
  }

  /** Returns the tensors in the order of the file, which is also that of their offsets. */
  public List<GgufTensor> tensors() {
    return tensors;
  }

  /** Returns the bytes of all tensors, without padding. */
  public long tensorBytes() {
    return tensors.stream().mapToLong(GgufTensor::bytes).sum();
  }

  /** Returns the bytes of all tensors of a type, without padding. */
  public long tensorBytes(GgmlType type) {
    return tensors.stream().filter(t -> t.type() == type).mapToLong(GgufTensor::bytes).sum();
  }

  /**
   * Returns {@code general.architecture}.
   *
   * @throws DroverException {@code MODEL_CORRUPT} if the file does not name one
   */
  public String architecture() {
    return metadata
        .text("general.architecture")
        .filter(name -> name.matches("[a-z0-9_-]{1,64}"))
        .orElseThrow(() -> GgufInput.corrupt("it names no architecture"));
  }

  /** Returns the type that holds the most weights, which names the quantisation; none if empty. */
  public Optional<GgmlType> quantisation() {
    Map<GgmlType, Long> weights = new EnumMap<>(GgmlType.class);
    tensors.forEach(t -> weights.merge(t.type(), t.weights(), Long::sum));
    return weights.entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey);
  }

  /** Returns the number of tokens in the vocabulary; 0 if the file has no tokenizer. */
  public long vocabularySize() {
    return metadata.hasText("tokenizer.ggml.model")
        ? metadata.listLength("tokenizer.ggml.tokens")
        : 0;
  }

  /** Returns whether the file holds a tokenizer, without which it cannot take or give text. */
  public boolean hasTokenizer() {
    return vocabularySize() > 0;
  }

  /** Returns whether the file holds a chat template. */
  public boolean hasChatTemplate() {
    return metadata.hasText("tokenizer.chat_template");
  }

  /**
   * Returns the figures of the transformer.
   *
   * @throws DroverException {@code MODEL_CORRUPT} if one is missing or out of range, as in a file
   *     that holds only an adapter or a vocabulary
   */
  public ModelShape shape() {
    return GgufShape.of(architecture(), metadata);
  }
}
