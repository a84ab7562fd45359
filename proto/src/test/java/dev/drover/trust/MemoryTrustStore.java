package dev.drover.trust;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Keeps documents in memory. */
final class MemoryTrustStore implements TrustStore {
  final Map<String, byte[]> documents = new HashMap<>();

  @Override
  public Optional<byte[]> load(String role) {
    return Optional.ofNullable(documents.get(role));
  }

  @Override
  public void store(String role, byte[] document) {
    documents.put(role, document.clone());
  }

  @Override
  public void delete(String role) {
    documents.remove(role);
  }
}
