package dev.drover.tlog;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Sha256;
import dev.drover.wire.ErrorCode;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class TileTest {
  @Test
  void path_everyForm_isReadBack() {
    assertPath("tile/0/000", TileId.full(0, 0));
    assertPath("tile/0/000.p/1", new TileId(0, 0, 1));
    assertPath("tile/0/999.p/255", new TileId(0, 999, 255));
    assertPath("tile/1/x001/000", TileId.full(1, 1000));
    assertPath("tile/0/x001/x234/067", TileId.full(0, 1_234_067));
    assertPath("tile/63/x001/x234/067.p/17", new TileId(63, 1_234_067, 17));
    assertPath("tile/entries/x273/004.p/112", TileId.entries(273_004, 112));
    assertPath("tile/entries/000", TileId.entries(0, 256));
    assertPath("tile/0/x072/x057/x594/x037/x927/935", TileId.full(0, (1L << 56) - 1));
  }

  @Test
  void path_anyOtherForm_isRefused() {
    for (String bad :
        List.of(
            "",
            "tile/0",
            "tile/0/00",
            "tile/0/0000",
            "tile/00/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/x/000",
            "tile/0/x000/001",
            "tile/0/001/x234",
            "tile/0/001/234",
            "tile/0/x1/234",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/007",
            "tile/0/000.p/",
            "tile/0/000.p",
            "/tile/0/000",
            "tile/0/000/",
            "tile/0/../000",
            "tile/data/000",
            "tile/0/x100/x000/x000/x000/x000/000",
            "tile/0/x001/x000/x000/x000/x000/x000/000",
            "tile/0/" + "x001/".repeat(1000) + "000",
            "checkpoint")) {
      assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> TileId.parse(bad));
    }
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> new TileId(-2, 0, 1));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> new TileId(64, 0, 1));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> new TileId(0, -1, 1));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> new TileId(0, 1L << 56, 1));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> new TileId(0, 0, 0));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> new TileId(0, 0, 257));
  }

  @Test
  void partialTiles_exampleOfTheSpecification_haveItsWidths() {
    assertEquals(
        List.of(
            TileId.entries(273, 112),
            new TileId(0, 273, 112),
            new TileId(1, 1, 17),
            new TileId(2, 0, 1)),
        TileId.partialTiles(70_000));
    assertEquals(List.of(new TileId(1, 0, 1)), TileId.partialTiles(256));
    assertEquals(List.of(), TileId.partialTiles(0));
    assertEquals(List.of(TileId.entries(0, 255), new TileId(0, 0, 255)), TileId.partialTiles(255));
    assertEquals(9, TileId.partialTiles(Long.MAX_VALUE).size());
  }

  @Test
  void isWithin_edgeOfTheLog_isExact() {
    assertTrue(new TileId(0, 273, 112).isWithin(70_000));
    assertFalse(new TileId(0, 273, 113).isWithin(70_000));
    assertTrue(TileId.full(0, 272).isWithin(70_000));
    assertFalse(TileId.full(0, 273).isWithin(70_000));
    assertTrue(TileId.entries(273, 112).isWithin(70_000));
    assertFalse(TileId.entries(273, 113).isWithin(70_000));
    assertTrue(new TileId(2, 0, 1).isWithin(70_000));
    assertFalse(new TileId(3, 0, 1).isWithin(70_000));
    assertFalse(new TileId(8, 0, 1).isWithin(Long.MAX_VALUE));
    assertFalse(new TileId(63, 0, 1).isWithin(Long.MAX_VALUE));
    assertTrue(new TileId(7, 0, 127).isWithin(Long.MAX_VALUE));
  }

  @Test
  void tile_bytes_areHashesOneAfterAnother() {
    Sha256 one = Sha256.of(new byte[] {1});
    Sha256 two = Sha256.of(new byte[] {2});
    Tile tile = new Tile(new TileId(0, 5, 2), List.of(one, two));
    assertEquals(one.hex() + two.hex(), HexFormat.of().formatHex(tile.toBytes()));
    assertEquals(tile, Tile.parse(tile.id(), tile.toBytes()));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> Tile.parse(tile.id(), new byte[63]));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> Tile.parse(tile.id(), new byte[65]));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> Tile.parse(TileId.full(0, 5), tile.toBytes()));
    assertRefused(
        ErrorCode.MESSAGE_MALFORMED, () -> new Tile(TileId.entries(0, 2), List.of(one, two)));
    assertRefused(
        ErrorCode.MESSAGE_MALFORMED, () -> new Tile(new TileId(0, 0, 1), List.of(one, two)));
    Tile full = new Tile(TileId.full(0, 0), Collections.nCopies(256, one));
    assertEquals(8192, full.toBytes().length);
  }

  @Test
  void bundle_bytes_areLengthsAndEntries() {
    byte[] large = new byte[EntryBundle.MAX_ENTRY_BYTES];
    List<byte[]> entries = List.of(new byte[0], new byte[] {7, 8, 9}, new byte[258], large);
    byte[] bytes = EntryBundle.encode(entries);
    assertEquals(
        "0000" + "0003070809" + "0102" + "00".repeat(258) + "ffff",
        HexFormat.of().formatHex(bytes, 0, 2 + 5 + 2 + 258 + 2));
    assertEquals(2 + 5 + 260 + 2 + large.length, bytes.length);
    List<byte[]> back = EntryBundle.decode(bytes, 4);
    for (int i = 0; i < 4; i++) {
      assertArrayEquals(entries.get(i), back.get(i));
    }
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> EntryBundle.decode(bytes, 3));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> EntryBundle.decode(bytes, 5));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> EntryBundle.decode(new byte[] {0}, 1));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> EntryBundle.decode(new byte[] {0, 2, 1}, 1));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> EntryBundle.decode(new byte[] {0, 0, 0}, 1));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> EntryBundle.decode(new byte[0], 1));
  }

  @Test
  void bundle_limits_areExact() {
    assertEquals(512, EntryBundle.encode(Collections.nCopies(256, new byte[0])).length);
    assertRefused(
        ErrorCode.LIMIT_EXCEEDED, () -> EntryBundle.encode(Collections.nCopies(257, new byte[0])));
    assertRefused(ErrorCode.LIMIT_EXCEEDED, () -> EntryBundle.encode(List.of()));
    assertRefused(
        ErrorCode.LIMIT_EXCEEDED,
        () -> EntryBundle.encode(List.of(new byte[EntryBundle.MAX_ENTRY_BYTES + 1])));
  }

  private static void assertPath(String path, TileId id) {
    assertEquals(path, id.path());
    assertEquals(id, TileId.parse(path));
  }
}
