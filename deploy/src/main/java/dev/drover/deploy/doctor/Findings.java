package dev.drover.deploy.doctor;

import dev.drover.deploy.doctor.Finding.Level;
import dev.drover.term.Reasons;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Collects what is found, area by area. Not thread-safe. */
final class Findings {
  /** Looks at something; what it throws is what is wrong with it. */
  @FunctionalInterface
  interface Look {
    void look() throws IOException;
  }

  private final List<Finding> all = new ArrayList<>();
  private String area = "";

  /** Begins the next area; an area without findings is not shown. */
  void area(String name) {
    area = name;
  }

  void ok(String name, String detail) {
    add(name, Level.OK, "", detail, "");
  }

  void info(String name, String detail) {
    add(name, Level.INFO, "", detail, "");
  }

  void warn(String name, String detail, String next) {
    add(name, Level.WARN, "", detail, next);
  }

  void fail(String name, ErrorCode code, String detail, String next) {
    add(name, Level.FAIL, code.name(), detail, next);
  }

  void fail(String name, DroverException failure) {
    String reason = Reasons.of(failure).map(said -> " (" + said + ")").orElse("");
    fail(name, failure.code(), failure.getMessage() + reason, failure.nextStep());
  }

  /** Looks at something and notes what it throws. */
  void look(String name, Look look) {
    try {
      look.look();
    } catch (DroverException wrong) {
      fail(name, wrong);
    } catch (IOException unreadable) {
      fail(name, new DroverException(ErrorCode.STORE_FAILED, "It cannot be read.", unreadable));
    } catch (RuntimeException unexpected) {
      // One look that goes wrong must not hide what the others find.
      fail(name, new DroverException(ErrorCode.INTERNAL, "It failed: " + unexpected, unexpected));
    }
  }

  private void add(String name, Level level, String code, String detail, String next) {
    all.add(new Finding(area, name, level, code, detail, next));
  }

  List<Finding> all() {
    return List.copyOf(all);
  }
}
