package dev.drover.deploy.doctor;

/**
 * One thing that was looked at.
 *
 * @param area what it belongs to
 * @param name what was looked at, a word or two
 * @param level how it is
 * @param code of {@code ErrorCode} where it is wrong and has one, else empty
 * @param detail what was seen
 * @param next how to mend it; empty where there is nothing to do
 */
record Finding(String area, String name, Level level, String code, String detail, String next) {
  /** How something is, the best first. */
  enum Level {
    /** As it should be. */
    OK("ok"),
    /** Neither right nor wrong. */
    INFO("info"),
    /** It works, but not for everything or not for long. */
    WARN("warn"),
    /** It does not work. */
    FAIL("FAIL");

    private final String mark;

    Level(String mark) {
      this.mark = mark;
    }

    String mark() {
      return mark;
    }
  }
}
