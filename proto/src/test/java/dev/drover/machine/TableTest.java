package dev.drover.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TableTest {
  private enum Door {
    OPEN,
    SHUT,
    LOCKED,
    GONE
  }

  private enum Act {
    PUSH,
    TURN,
    BURN
  }

  private final Table<Door, Act> table =
      Table.startingAt(Door.SHUT, Act.class)
          .on(Door.SHUT, Act.PUSH, Door.OPEN)
          .on(Door.SHUT, Act.TURN, Door.LOCKED)
          .on(Door.OPEN, Act.PUSH, Door.SHUT, Door.OPEN)
          .stay(Door.LOCKED, Act.PUSH)
          .on(Door.LOCKED, Act.TURN, Door.SHUT)
          .on(Door.LOCKED, Act.BURN, Door.GONE)
          .stay(Door.GONE, Act.BURN)
          .build();

  @Test
  void move_everyPair_followsTheTableOrIsRejected() {
    int moved = 0;
    for (Door from : Door.values()) {
      for (Act act : Act.values()) {
        if (table.allows(from, act)) {
          moved++;
        } else {
          DroverException thrown = assertThrows(DroverException.class, () -> table.move(from, act));
          assertEquals(ErrorCode.ILLEGAL_TRANSITION, thrown.code());
        }
      }
    }
    assertEquals(table.rows().size(), moved);
    assertEquals(Door.OPEN, table.move(Door.SHUT, Act.PUSH));
    assertEquals(Door.LOCKED, table.move(Door.LOCKED, Act.PUSH));
  }

  @Test
  void move_severalTargets_theMachineChoosesAmongThem() {
    assertEquals(Door.OPEN, table.move(Door.OPEN, Act.PUSH, Door.OPEN));
    assertThrows(IllegalStateException.class, () -> table.move(Door.OPEN, Act.PUSH));
    DroverException thrown =
        assertThrows(DroverException.class, () -> table.move(Door.OPEN, Act.PUSH, Door.LOCKED));
    assertEquals(ErrorCode.ILLEGAL_TRANSITION, thrown.code());
  }

  @Test
  void rows_inOrder_countHowOftenTheyFired() {
    table.move(Door.SHUT, Act.PUSH);
    table.move(Door.SHUT, Act.PUSH);
    table.move(Door.OPEN, Act.PUSH, Door.SHUT);
    Table.Transition<Door, Act> first =
        new Table.Transition<>(Door.OPEN, Act.PUSH, Set.of(Door.OPEN, Door.SHUT));
    assertEquals(first, table.rows().get(0));
    assertEquals(1L, table.fired().get(first));
    assertEquals(3L, table.fired().values().stream().mapToLong(Long::longValue).sum());
  }

  @Test
  void isFinal_noWayOut_only() {
    assertTrue(table.isFinal(Door.GONE));
    assertFalse(table.isFinal(Door.LOCKED));
    assertEquals(Door.SHUT, table.initial());
  }

  @Test
  void mermaid_drawsEveryRow() {
    assertEquals(
        List.of(
            "stateDiagram-v2",
            "    [*] --> SHUT",
            "    OPEN --> OPEN : PUSH",
            "    OPEN --> SHUT : PUSH",
            "    SHUT --> OPEN : PUSH",
            "    SHUT --> LOCKED : TURN",
            "    LOCKED --> LOCKED : PUSH",
            "    LOCKED --> SHUT : TURN",
            "    LOCKED --> GONE : BURN",
            "    GONE --> GONE : BURN",
            "    GONE --> [*]"),
        table.mermaid().lines().toList());
  }

  @Test
  void on_samePairTwice_refused() {
    Table.Builder<Door, Act> builder =
        Table.startingAt(Door.SHUT, Act.class).on(Door.SHUT, Act.PUSH, Door.OPEN);
    assertThrows(IllegalStateException.class, () -> builder.on(Door.SHUT, Act.PUSH, Door.LOCKED));
  }
}
