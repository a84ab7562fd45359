package dev.drover.trust;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.crypto.Hashes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The {@code hashes} of a file (section 4.4).
 *
 * @param known lower-case hexadecimal digests by algorithm, SHA-256 and SHA-512 only; where it is
 *     empty, nothing matches
 */
record FileHashes(Map<String, String> known) {
  private static final Map<String, String> ALGORITHMS =
      Map.of("sha256", "SHA-256", "sha512", "SHA-512");

  /** Reads a hashes object; algorithms that are not known are skipped. */
  static FileHashes parse(Fields hashes) {
    Map<String, String> known = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : hashes.entries()) {
      if (ALGORITHMS.containsKey(entry.getKey())) {
        known.put(entry.getKey(), digestText(hashes, entry.getKey()));
      }
    }
    return new FileHashes(Map.copyOf(known));
  }

  /** Returns a digest for each algorithm. */
  Map<String, MessageDigest> newDigests() {
    Map<String, MessageDigest> digests = new HashMap<>();
    known.keySet().forEach(algorithm -> digests.put(algorithm, newDigest(algorithm)));
    return digests;
  }

  /** Returns whether all digests, which are reset, have the listed values. */
  boolean match(Map<String, MessageDigest> digests) {
    boolean equal = !known.isEmpty();
    for (Map.Entry<String, MessageDigest> entry : digests.entrySet()) {
      equal &= Hashes.hex(entry.getValue().digest()).equals(known.get(entry.getKey()));
    }
    return equal;
  }

  /** Returns whether these bytes have all listed digests. */
  boolean match(byte[] content) {
    Map<String, MessageDigest> digests = newDigests();
    digests.values().forEach(digest -> digest.update(content));
    return match(digests);
  }

  private static String digestText(Fields hashes, String algorithm) {
    try {
      byte[] digest = Hashes.unhex(hashes.text(algorithm));
      if (digest.length == newDigest(algorithm).getDigestLength()) {
        return Hashes.hex(digest);
      }
    } catch (IllegalArgumentException notHex) {
      throw hashes.malformed(algorithm, "is not hexadecimal");
    }
    throw hashes.malformed(algorithm, "has a wrong length");
  }

  private static MessageDigest newDigest(String algorithm) {
    try {
      return MessageDigest.getInstance(String.valueOf(ALGORITHMS.get(algorithm)));
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
