package dev.drover.agent.tools;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.agent.core.JsonText;
import dev.drover.agent.core.ReportedFields;
import java.io.IOException;
import java.util.List;

/** What the definitions of these tools have in common. */
final class Define {
  private Define() {}

  /** Returns the schema that the text holds. */
  static JsonNode schema(String text) {
    try {
      return JsonText.read(text);
    } catch (IOException notJson) {
      throw new IllegalArgumentException(notJson);
    }
  }

  /** Returns fields that are charged with all that they can tell. */
  static ReportedFields charged(ReportedFields.Field... fields) {
    double bits = 0;
    for (ReportedFields.Field field : fields) {
      double values = field.min() == field.max() ? 2 : (double) field.max() - field.min() + 1;
      bits += Math.log(values) / Math.log(2);
    }
    return new ReportedFields(List.of(fields), (int) Math.ceil(bits * 1000));
  }
}
