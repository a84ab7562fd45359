package dev.drover.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.drover.testkit.GeneratedDoc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every link in a document that points into this checkout has a target there. */
class DocumentLinksTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+)$");

  private final Path root = GeneratedDoc.root();

  @Test
  void links_inAllDocuments_leadSomewhere() throws IOException {
    List<Path> documents = documents();
    assertFalse(documents.isEmpty());
    List<String> dead = new ArrayList<>();
    for (Path document : documents) {
      Matcher link = LINK.matcher(FENCED.matcher(Files.readString(document)).replaceAll(""));
      while (link.find()) {
        if (!leadsSomewhere(document, link.group(1))) {
          dead.add(root.relativize(document) + " -> " + link.group(1));
        }
      }
    }
    assertEquals(List.of(), dead);
  }

  @Test
  void anchors_asPagesShowThem_areLowerCaseWithHyphens() {
    assertEquals(
        Set.of("what-the-build-refuses", "a-b-and-c"),
        anchors("# What the build refuses\n\n## `a-b` and **C**!\n"));
  }

  private List<Path> documents() throws IOException {
    try (Stream<Path> top = Files.list(root);
        Stream<Path> docs = Files.walk(root.resolve("docs"))) {
      return Stream.concat(top, docs).filter(file -> file.toString().endsWith(".md")).toList();
    }
  }

  private boolean leadsSomewhere(Path document, String target) throws IOException {
    if (target.matches("[a-z]+:.*")) {
      return true;
    }
    int hash = target.indexOf('#');
    String path = hash < 0 ? target : target.substring(0, hash);
    Path file = path.isEmpty() ? document : document.resolveSibling(path).normalize();
    if (!file.startsWith(root) || !Files.exists(file)) {
      return false;
    }
    return hash < 0 || anchors(Files.readString(file)).contains(target.substring(hash + 1));
  }

  private static Set<String> anchors(String text) {
    return HEADING
        .matcher(FENCED.matcher(text).replaceAll(""))
        .results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT).strip())
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .collect(Collectors.toSet());
  }
}
