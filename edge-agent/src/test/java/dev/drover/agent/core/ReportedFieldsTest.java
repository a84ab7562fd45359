package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.agent.core.ReportedFields.Field;
import dev.drover.v1.FieldValue;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReportedFieldsTest {
  private static final long NUMBER_MAX = (1L << 53) - 1;

  private final ReportedFields fields =
      new ReportedFields(
          List.of(
              Field.flag("open"),
              Field.choice("mode", List.of("slow", "fast")),
              Field.number("turns", -3, 9)),
          1000);

  @Test
  void result_withAllFields_isToldByTheirNumbersOnly() throws IOException {
    List<FieldValue> told =
        encode("{\"turns\": 4, \"note\": \"private\", \"mode\": \"fast\", \"open\": true}");
    assertEquals(
        List.of(
            FieldValue.newBuilder().setProperty(0).setFlag(true).build(),
            FieldValue.newBuilder().setProperty(1).setChoice(1).build(),
            FieldValue.newBuilder().setProperty(2).setNumber(4).build()),
        told);
  }

  @Test
  void result_firstChoiceAndFalse_areToldToo() throws IOException {
    assertEquals(
        List.of(
            FieldValue.newBuilder().setProperty(0).setFlag(false).build(),
            FieldValue.newBuilder().setProperty(1).setChoice(0).build()),
        encode("{\"mode\": \"slow\", \"open\": false}"));
  }

  @Test
  void result_lacksAFieldOrHasItNull_leavesItOut() throws IOException {
    assertEquals(
        List.of(FieldValue.newBuilder().setProperty(2).setNumber(0).build()),
        encode("{\"open\": null, \"turns\": 0}"));
  }

  @ParameterizedTest
  @CsvSource({
    "-4, -3",
    "-3, -3",
    "9, 9",
    "10, 9",
    "1e300, 9",
    "-1e300, -3",
    "2.5, 2",
    "3.5, 4",
    "8.9, 9"
  })
  void number_isClampedToItsRangeAndWhole(String number, long told) throws IOException {
    assertEquals(told, encode("{\"turns\": " + number + "}").get(0).getNumber());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"open\": \"private\"}",
        "{\"open\": 1}",
        "{\"open\": []}",
        "{\"mode\": \"private\"}",
        "{\"mode\": true}",
        "{\"mode\": 1}",
        "{\"turns\": \"4\"}",
        "{\"turns\": true}",
        "{\"turns\": {}}"
      })
  void field_notOfItsKind_isRefusedAndNothingIsTold(String result) {
    DroverException refused = assertThrows(DroverException.class, () -> encode(result));
    assertEquals(ErrorCode.EGRESS_REFUSED, refused.code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "true"})
  void choice_withARangeBesides_tellsOnlyItsTexts(String value) throws IOException {
    ReportedFields odd =
        new ReportedFields(List.of(new Field("mode", List.of("1", "true"), 0, 9)), 0);
    assertEquals(1, odd.encode(json("{\"mode\": \"true\"}")).get(0).getChoice());
    JsonNode result = json("{\"mode\": " + value + "}");
    assertThrows(DroverException.class, () -> odd.encode(result));
  }

  @Test
  void none_ofAResult_isTold() throws IOException {
    assertEquals(List.of(), ReportedFields.NONE.encode(json("{\"open\": true}")));
  }

  @Test
  void fields_moreThan64OrOfNegativeCost_areRefused() {
    List<Field> most = Collections.nCopies(64, Field.flag("open"));
    assertEquals(64, new ReportedFields(most, 0).fields().size());
    List<Field> more = Collections.nCopies(65, Field.flag("open"));
    assertThrows(IllegalArgumentException.class, () -> new ReportedFields(more, 0));
    assertThrows(IllegalArgumentException.class, () -> new ReportedFields(most, -1));
  }

  @Test
  void number_ofARangeThatJsonCannotHoldOrThatIsEmpty_isRefused() {
    assertEquals(-NUMBER_MAX, Field.number("n", -NUMBER_MAX, NUMBER_MAX).min());
    assertThrows(IllegalArgumentException.class, () -> Field.number("n", -NUMBER_MAX - 1, 0));
    assertThrows(IllegalArgumentException.class, () -> Field.number("n", 0, NUMBER_MAX + 1));
    assertThrows(IllegalArgumentException.class, () -> Field.number("n", 2, 1));
  }

  private List<FieldValue> encode(String result) throws IOException {
    return fields.encode(json(result));
  }

  private static JsonNode json(String text) throws IOException {
    return JsonText.read(text);
  }
}
