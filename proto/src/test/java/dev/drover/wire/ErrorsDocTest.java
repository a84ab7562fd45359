package dev.drover.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.testkit.GeneratedDoc;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ErrorsDocTest {
  @Test
  void errorsPage_asGenerated_isCurrent() {
    StringBuilder page =
        new StringBuilder(
            """
            # Error codes

            Every failure carries one of these names: in an answer of the API, in a log line and at the
            end of a command, whose exit code tells the kind. Names and numbers never change. This page
            is generated from `dev.drover.wire.ErrorCode`.

            | code | number | kind | exit code | try again? | what to do |
            |---|---|---|---|---|---|
            """);
    for (ErrorCode code : ErrorCode.values()) {
      page.append(
          String.format(
              Locale.ROOT,
              "| `%s` | %d | %s | %d | %s | %s |\n",
              code.name(),
              code.number(),
              code.kind(),
              code.kind().exitCode(),
              code.retryable() ? "yes" : "no",
              code.nextStep()));
    }
    GeneratedDoc.check("docs/errors.md", page.toString());
  }

  @Test
  void numbers_ofAllCodes_areDistinct() {
    assertEquals(
        ErrorCode.values().length,
        Arrays.stream(ErrorCode.values())
            .map(ErrorCode::number)
            .collect(Collectors.toSet())
            .size());
  }
}
