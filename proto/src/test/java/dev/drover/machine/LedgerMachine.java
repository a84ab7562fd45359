package dev.drover.machine;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A machine that does what its events say, so that tests can make every kind of step.
 *
 * <p>An event is text: commands separated by {@code ;}, words by blanks.
 *
 * <ul>
 *   <li>{@code add ID}: writes row {@code id/ID} with its number; a second one of an ID is counted
 *       in row {@code doubles}
 *   <li>{@code put ROW VALUE}, {@code delete ROW}, {@code big ROW BYTES}
 *   <li>{@code send KEY COMMAND…} to this machine (words joined by {@code _}), {@code fan N PREFIX}
 *       sends {@code add} to N keys
 *   <li>{@code hop KEY N}: adds, and sends itself on to the next key until N is 0
 *   <li>{@code effect KIND TARGET PAYLOAD}
 *   <li>{@code timer NAME AT COMMAND…}, {@code cancel NAME}
 *   <li>{@code now ROW}: writes engine time
 *   <li>{@code count PREFIX}: replies the number of rows; {@code reply TEXT}
 *   <li>{@code refuse}: records row {@code refused} and refuses; {@code deny}: throws a refusal;
 *       {@code defect}: throws
 * </ul>
 */
public final class LedgerMachine implements Machine<List<String>> {
  /** The name it is registered under. */
  public static final String NAME = "ledger";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<String> decode(byte[] event) {
    if (event.length == 0) {
      throw new IllegalArgumentException("empty");
    }
    return List.of(new String(event, StandardCharsets.UTF_8).split(";"));
  }

  /** Returns an event. */
  public static byte[] event(String commands) {
    return commands.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public Step step(RowReader own, List<String> commands, long nowMs) {
    Step.Builder step = Step.builder();
    for (String command : commands) {
      String[] words = command.trim().split(" ");
      switch (words[0]) {
        case "add" -> add(own, step, words[1]);
        case "put" -> step.put(words[1], event(words[2]));
        case "delete" -> step.delete(words[1]);
        case "big" -> step.put(words[1], new byte[Integer.parseInt(words[2])]);
        case "send" -> step.send(NAME, words[1], rest(words, 2));
        case "fan" -> fan(step, Integer.parseInt(words[1]), words[2]);
        case "hop" -> hop(own, step, words[1], Integer.parseInt(words[2]));
        case "effect" -> step.effect(words[1], words[2], event(words[3]));
        case "timer" -> step.timer(words[1], Long.parseLong(words[2]), rest(words, 3));
        case "cancel" -> step.cancelTimer(words[1]);
        case "now" -> step.put(words[1], event(Long.toString(nowMs)));
        case "count" -> step.reply(event("" + own.scan(words[1], 4096).size()));
        case "reply" -> step.reply(event(words[1]));
        case "refuse" ->
            step.put("refused", event("1")).refuse(ErrorCode.POLICY_DENIED, "Refused as told.");
        case "deny" ->
            throw new DroverException(ErrorCode.POLICY_DENIED, "Denied as told.")
                .withNextStep("Ask for less.");
        default -> throw new IllegalStateException("defect as told");
      }
    }
    return step.build();
  }

  private static byte[] rest(String[] words, int from) {
    String joined = String.join(" ", List.of(words).subList(from, words.length));
    return event(joined.replace('_', ' ').replace(',', ';'));
  }

  private static void add(RowReader own, Step.Builder step, String id) {
    if (own.get("id/" + id) != null) {
      step.put("doubles", event(id));
    }
    byte[] before = own.get("n");
    int n = before == null ? 1 : Integer.parseInt(new String(before, StandardCharsets.UTF_8)) + 1;
    step.put("id/" + id, event(Integer.toString(n)));
    step.put("n", event(Integer.toString(n)));
    step.reply(event(Integer.toString(n)));
  }

  private static void fan(Step.Builder step, int count, String prefix) {
    for (int i = 0; i < count; i++) {
      step.send(NAME, prefix + i, event("add fanned"));
    }
  }

  private static void hop(RowReader own, Step.Builder step, String id, int left) {
    add(own, step, id + "-" + left);
    if (left > 0) {
      String next = own.key().equals("ping") ? "pong" : "ping";
      step.send(NAME, next, event("hop " + id + " " + (left - 1)));
    }
  }
}
