package dev.drover.deploy.demo;

import dev.drover.deploy.fleet.FleetProcesses;
import dev.drover.deploy.fleet.Workplace;
import dev.drover.term.Terminal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The story: setup, questions, an update, broken updates, crashes, the log. */
final class Demo {
  private final DemoOptions options;
  private final Workplace place;
  private final Path launcher;
  private final Terminal terminal;
  private final Clock clock;
  private final LongSupplier nanoTime;

  Demo(
      DemoOptions options,
      Workplace place,
      Path launcher,
      Terminal terminal,
      Clock clock,
      LongSupplier nanoTime) {
    this.options = options;
    this.place = place;
    this.launcher = launcher;
    this.terminal = terminal;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /**
   * Tells the story.
   *
   * @param report where to write what was seen, or null
   * @return whether every check held
   */
  boolean run(DemoSetup.Made made, @Nullable Path report) throws IOException {
    Checks checks = new Checks(terminal, nanoTime);
    PrintStream out = terminal.out();
    out.println("\nA fleet of three devices and a hub, seed " + options.seed() + "\n");
    FleetProcesses processes = new FleetProcesses(launcher, place.root());
    Scene scene = new Scene(options, place.root(), checks, processes, made, clock, nanoTime);
    boolean held = false;
    try {
      play(scene);
      held = checks.allHeld();
      checks.summary();
      if (report != null) {
        checks.report(report);
      }
    } finally {
      end(scene, held);
    }
    return held;
  }

  private void play(Scene scene) {
    Checks checks = scene.checks;
    DemoSetup setup = new DemoSetup(scene);
    boolean ready =
        checks.run("hub starts", setup::hub)
            && checks.run("release is signed", setup::publisher)
            && checks.run("devices enrol", setup::enrol)
            && checks.run("model is installed", setup::install);
    if (!ready) {
      return;
    }
    DemoQuestions questions = new DemoQuestions(scene);
    DemoUpdates updates = new DemoUpdates(scene);
    checks.run("questions are answered", questions::small);
    checks.run("tool on a chosen device", updates::tool);
    if (!checks.run("update is signed", updates::publishLarge)
        || !checks.run("update is rolled out", updates::rollOut)) {
      return;
    }
    if (options.small()) {
      checks.leftOut("accuracy after update", "left out: --small has no larger model");
    } else {
      checks.run("accuracy after update", questions::large);
    }
    checks.run("control: no notes", questions::withoutNotes);
    checks.run("control: swapped notes", questions::swapped);
    questions.results();
    DemoFailures failures = new DemoFailures(scene, options.seed());
    DemoAudit audit = new DemoAudit(scene);
    checks.run("corrupt content", updates::corruptContent);
    checks.run("broken signature", updates::brokenSignature);
    checks.run("agent is killed", failures::agent);
    checks.run("hub is killed", failures::hub);
    checks.run("strangers knock", failures::strangers);
    checks.run("audit is verified", audit::verify);
    checks.run("secret stays", audit::secrets);
    checks.run("nothing is done twice", failures::nothingTwice);
  }

  /**
   * Stops what runs and deletes what was made, unless it is to be kept or to be looked at. A fleet
   * whose hub does not run is no use to anybody and stopped too.
   */
  void end(Scene scene, boolean held) throws IOException {
    if (scene.jobs != null) {
      scene.jobs.close();
    }
    if (options.keep() && scene.processes.isAlive(Scene.HUB)) {
      place.keep();
      DemoState.explain(terminal.out(), scene, launcher);
      return;
    }
    scene.processes.close();
    if (held) {
      place.close();
    } else {
      place.keep();
      terminal.out().println("What was left is in " + place.root() + ".");
    }
  }
}
