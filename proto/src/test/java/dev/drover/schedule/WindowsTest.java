package dev.drover.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.Window;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowsTest {
  private static final ZoneId UTC = ZoneId.of("UTC");
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static Window window(String cron, int minutes) {
    return Window.newBuilder().setCron(cron).setDurationMinutes(minutes).build();
  }

  private static boolean open(Window window, ZoneId own, String at) {
    return Windows.isOpen(List.of(window), own, Instant.parse(at).toEpochMilli());
  }

  private static String next(Window window, ZoneId own, String after) {
    OptionalLong next =
        Windows.nextOpening(List.of(window), own, Instant.parse(after).toEpochMilli());
    return Instant.ofEpochMilli(next.orElseThrow()).toString();
  }

  private static String end(Window window, ZoneId own, String at) {
    OptionalLong end = Windows.openUntil(List.of(window), own, Instant.parse(at).toEpochMilli());
    return Instant.ofEpochMilli(end.orElseThrow()).toString();
  }

  @Test
  void window_ordinaryDay_isOpenFromItsMinuteForItsLength() {
    Window night = window("0 2 * * *", 90);
    assertFalse(open(night, UTC, "2026-11-21T01:59:59.999Z"));
    assertTrue(open(night, UTC, "2026-11-21T02:00:00Z"));
    assertTrue(open(night, UTC, "2026-11-21T03:29:59.999Z"));
    assertFalse(open(night, UTC, "2026-11-21T03:30:00Z"));
    assertEquals("2026-11-21T02:00:00Z", next(night, UTC, "2026-11-20T12:00:00Z"));
    assertEquals("2026-11-22T02:00:00Z", next(night, UTC, "2026-11-21T02:00:00Z"));
    assertEquals("2026-11-21T03:30:00Z", end(night, UTC, "2026-11-21T03:00:00Z"));
  }

  @Test
  void window_overMidnight_staysOpen() {
    Window late = window("30 23 * * 5", 120);
    assertTrue(open(late, UTC, "2026-11-21T01:29:00Z"));
    assertFalse(open(late, UTC, "2026-11-21T01:30:00Z"));
    assertFalse(open(late, UTC, "2026-11-22T00:00:00Z"));
  }

  @Test
  void window_withZone_keepsToItWhereverTheDeviceIs() {
    Window berlin = window("0 2 * * *", 60).toBuilder().setZone("Europe/Berlin").build();
    assertTrue(open(berlin, ZoneId.of("Asia/Tokyo"), "2026-07-01T00:30:00Z"));
    assertFalse(open(berlin, ZoneId.of("Asia/Tokyo"), "2026-07-01T02:30:00Z"));
    assertTrue(open(window("0 2 * * *", 60), ZoneId.of("Asia/Tokyo"), "2026-06-30T17:30:00Z"));
  }

  /** On 29 March 2026 clocks in Berlin go from 02:00 to 03:00 at 01:00 UTC. */
  @Test
  void window_beginsInTheMissingHour_beginsAtTheChange() {
    Window missing = window("30 2 * * *", 45);
    assertEquals("2026-03-29T01:00:00Z", next(missing, BERLIN, "2026-03-28T12:00:00Z"));
    assertFalse(open(missing, BERLIN, "2026-03-29T00:59:59Z"));
    assertTrue(open(missing, BERLIN, "2026-03-29T01:00:00Z"));
    assertTrue(open(missing, BERLIN, "2026-03-29T01:44:59Z"));
    assertFalse(open(missing, BERLIN, "2026-03-29T01:45:00Z"));
    assertEquals("2026-03-30T00:30:00Z", next(missing, BERLIN, "2026-03-29T01:00:00Z"));
  }

  @Test
  void window_spansTheMissingHour_lastsItsElapsedTime() {
    Window night = window("30 1 * * *", 120);
    assertEquals("2026-03-29T02:30:00Z", end(night, BERLIN, "2026-03-29T01:30:00Z"));
    // 04:29 on the clock: three hours after 01:30, of which one was left out.
    assertTrue(open(night, BERLIN, "2026-03-29T02:29:00Z"));
    assertFalse(open(night, BERLIN, "2026-03-29T02:30:00Z"));
  }

  /** On 25 October 2026 clocks in Berlin go from 03:00 to 02:00 at 01:00 UTC. */
  @Test
  void window_beginsInTheDoubledHour_beginsOnceAtTheFirst() {
    Window doubled = window("30 2 * * *", 20);
    assertEquals("2026-10-25T00:30:00Z", next(doubled, BERLIN, "2026-10-24T12:00:00Z"));
    assertTrue(open(doubled, BERLIN, "2026-10-25T00:49:00Z"));
    assertFalse(open(doubled, BERLIN, "2026-10-25T00:50:00Z"));
    assertFalse(open(doubled, BERLIN, "2026-10-25T01:30:00Z"));
    assertFalse(open(doubled, BERLIN, "2026-10-25T01:35:00Z"));
    assertEquals("2026-10-26T01:30:00Z", next(doubled, BERLIN, "2026-10-25T00:30:00Z"));
    assertEquals("2026-10-26T01:30:00Z", next(doubled, BERLIN, "2026-10-25T01:15:00Z"));
  }

  @Test
  void window_spansTheDoubledHour_lastsItsElapsedTime() {
    Window night = window("30 1 * * *", 120);
    assertEquals("2026-10-25T01:30:00Z", end(night, BERLIN, "2026-10-25T00:00:00Z"));
    // 02:29 on the clock for the second time: two hours after 01:30.
    assertTrue(open(night, BERLIN, "2026-10-25T01:29:00Z"));
    assertFalse(open(night, BERLIN, "2026-10-25T01:30:00Z"));
    assertTrue(open(window("45 2 * * *", 60), BERLIN, "2026-10-25T01:44:00Z"));
    assertFalse(open(window("45 2 * * *", 60), BERLIN, "2026-10-25T01:45:00Z"));
  }

  @Test
  void window_afterTheDoubledHour_isFoundFromWithinIt() {
    Window after = window("0 3 * * *", 10);
    assertEquals("2026-10-25T02:00:00Z", next(after, BERLIN, "2026-10-25T00:30:00Z"));
    assertEquals("2026-10-25T02:00:00Z", next(after, BERLIN, "2026-10-25T01:30:00Z"));
    assertTrue(open(after, BERLIN, "2026-10-25T02:00:00Z"));
  }

  @Test
  void window_changeAtMidnight_stillOpensThatDay() {
    // In Santiago 6 September 2026 begins at 01:00.
    Window midnight = window("0 0 * * *", 30);
    ZoneId santiago = ZoneId.of("America/Santiago");
    assertEquals("2026-09-06T04:00:00Z", next(midnight, santiago, "2026-09-05T12:00:00Z"));
    assertTrue(open(midnight, santiago, "2026-09-06T04:29:00Z"));
    assertEquals("2026-09-07T03:00:00Z", next(midnight, santiago, "2026-09-06T04:00:00Z"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2026-03-25T00:00:00Z", "2026-10-20T00:00:00Z"})
  void window_everyQuarterOfTenDays_opensOnceADay(String start) {
    Window daily = window("30 2 * * *", 30);
    long from = Instant.parse(start).toEpochMilli();
    int opened = 0;
    boolean before = false;
    for (int quarter = 0; quarter < 10 * 96; quarter++) {
      boolean now = Windows.isOpen(List.of(daily), BERLIN, from + quarter * 900_000L);
      opened += now && !before ? 1 : 0;
      before = now;
    }
    assertEquals(10, opened);
  }

  @Test
  void windows_several_areOpenWhileAnyIs() {
    List<Window> both = List.of(window("0 2 * * *", 60), window("30 2 * * *", 60));
    long at = Instant.parse("2026-11-21T02:45:00Z").toEpochMilli();
    assertEquals(at + 45 * 60_000, Windows.openUntil(both, UTC, at).orElseThrow());
    assertTrue(Windows.isOpen(List.of(), UTC, at));
  }

  @Test
  void days_ofMonthAndWeek_areEither() {
    Window either = window("0 0 13 * 5", 60);
    assertTrue(open(either, UTC, "2026-11-20T00:30:00Z"));
    assertTrue(open(either, UTC, "2026-12-13T00:30:00Z"));
    assertFalse(open(either, UTC, "2026-12-12T00:30:00Z"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "60 * * * *",
        "* * * *",
        "* * * * * *",
        "@daily",
        "0 22-2 * * *",
        "1,x * * * *",
        "*/0 * * * *",
        "0 0 L * *",
        "0 0 ? * 1",
        "0 0 * * 5#2",
        "0 24 * * *",
        "\u0000"
      })
  void check_expressionThatDoesNotParse_pointsAtTheField(String cron) {
    DroverException bad =
        assertThrows(
            DroverException.class,
            () -> Windows.check("windows", List.of(window("0 0 * * *", 5), window(cron, 5))));
    assertEquals(ErrorCode.INVALID_ARGUMENT, bad.code());
    assertTrue(bad.getMessage().startsWith("windows[1].cron is five fields"), bad.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0 0 31 2 *", "0 0 31 4,6 *", "0 0 30 2 *"})
  void check_dayThatNeverComes_isRefused(String cron) {
    DroverException bad =
        assertThrows(
            DroverException.class, () -> Windows.check("windows", List.of(window(cron, 5))));
    assertTrue(bad.getMessage().startsWith("windows[0].cron never opens"), bad.getMessage());
  }

  @Test
  void check_restOfAWindow_isRefusedByName() {
    Window good = window("0 0 * * *", 5);
    refused("windows[0].duration_minutes", good.toBuilder().setDurationMinutes(0).build());
    refused("windows[0].duration_minutes", good.toBuilder().setDurationMinutes(1431).build());
    refused("windows[0].duration_minutes", good.toBuilder().setDurationMinutes(-1).build());
    refused("windows[0].zone", good.toBuilder().setZone("Europe/Atlantis").build());
    refused("windows[0].zone", good.toBuilder().setZone("+02:00").build());
    refused("windows[0].zone", good.toBuilder().setZone("\n").build());
    Windows.check("windows", List.of(good.toBuilder().setZone("UTC").build()));
    assertThrows(
        DroverException.class, () -> Windows.check("windows", Collections.nCopies(17, good)));
    Window longest = window("0 0 * * *" + " ".repeat(120), 5);
    assertThrows(DroverException.class, () -> Windows.check("windows", List.of(longest)));
  }

  private static void refused(String field, Window window) {
    DroverException bad =
        assertThrows(DroverException.class, () -> Windows.check("windows", List.of(window)));
    assertEquals(ErrorCode.INVALID_ARGUMENT, bad.code());
    assertTrue(bad.getMessage().startsWith(field), bad.getMessage());
  }

  @Test
  void openWithin_rareWindow_countsOnlyWhereItComesInTime() {
    long now = Instant.parse("2026-11-21T12:00:00Z").toEpochMilli();
    List<Window> leap = List.of(window("0 0 29 2 *", 60));
    assertFalse(Windows.openWithin(leap, now, Duration.ofDays(30)));
    assertTrue(Windows.openWithin(leap, now, Duration.ofDays(900)));
    List<Window> tonight = List.of(window("0 2 * * *", 60));
    assertTrue(Windows.openWithin(tonight, now, Duration.ofHours(1)), "in Tokyo it opens now");
    Window zoned = tonight.get(0).toBuilder().setZone("UTC").build();
    assertFalse(Windows.openWithin(List.of(zoned), now, Duration.ofHours(13)));
    assertTrue(Windows.openWithin(List.of(zoned), now, Duration.ofHours(14)));
  }

  @Test
  void zoneOrUtc_unknownName_isUtc() {
    assertEquals(UTC, Windows.zoneOrUtc("not a zone"));
    assertEquals(BERLIN, Windows.zoneOrUtc("Europe/Berlin"));
  }
}
