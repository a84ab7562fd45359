package dev.drover.wire;

import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import java.util.Locale;

/** What a gate asks of the figures that devices tell, in the words that people read. */
public final class HealthLimits {
  private HealthLimits() {}

  /** Returns what a device must tell: {@code an eval of at least 900 of 1000}. */
  public static String inWords(HealthCheck check) {
    long limit = check.getLimit();
    return switch (check.getFigure()) {
      case EVAL_PASS_PERMILLE -> "an eval of at least " + limit + " of 1000";
      case MILLITOKENS_PER_SECOND -> "at least " + tokens(limit) + " tok/s";
      case CRASHES -> "at most " + limit + " crashes";
      case HEALTH_FIGURE_UNSPECIFIED, UNRECOGNIZED -> "a figure";
    };
  }

  /** Exactly, so that a limit never looks like what just misses it. */
  private static String tokens(long thousandths) {
    return String.format(Locale.ROOT, "%.3f", thousandths / 1000.0).replaceFirst("0{1,2}$", "");
  }

  /** Returns what the figure is called: {@code an eval}. */
  public static String inWords(HealthFigure figure) {
    return switch (figure) {
      case EVAL_PASS_PERMILLE -> "an eval";
      case MILLITOKENS_PER_SECOND -> "a speed";
      case CRASHES -> "crashes";
      case HEALTH_FIGURE_UNSPECIFIED, UNRECOGNIZED -> "a figure";
    };
  }
}
