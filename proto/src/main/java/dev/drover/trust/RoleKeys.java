package dev.drover.trust;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.crypto.Hashes;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who may sign for a role: keys and how many different ones are needed.
 *
 * @param keys the role's keys by id; ids without a key are left out
 * @param threshold at least 1; it may exceed the number of keys, then nothing verifies
 */
record RoleKeys(Map<String, TufKey> keys, int threshold) {

  /** Reads {@code keyids} and {@code threshold} of a role over the keys of its document. */
  static RoleKeys parse(Fields role, Map<String, TufKey> allKeys) {
    Map<String, TufKey> keys = new HashMap<>();
    for (String keyId : new LinkedHashSet<>(role.texts("keyids"))) {
      TufKey key = allKeys.get(keyId);
      if (key != null) {
        keys.put(keyId, key);
      }
    }
    return new RoleKeys(Map.copyOf(keys), (int) role.integer("threshold", 1, Integer.MAX_VALUE));
  }

  /** Reads the {@code keys} object of a root or delegating document. */
  static Map<String, TufKey> parseKeys(Fields keys, boolean strictKeyIds) {
    Map<String, TufKey> parsed = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : keys.entries()) {
      parsed.put(entry.getKey(), TufKey.parse(entry.getKey(), entry.getValue(), strictKeyIds));
    }
    return parsed;
  }

  /**
   * Fails unless a threshold of different keys signed the document. A signature that is empty, not
   * hexadecimal or wrong does not count and does no harm.
   */
  void verify(SignedDocument document, String role) {
    Set<String> signers = new HashSet<>();
    for (TufKey key : keys.values()) {
      String signature = document.signatures().get(key.keyId());
      if (signature != null && isValid(key, document.canonical(), signature)) {
        signers.add(key.material());
      }
    }
    if (signers.size() < threshold) {
      throw new DroverException(
          ErrorCode.SIGNATURE_INVALID,
          RoleVersion.encode(role)
              + " metadata has "
              + signers.size()
              + " valid signatures of "
              + threshold
              + " needed");
    }
  }

  /** Returns whether both name the same keys, whatever their ids. */
  boolean sameKeys(RoleKeys other) {
    return materials().equals(other.materials());
  }

  private Set<String> materials() {
    Set<String> materials = new HashSet<>();
    keys.values().forEach(key -> materials.add(key.material()));
    return materials;
  }

  private static boolean isValid(TufKey key, byte[] message, String signatureHex) {
    try {
      return key.verify(message, Hashes.unhex(signatureHex));
    } catch (IllegalArgumentException notHex) {
      return false;
    }
  }
}
