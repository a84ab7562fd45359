package dev.drover.hub;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.drover.testkit.Architecture;
import org.junit.jupiter.api.Test;

class HubArchitectureTest {
  private static final JavaClasses CLASSES = Architecture.mainClasses("dev.drover.hub");

  @Test
  void packages_ofHub_haveNoCycles() {
    Architecture.noPackageCycles().check(CLASSES);
  }

  @Test
  void packages_ofHub_areNullMarked() {
    Architecture.everyPackageIsNullMarked().check(CLASSES);
  }

  @Test
  void core_ofHub_isPure() {
    Architecture.coreIsPure("dev.drover.hub.core").check(CLASSES);
  }

  @Test
  void core_ofHub_knowsNoAdapter() {
    Architecture.coreKnowsNoAdapter("dev.drover.hub").check(CLASSES);
  }
}
