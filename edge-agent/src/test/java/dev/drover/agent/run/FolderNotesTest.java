package dev.drover.agent.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of the owner's files the model reads, and how much of them where not all fit. */
class FolderNotesTest {
  private static final int ENOUGH = 200_000;

  @TempDir private Path directory;

  private String notes(int charsMax) {
    String text = new FolderNotes(directory).text(charsMax);
    assertTrue(text.length() <= charsMax, text);
    assertEquals(text, new FolderNotes(directory).text(charsMax), "the same each time");
    return text;
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private static String lines(int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append("line ").append(i).append('\n');
    }
    return text.toString();
  }

  @Test
  void notes_thatAllFit_comeInTheOrderOfTheirNames() throws IOException {
    write("b.md", "The lamp is on.\n");
    write("a.txt", "\nThe pump is off.\n\n");

    String all = "[a.txt]\nThe pump is off.\n\n[b.md]\nThe lamp is on.";
    assertEquals(all, notes(ENOUGH));
    assertEquals(all, notes(all.length()), "not a character more is needed");
    assertEquals("[a.txt]\nThe pump is off.", notes(all.length() - 1));
  }

  @Test
  void notes_areNoBlankFiles_otherKinds_linksAndFolders() throws IOException {
    write("blank.txt", " \n\t\n");
    write("pump.csv", "on");
    Path real = write("real.TXT", "The pump is off.");
    Files.createSymbolicLink(directory.resolve("link.txt"), real);
    Files.writeString(Files.createDirectory(directory.resolve("old.txt")).resolve("a.txt"), "no");

    assertEquals("[real.TXT]\nThe pump is off.", notes(ENOUGH));
  }

  @Test
  void folder_withoutNotes_orNotThere_hasNone() {
    assertEquals("", notes(ENOUGH));
    assertEquals("", new FolderNotes(directory.resolve("none")).text(ENOUGH));
  }

  @Test
  void note_thatDoesNotFit_isCutAfterALine_andThoseBehindComeWhole() throws IOException {
    write("a.txt", "The pump is off.");
    write("b.txt", lines(1000));
    write("c.txt", "The lamp is on.");

    String text = notes(400);
    assertTrue(text.startsWith("[a.txt]\nThe pump is off.\n\n[b.txt]\nline 0\nline 1\n"), text);
    assertTrue(text.endsWith("\n[...]\n\n[c.txt]\nThe lamp is on."), text);
    int last = text.substring(0, text.indexOf("\n[...]")).lastIndexOf("line ");
    assertTrue(text.substring(last).matches("line \\d+\n\\[\\.\\.\\.](?s:.*)"), text);
    assertTrue(text.length() > 400 - "line 000\n".length(), "no room is left: " + text.length());
  }

  @Test
  void notes_ofWhichSeveralDoNotFit_haveTheFirstCut() throws IOException {
    write("a.txt", lines(1000));
    write("b.txt", lines(1000));

    String text = notes(400);
    assertTrue(text.startsWith("[a.txt]\nline 0\n"), text);
    assertFalse(text.contains("[b.txt]"), text);
  }

  @Test
  void line_thatDoesNotFit_isCutBetweenCharacters() throws IOException {
    write("a.txt", "Log\n" + "\uD83D\uDCA7".repeat(5000));

    for (int charsMax : new int[] {300, 301}) {
      String text = notes(charsMax);
      assertTrue(text.startsWith("[a.txt]\nLog\n\uD83D\uDCA7"), text);
      assertTrue(text.endsWith("\uD83D\uDCA7\n[...]"), text);
    }
  }

  @Test
  void note_ofWhichLittleWouldFit_isLeftOut() throws IOException {
    write("a.txt", lines(1000));

    assertEquals("", notes(0));
    assertEquals("", notes(60));
    assertFalse(notes(120).isEmpty());
    write("b.txt", "The lamp is on.");
    assertEquals("[b.txt]\nThe lamp is on.", notes(60));
  }

  @Test
  void file_beyondItsLimit_saysThatItGoesOn() throws IOException {
    String whole = "\u20ac".repeat(256 * 1024 / 3);
    write("a.txt", whole + "\n");
    assertEquals("[a.txt]\n" + whole, notes(ENOUGH));

    write("a.txt", whole + "\u20ac");
    String text = notes(ENOUGH);
    assertTrue(text.endsWith("\u20ac\n[...]"), text.substring(text.length() - 20));
    assertTrue(text.length() > whole.length() - 20, "most of it: " + text.length());
  }
}
