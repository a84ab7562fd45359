package dev.drover.trust;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Map;

/**
 * Who signs a role on the publisher's machine.
 *
 * @param signers different keys
 * @param threshold how many of them a reader asks for, 1 to their number
 */
public record RoleSigners(List<Signer> signers, int threshold) {
  /** Checks the threshold and that no key is listed twice. */
  public RoleSigners {
    signers = List.copyOf(signers);
    long different = signers.stream().map(signer -> signer.key().material()).distinct().count();
    if (threshold < 1 || threshold > signers.size() || different != signers.size()) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "a role needs as many different keys as its threshold");
    }
  }

  /** Returns one key for all four top-level roles. */
  public static Map<String, RoleSigners> single(Signer signer) {
    RoleSigners one = new RoleSigners(List.of(signer), 1);
    return Map.of(
        RoleVersion.ROOT, one,
        RoleVersion.TIMESTAMP, one,
        RoleVersion.SNAPSHOT, one,
        RoleVersion.TARGETS, one);
  }
}
