package dev.drover.trust;

import java.util.ArrayList;
import java.util.List;

/**
 * A shell-style pattern of target paths (PATHPATTERN, section 4.5): {@code *} stands for any
 * characters and {@code ?} for one, neither for {@code /}; case matters.
 */
final class PathPattern {
  private final List<int[]> segments;

  private PathPattern(List<int[]> segments) {
    this.segments = segments;
  }

  static PathPattern of(String pattern) {
    return new PathPattern(split(pattern));
  }

  /** Returns whether the path has as many segments and each matches its pattern. */
  boolean matches(String path) {
    List<int[]> parts = split(path);
    if (parts.size() != segments.size()) {
      return false;
    }
    for (int i = 0; i < parts.size(); i++) {
      if (!matches(segments.get(i), parts.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** Matches greedily and goes back to the last star only: time is pattern × text at worst. */
  private static boolean matches(int[] pattern, int[] text) {
    int p = 0;
    int t = 0;
    int star = -1;
    int mark = 0;
    while (t < text.length) {
      if (p < pattern.length && pattern[p] == '*') {
        star = p++;
        mark = t;
      } else if (p < pattern.length && (pattern[p] == '?' || pattern[p] == text[t])) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++mark;
      } else {
        return false;
      }
    }
    while (p < pattern.length && pattern[p] == '*') {
      p++;
    }
    return p == pattern.length;
  }

  private static List<int[]> split(String path) {
    List<int[]> parts = new ArrayList<>();
    int from = 0;
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', from)) {
      parts.add(path.substring(from, slash).codePoints().toArray());
      from = slash + 1;
    }
    parts.add(path.substring(from).codePoints().toArray());
    return parts;
  }
}
