package dev.drover.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.drover.v1.EnrolRequest;
import dev.drover.v1.HubInfo;
import dev.drover.v1.HubProto;
import dev.drover.v1.UplinkProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Fails the build when a field that a device may send has no egress class, or a wrong one. */
class EgressLintTest {
  private static List<String> findings(List<Descriptor> roots) {
    List<String> findings = new ArrayList<>();
    Set<Descriptor> seen = new HashSet<>();
    roots.forEach(root -> lint(root, seen, findings));
    return findings;
  }

  private static void lint(Descriptor type, Set<Descriptor> seen, List<String> findings) {
    if (!seen.add(type)) {
      return;
    }
    for (FieldDescriptor field : type.getFields()) {
      if (!EgressGuard.isWellDeclared(field)) {
        findings.add(field.getFullName());
      }
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        lint(field.getMessageType(), seen, findings);
      }
    }
  }

  @Test
  void everyFieldOfTheUplink_declaresAnEgressClass() {
    List<Descriptor> roots = new ArrayList<>(UplinkProto.getDescriptor().getMessageTypes());
    HubProto.getDescriptor().findServiceByName("EnrolService").getMethods().stream()
        .map(MethodDescriptor::getInputType)
        .forEach(roots::add);
    assertTrue(roots.contains(EnrolRequest.getDescriptor()));
    assertEquals(List.of(), findings(roots));
    assertTrue(roots.size() > 15);
  }

  @Test
  void lint_messageWithoutClasses_findsEachField() {
    assertEquals(
        HubInfo.getDescriptor().getFields().size(),
        findings(List.of(HubInfo.getDescriptor())).size());
  }
}
