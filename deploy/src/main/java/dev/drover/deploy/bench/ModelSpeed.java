package dev.drover.deploy.bench;

/**
 * How fast a model is, in tokens a second.
 *
 * @param prompt while it reads
 * @param answer while it writes
 */
record ModelSpeed(double prompt, double answer) {
  /** Runs of one build. Not thread-safe. */
  static final class Runs {
    private final Samples prompt = new Samples();
    private final Samples answer = new Samples();

    void add(ModelSpeed speed) {
      prompt.add(speed.prompt());
      answer.add(speed.answer());
    }

    Samples prompt() {
      return prompt;
    }

    Samples answer() {
      return answer;
    }
  }
}
