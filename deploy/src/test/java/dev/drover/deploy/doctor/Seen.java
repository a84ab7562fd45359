package dev.drover.deploy.doctor;

import dev.drover.deploy.doctor.Finding.Level;
import java.util.List;
import org.junit.jupiter.api.Assertions;

/** Asks what was found. */
final class Seen {
  final Findings findings = new Findings();

  /** Returns the findings of this name. */
  List<Finding> of(String name) {
    return findings.all().stream().filter(finding -> finding.name().equals(name)).toList();
  }

  /** Returns the one finding of this name, which has this level. */
  Finding only(String name, Level level) {
    List<Finding> found = of(name);
    Assertions.assertEquals(1, found.size(), () -> name + " in " + findings.all());
    Assertions.assertEquals(level, found.get(0).level(), () -> found.get(0).toString());
    return found.get(0);
  }

  /** Checks that a finding of this name failed with a code and says what to do. */
  Finding failed(String name, Object code) {
    Finding found = only(name, Level.FAIL);
    Assertions.assertEquals(code.toString(), found.code());
    Assertions.assertFalse(found.next().isEmpty(), found::toString);
    return found;
  }
}
