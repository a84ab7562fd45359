package dev.drover.tlog;

import dev.drover.wire.DroverException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names a tile of hashes or a bundle of entries (C2SP {@code tlog-tiles}).
 *
 * @param level 0 to 63 for hashes, {@link #ENTRIES} for a bundle of entries
 * @param index place among the tiles of that level, 0 to 2^56 - 1
 * @param width number of hashes or entries, 1 to {@link #FULL_WIDTH}
 */
public record TileId(int level, long index, int width) {
  /** Hashes in a full tile, entries in a full bundle. */
  public static final int FULL_WIDTH = 256;

  /** Tree levels that one tile spans. */
  public static final int HEIGHT = 8;

  /** The {@link #level} of bundles of entries. */
  public static final int ENTRIES = -1;

  /** Highest level that a path can name. */
  public static final int MAX_LEVEL = 63;

  private static final long MAX_INDEX = (1L << 56) - 1;
  private static final int MAX_PATH_CHARS = 64;
  private static final Pattern PATH =
      Pattern.compile("tile/(entries|\\d{1,2})/((?:x\\d{3}/){0,5}\\d{3})(?:\\.p/(\\d{1,3}))?");

  /**
   * Checks the ranges.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} if a value is out of range
   */
  public TileId {
    boolean fits = level >= ENTRIES && level <= MAX_LEVEL && index >= 0 && index <= MAX_INDEX;
    if (!fits || width < 1 || width > FULL_WIDTH) {
      throw malformed();
    }
  }

  /** Returns the name of a full tile of hashes. */
  public static TileId full(int level, long index) {
    return new TileId(level, index, FULL_WIDTH);
  }

  /** Returns the name of a bundle of entries. */
  public static TileId entries(long index, int width) {
    return new TileId(ENTRIES, index, width);
  }

  /**
   * Reads a path such as {@code tile/0/x001/234.p/17}.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} for any text that {@link #path} never gives
   */
  public static TileId parse(String path) {
    Matcher match = PATH.matcher(path.length() <= MAX_PATH_CHARS ? path : "");
    if (!match.matches()) {
      throw malformed();
    }
    String level = match.group(1);
    String width = match.group(3);
    TileId id =
        new TileId(
            level.equals("entries") ? ENTRIES : Integer.parseInt(level),
            Long.parseLong(match.group(2).replace("x", "").replace("/", "")),
            width == null ? FULL_WIDTH : Integer.parseInt(width));
    if (!id.path().equals(path)) {
      throw malformed();
    }
    return id;
  }

  /** Returns the path below the log's prefix, without a slash in front. */
  public String path() {
    StringBuilder groups = new StringBuilder(String.format(Locale.ROOT, "%03d", index % 1000));
    for (long rest = index / 1000; rest > 0; rest /= 1000) {
      groups.insert(0, String.format(Locale.ROOT, "x%03d/", rest % 1000));
    }
    String kind = isEntries() ? "entries" : Integer.toString(level);
    return "tile/" + kind + "/" + groups + (isFull() ? "" : ".p/" + width);
  }

  /** Returns whether this is a bundle of entries. */
  public boolean isEntries() {
    return level == ENTRIES;
  }

  /** Returns whether the tile can never grow. */
  public boolean isFull() {
    return width == FULL_WIDTH;
  }

  /** Returns the full tile that this partial one becomes. */
  public TileId whenFull() {
    return new TileId(level, index, FULL_WIDTH);
  }

  /** Returns whether a log of a size has all that the tile names. */
  public boolean isWithin(long size) {
    return index * FULL_WIDTH + width <= countAt(Math.max(level, 0), size);
  }

  /**
   * Returns the partial tiles that a log serves for a checkpoint: the bundle of entries first, then
   * the tiles of hashes from level 0 up. Tiles that would be empty or are full are left out.
   */
  public static List<TileId> partialTiles(long size) {
    List<TileId> ids = new ArrayList<>();
    for (int level = 0; countAt(level, size) > 0; level++) {
      long count = countAt(level, size);
      int width = (int) (count % FULL_WIDTH);
      if (width > 0 && level == 0) {
        ids.add(entries(count / FULL_WIDTH, width));
      }
      if (width > 0) {
        ids.add(new TileId(level, count / FULL_WIDTH, width));
      }
    }
    return List.copyOf(ids);
  }

  /** Returns how many hashes tiles of a level hold in a log of a size. */
  static long countAt(int level, long size) {
    int shift = level * HEIGHT;
    return shift >= Long.SIZE ? 0 : size >> shift;
  }

  private static DroverException malformed() {
    return Texts.malformed("tile path", "it names no tile");
  }
}
