package dev.drover.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.time.Clock;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.NullMarked;

/** The rules about layers that every module shares. */
public final class Architecture {
  private Architecture() {}

  /** Returns the main classes of a package and of those below it, without tests. */
  public static JavaClasses mainClasses(String root) {
    try {
      List<URL> folders =
          Collections.list(Architecture.class.getClassLoader().getResources(root.replace('.', '/')))
              .stream()
              .filter(folder -> folder.getProtocol().equals("file"))
              .filter(folder -> !folder.getPath().contains("/test-classes/"))
              .toList();
      return new ClassFileImporter().importUrls(folders);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the rule that no packages of Drover depend on each other in a circle. */
  public static ArchRule noPackageCycles() {
    return slices()
        .matching("dev.drover.(**)")
        .should()
        .beFreeOfCycles()
        .because("a part that cannot be understood alone is not a part");
  }

  /**
   * Returns the rule that what is inside a core depends on no adapter beside it; the messages of
   * the core's own rows, generated into {@code v1}, are part of it.
   */
  public static ArchRule coreKnowsNoAdapter(String module) {
    return noClasses()
        .that()
        .resideInAPackage(module + ".core..")
        .should()
        .dependOnClassesThat(
            JavaClass.Predicates.resideInAPackage(module + "..")
                .and(
                    JavaClass.Predicates.resideOutsideOfPackages(
                        module + ".core..", module + ".v1..")))
        .because("arrows point from adapters to the core");
  }

  /** Returns the rule that a core touches no transport, no store, no thread and no clock. */
  public static ArchRule coreIsPure(String module) {
    return noClasses()
        .that()
        .resideInAPackage(module + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.netty..",
            "io.grpc..",
            "org.eclipse.paho..",
            "com.hivemq..",
            "com.linecorp..",
            "org.rocksdb..",
            "org.sqlite..",
            "java.sql..",
            "java.net.http..",
            "de.kherud..")
        .orShould()
        .dependOnClassesThat()
        .belongToAnyOf(Thread.class, Clock.class)
        .because("a core is stepped by its engine and is the same in a simulation");
  }

  /** Returns the rule that every package says that nothing in it is null unless marked. */
  public static ArchRule everyPackageIsNullMarked() {
    return classes()
        .that()
        .haveSimpleName("package-info")
        .should()
        .beAnnotatedWith(NullMarked.class);
  }
}
