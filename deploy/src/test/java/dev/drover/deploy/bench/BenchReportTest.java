package dev.drover.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.drover.agent.models.Catalogue;
import dev.drover.agent.models.CatalogueModel;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Medians, ratios, budgets, and what a person and a program get to see of them. */
class BenchReportTest {
  private static Samples samples(double... values) {
    Samples samples = new Samples();
    for (double value : values) {
      samples.add(value);
    }
    return samples;
  }

  @Test
  void median_isTheMiddleInAnyOrder() {
    assertEquals(3, samples(9, 1, 3).median());
    assertEquals(2.5, samples(4, 1, 2, 3).median());
    assertEquals(7, samples(7).median());
    assertTrue(Double.isNaN(samples().median()));
  }

  @Test
  void ratio_isValueByPeer() {
    Figure figure = Figure.of("f", samples(30, 10, 20), "MB", "a peer", 8);
    assertEquals(2.5, figure.ratio());
    assertEquals(3, figure.n());
    assertTrue(Double.isNaN(Figure.of("f", samples(1), "MB", "none", Double.NaN).ratio()));
    assertTrue(Double.isNaN(Figure.of("f", samples(1), "MB", "zero", 0).ratio()));
  }

  @Test
  void ok_holdsBudgetOfValueOrRatio() {
    Figure figure = Figure.of("f", samples(80), "MB", "a peer", 100);
    assertTrue(figure.ok(false));
    assertTrue(figure.within(Budget.atMost(80)).ok(false));
    assertFalse(figure.within(Budget.atMost(79.9)).ok(false));
    assertTrue(figure.within(Budget.atLeast(80)).ok(false));
    assertFalse(figure.within(Budget.atLeast(81)).ok(false));
    assertTrue(figure.within(Budget.ratioAtMost(0.8)).ok(false));
    assertFalse(figure.within(Budget.ratioAtMost(0.7)).ok(false));
    assertFalse(figure.within(Budget.ratioAtLeast(0.95)).ok(false));
  }

  @Test
  void ok_needsTheModelUnlessToldOtherwise_andAlwaysAMeasurement() {
    Figure lacking = ModelRow.absent("f", Catalogue.bundled().find("smollm2-135m"));
    assertFalse(lacking.ok(false));
    assertTrue(lacking.ok(true));
    assertTrue(lacking.within(Budget.atMost(1)).ok(true));
    assertTrue(lacking.peer().endsWith("Get it: drover model pull smollm2-135m"), lacking::peer);
    assertFalse(Figure.failed("f", "it broke").ok(true));
  }

  @Test
  void download_saysTheModelsSize_andAsksForALargeOne() {
    CatalogueModel small = Catalogue.bundled().find("smollm2-135m");
    CatalogueModel large = Catalogue.bundled().find("qwen2.5-coder-1.5b");
    assertEquals("download 1, 98 MB", DownloadRow.named(1, small));
    assertEquals("download 3, 1.1 GB", DownloadRow.named(3, large));
    assertEquals(List.of(), DownloadRow.absent(large));
    Figure lacking = DownloadRow.absent(small).get(0);
    assertFalse(lacking.ok(false));
    assertTrue(lacking.peer().endsWith("drover model pull qwen2.5-coder-1.5b"), lacking::peer);
  }

  @Test
  void ok_needsThePeerUnlessToldOtherwise() {
    Figure figure = Figure.of("f", samples(80), "MB", "not found", Double.NaN);
    assertFalse(figure.ok(false));
    assertTrue(figure.ok(true));
    assertTrue(figure.within(Budget.ratioAtLeast(0.95)).ok(true));
    assertFalse(figure.within(Budget.atMost(79)).ok(true));
  }

  @Test
  void ok_isNeverTrueForWhatWasNotMeasured() {
    Figure failed = Figure.failed("f", "it broke");
    assertFalse(failed.ok(false));
    assertFalse(failed.ok(true));
    assertFalse(new BenchReport(List.of(), true).ok());
  }

  @Test
  void json_hasEveryField() throws IOException {
    Figure full = Figure.of("f", samples(1, 2, 3), "s", "a peer", 4).within(Budget.ratioAtMost(1));
    Figure bare = Figure.failed("g", "it broke");
    JsonNode json = new ObjectMapper().readTree(new BenchReport(List.of(full, bare), false).json());
    assertEquals(
        "{\"name\":\"f\",\"value\":2.0,\"unit\":\"s\",\"n\":3,\"peer\":\"a peer\",\"peerValue\":4.0,"
            + "\"ratio\":0.5,\"budget\":\"<= 1 x\",\"ok\":true}",
        json.get(0).toString());
    assertEquals(
        "{\"name\":\"g\",\"value\":null,\"unit\":\"\",\"n\":0,\"peer\":\"it broke\","
            + "\"peerValue\":null,\"ratio\":null,\"budget\":null,\"ok\":false}",
        json.get(1).toString());
  }

  @Test
  void table_fitsATerminal() {
    Figure wide =
        Figure.of("qwen2.5-coder-1.5b generation", samples(123456.789), "entries/s", "x", 98765.4)
            .within(Budget.ratioAtLeast(0.95));
    Figure words = Figure.of("f", samples(1), "s", "word ".repeat(60), Double.NaN);
    String table = new BenchReport(List.of(wide, words), false).table();
    table.lines().forEach(line -> assertTrue(line.length() <= 80, line));
    assertTrue(table.contains("123,457"), table);
    assertTrue(table.contains("missing"), table);
  }

  @Test
  void table_saysAPeerOnce() {
    List<Figure> figures =
        List.of(
            Figure.of("a", samples(1), "s", "the disk", 2),
            Figure.of("b", samples(1), "s", "the broker", 2),
            Figure.of("c", samples(1), "s", "the disk", 2));
    String table = new BenchReport(figures, false).table();
    assertTrue(table.endsWith("\nPeers:\n  a; c: the disk\n  b: the broker\n"), table);
  }

  @Test
  void number_isShort() {
    assertEquals("-", Figure.number(Double.NaN));
    assertEquals("0.05", Figure.number(0.05));
    assertEquals("0.0144", Figure.number(0.0144));
    assertEquals("0.15", Figure.number(0.15));
    assertEquals("1.5", Figure.number(1.50001));
    assertEquals("80", Figure.number(80));
    assertEquals("12.3", Figure.number(12.34));
    assertEquals("20,000", Figure.number(20_000));
  }
}
