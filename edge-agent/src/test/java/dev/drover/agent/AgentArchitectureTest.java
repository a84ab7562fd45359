package dev.drover.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.drover.testkit.Architecture;
import org.junit.jupiter.api.Test;

class AgentArchitectureTest {
  private static final JavaClasses CLASSES = Architecture.mainClasses("dev.drover.agent");

  @Test
  void packages_ofAgent_haveNoCycles() {
    Architecture.noPackageCycles().check(CLASSES);
  }

  @Test
  void packages_ofAgent_areNullMarked() {
    Architecture.everyPackageIsNullMarked().check(CLASSES);
  }

  @Test
  void core_ofAgent_isPure() {
    Architecture.coreIsPure("dev.drover.agent.core").check(CLASSES);
  }

  @Test
  void core_ofAgent_knowsNoAdapter() {
    Architecture.coreKnowsNoAdapter("dev.drover.agent").check(CLASSES);
  }

  @Test
  void modelRuntime_isKnownToOneAdapterOnly() {
    noClasses()
        .that()
        .haveNameNotMatching("dev\\.drover\\.agent\\.llm\\.Kherud.*")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("de.kherud..")
        .because("a second native engine follows behind the same port")
        .check(CLASSES);
  }
}
