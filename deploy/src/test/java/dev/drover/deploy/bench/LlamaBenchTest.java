package dev.drover.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.deploy.LauncherRoot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which builds of llama.cpp's benchmark are peers. */
class LlamaBenchTest {
  @TempDir private Path directory;

  private Path program(String folder) throws IOException {
    return LauncherRoot.program(directory.resolve(folder).resolve("llama-bench"), "");
  }

  @Test
  void best_isAskedOnlyWhereItIsNamed_andSaysThatItIsForInformation() throws IOException {
    Path best = program("best");
    String path = best.getParent().toString();
    assertEquals(Optional.empty(), LlamaBench.best(Map.of("PATH", path)));
    LlamaBench named = LlamaBench.best(Map.of(LlamaBench.BEST, best.toString())).orElseThrow();
    assertEquals(Optional.of(best), named.program());
    assertTrue(named.said().endsWith("best build for this machine, for information"), named.said());
  }

  @Test
  void same_isTheOneThatIsNamed_elseThatOnThePath() throws IOException {
    Path onPath = program("path");
    Path named = program("named");
    String path = directory + ":" + onPath.getParent();
    assertEquals(Optional.of(onPath), LlamaBench.same(Map.of("PATH", path)).program());
    assertEquals(
        Optional.of(named),
        LlamaBench.same(Map.of("PATH", path, LlamaBench.SAME, named.toString())).program());
  }

  @Test
  void programThatIsNotThere_isMissing_andSaysWhichVariableNamesIt() throws IOException {
    String wrong = directory.resolve("gone").toString();
    LlamaBench best = LlamaBench.best(Map.of(LlamaBench.BEST, wrong)).orElseThrow();
    assertEquals("DROVER_LLAMA_BENCH_BEST names no program: " + wrong, best.said());
    assertEquals(Optional.empty(), best.measure(directory, 1));
    String folder = directory.toString();
    LlamaBench same = LlamaBench.same(Map.of(LlamaBench.SAME, folder, "PATH", folder));
    assertEquals(Optional.empty(), same.program());
    assertEquals("DROVER_LLAMA_BENCH names no program: " + folder, same.said());
    assertEquals(
        "llama-bench is not on the PATH and not in DROVER_LLAMA_BENCH",
        LlamaBench.same(Map.of("PATH", folder)).said());
  }

  @Test
  void speed_isTheMedianOfEachTest() throws IOException {
    ModelSpeed speed =
        LlamaBench.speed(
            "[{\"n_prompt\":141,\"n_gen\":0,\"samples_ts\":[30.0,10.0,20.0]},"
                + "{\"n_prompt\":0,\"n_gen\":48,\"samples_ts\":[3.0,1.0,2.5]}]");
    assertEquals(new ModelSpeed(20, 2.5), speed);
  }
}
