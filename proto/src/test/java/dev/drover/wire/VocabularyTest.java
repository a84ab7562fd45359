package dev.drover.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class VocabularyTest {
  @Test
  void tools_keepTheirNumbers() {
    assertEquals(
        List.of("device.status", "files.read", "files.list", "files.search", "notes.ask"),
        Vocabulary.tools().subList(0, 5));
  }

  @Test
  void toolNumber_ofEachName_leadsBack() {
    for (String name : Vocabulary.tools()) {
      assertEquals(name, Vocabulary.toolName(Vocabulary.toolNumber(name)).orElseThrow());
      assertEquals(name, Vocabulary.toolLabel(Vocabulary.toolNumber(name)));
    }
  }

  @Test
  void toolFields_haveLabels_alsoThoseOfANewerPeer() {
    assertEquals("cpus", Vocabulary.toolFieldLabel("device.status", 0));
    assertEquals("busy", Vocabulary.toolFieldLabel("device.status", 6));
    assertEquals("field-7", Vocabulary.toolFieldLabel("device.status", 7));
    assertEquals("field-0", Vocabulary.toolFieldLabel("rm", 0));
    for (String name : Vocabulary.tools()) {
      assertTrue(Vocabulary.toolFields(name).size() <= 64);
    }
  }

  @Test
  void toolNumber_ofStranger_isZero() {
    assertEquals(0, Vocabulary.toolNumber("rm"));
    assertTrue(Vocabulary.toolName(0).isEmpty());
    assertTrue(Vocabulary.toolName(999).isEmpty());
    assertEquals("tool-999", Vocabulary.toolLabel(999));
  }
}
