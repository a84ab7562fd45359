package dev.drover.trust;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Targets metadata, top-level or delegated (section 4.5).
 *
 * @param document what was parsed
 * @param targets listed files by path, in their order
 * @param delegations in order of appearance, which is their priority
 */
record TargetsDocument(
    SignedDocument document, Map<String, TargetInfo> targets, List<Delegation> delegations) {

  static TargetsDocument parse(byte[] bytes, boolean strictKeyIds) {
    SignedDocument document =
        SignedDocument.parse(bytes, RoleVersion.TARGETS, MetadataLimits.TARGETS_BYTES_MAX);
    Map<String, TargetInfo> targets = new LinkedHashMap<>();
    Fields listed = document.signed().object("targets");
    for (Map.Entry<String, JsonNode> entry : listed.entries()) {
      targets.put(
          entry.getKey(),
          TargetInfo.parse(entry.getKey(), Fields.of(entry.getValue(), listed.where())));
    }
    List<Delegation> delegations =
        document
            .signed()
            .optionalObject("delegations")
            .map(fields -> delegations(fields, strictKeyIds))
            .orElse(List.of());
    return new TargetsDocument(document, targets, delegations);
  }

  private static List<Delegation> delegations(Fields fields, boolean strictKeyIds) {
    Map<String, TufKey> keys = RoleKeys.parseKeys(fields.object("keys"), strictKeyIds);
    List<Delegation> delegations = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (JsonNode role : fields.array("roles")) {
      Delegation delegation = Delegation.parse(Fields.of(role, fields.where() + ".roles"), keys);
      if (!names.add(delegation.role())) {
        throw new DroverException(
            ErrorCode.MESSAGE_MALFORMED, fields.where() + " names one role twice");
      }
      delegations.add(delegation);
    }
    return List.copyOf(delegations);
  }
}
