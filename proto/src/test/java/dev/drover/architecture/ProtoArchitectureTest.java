package dev.drover.architecture;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.drover.testkit.Architecture;
import org.junit.jupiter.api.Test;

class ProtoArchitectureTest {
  private static final JavaClasses CLASSES = Architecture.mainClasses("dev.drover");

  @Test
  void packages_ofProto_haveNoCycles() {
    Architecture.noPackageCycles().check(CLASSES);
  }

  @Test
  void packages_ofProto_areNullMarked() {
    Architecture.everyPackageIsNullMarked().check(CLASSES);
  }

  @Test
  void layers_ofProto_pointDownwards() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("messages")
        .definedBy("dev.drover.v1..")
        .layer("wire")
        .definedBy("dev.drover.wire..")
        .layer("crypto")
        .definedBy("dev.drover.crypto..")
        .whereLayer("messages")
        .mayNotAccessAnyLayer()
        .whereLayer("wire")
        .mayOnlyAccessLayers("messages")
        .whereLayer("crypto")
        .mayOnlyAccessLayers("messages", "wire")
        .check(CLASSES);
  }

  @Test
  void machines_andFormats_arePure() {
    for (String pure : new String[] {"machine", "tlog", "trust", "release"}) {
      Architecture.coreIsPure("dev.drover." + pure).check(CLASSES);
    }
  }
}
