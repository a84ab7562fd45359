package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.InstallTable.Event;
import dev.drover.machine.Table;
import org.junit.jupiter.api.Test;

class InstallTableTest {
  private final Table<InstallState, Event> table = InstallTable.make();

  @Test
  void offerStartAndRevocation_areAnsweredInEveryState() {
    for (InstallState state : InstallState.values()) {
      assertTrue(table.allows(state, Event.OFFERED), state.name());
      assertTrue(table.allows(state, Event.STARTED), state.name());
      assertTrue(table.allows(state, Event.REVOKED), state.name());
    }
  }

  @Test
  void deadline_endsOnlyWhatCanStillBeGivenUp() {
    for (InstallState state : InstallState.values()) {
      assertEquals(state.working(), table.allows(state, Event.TIMED_OUT), state.name());
    }
  }
}
